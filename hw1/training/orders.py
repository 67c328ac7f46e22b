"""Which examples each replica sees in each update."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, cycle

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hw1.training.recipe import Recipe
from hw1.training.stacks import Stack

__all__ = ["Batch", "Batches", "batches", "fixed_orders", "independent_orders", "orders"]

Batch = tuple[Tensor, Tensor, bool]

_TOGETHER = 100  # updates whose indices are moved to the device at once: one host sync per 100 steps at most


def orders(
    rngs: Sequence[np.random.Generator], n: int, batch: int, device: str | torch.device = "cpu"
) -> Iterator[Tensor]:
    """Endless minibatches: each epoch a new permutation per replica; what does not fill a last batch is dropped.

    Parameters
    ----------
    rngs : one generator per replica, each from a stream of its own, so that its order does not depend on its company
    n : number of training examples
    batch : examples per update, at most n

    Returns
    -------
    iterator over int64 indices of shape (K, batch) on the device

    Raises
    ------
    ValueError
        for a batch that n examples do not fill, or replicas that share a generator
    """
    _check(n, batch, rngs)
    per_epoch = n // batch
    return Orders(n, _indices(lambda rng: rng.permutation(n)[: per_epoch * batch], rngs, per_epoch, batch, device))


def independent_orders(
    rngs: Sequence[np.random.Generator], n: int, batch: int, device: str | torch.device = "cpu"
) -> Iterator[Tensor]:
    """Endless minibatches drawn with replacement, so that there are no epochs; all else as in `orders`."""
    _check(n, batch, rngs)
    return Orders(n, _indices(lambda rng: rng.integers(n, size=batch), rngs, 1, batch, device))


def fixed_orders(order: NDArray[np.integer], batch: int, device: str | torch.device = "cpu") -> Iterator[Tensor]:
    """Endless minibatches in one order, the same in each epoch; what does not fill a last batch is dropped.

    Parameters
    ----------
    order : places of the examples, (K, n), a permutation in each row
    batch : examples per update, at most n
    """
    n = order.shape[1]
    _check(n, batch)
    if not np.array_equal(np.sort(order, axis=1), np.broadcast_to(np.arange(n), order.shape)):
        raise ValueError(f"An order of {n} examples has each of 0 to {n - 1} once. Pass a permutation in each row.")
    per_epoch = n // batch
    indices = torch.from_numpy(order[:, : per_epoch * batch].astype(np.int64)).to(device)
    return Orders(n, cycle(indices.reshape(len(order), per_epoch, batch).unbind(1)))


def _check(n: int, batch: int, rngs: Sequence[np.random.Generator] = ()) -> None:
    if not 1 <= batch <= n:
        raise ValueError(f"A batch of {batch} cannot be drawn from {n} examples without repetition. Use 1 to {n}.")
    if len({id(rng) for rng in rngs}) != len(rngs):
        raise ValueError(f"A generator shared among {len(rngs)} replicas couples them. Make one stream for each.")


class Orders(Iterator[Tensor]):
    """Indices (K, batch) of n examples, see `orders`."""

    def __init__(self, n: int, indices: Iterator[Tensor]) -> None:
        self.n, self._indices = n, indices

    def __next__(self) -> Tensor:
        return next(self._indices)


def _indices(
    draw: Callable[[np.random.Generator], NDArray[np.int64]],
    rngs: Sequence[np.random.Generator],
    per_epoch: int,
    batch: int,
    device: str | torch.device,
) -> Iterator[Tensor]:
    """What is drawn an epoch at a time, (per_epoch * batch,), as updates of (K, batch)."""
    epochs = -(-_TOGETHER // per_epoch)
    while True:
        drawn = [[draw(rng) for _ in range(epochs)] for rng in rngs]
        indices = torch.from_numpy(np.array(drawn, dtype=np.int64)).to(device)
        yield from indices.reshape(len(rngs), epochs * per_epoch, batch).unbind(1)


class Batches:
    """The full batch in every update. What a batch holds is a matter of `indices`; how it is taken, of one program."""

    def __init__(self, x: Tensor, y: Tensor, per_replica: bool) -> None:
        self._all = x, y, per_replica

    def example(self) -> Batch:
        """A batch like all others."""
        return self._all

    def example_indices(self) -> Tensor | None:
        """Those of the first batch, taken or not."""
        return None

    def indices(self) -> Tensor | None:
        """Those of the next batch, (K, batch); None for all examples."""
        return None

    def at(self, indices: Tensor | None) -> Batch:  # noqa: ARG002 - there is one batch
        """The batch of some indices: x, y, and whether x has a leading K."""
        return self._all


class Minibatches(Batches):
    """What orders say, of which the first indices have been taken."""

    def __init__(self, x: _Rows, y: _Rows, first: Tensor, orders: Iterator[Tensor]) -> None:
        self._x, self._y, self._first = x, y, first
        self._orders = chain([first], orders)

    def example(self) -> Batch:
        """The first batch."""
        return self.at(self._first)

    def example_indices(self) -> Tensor:
        """Those of the first batch, taken or not."""
        return self._first

    def indices(self) -> Tensor:
        """Those of the next batch, (K, batch)."""
        return next(self._orders)

    def at(self, indices: Tensor | None) -> Batch:
        """The batch of some indices."""
        assert indices is not None  # as `indices` gives
        return self._x.at(indices), self._y.at(indices), True


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows of data (n, d...), or of the data of K replicas, (K * n, d...), each of which begins at its shift."""

    data: Tensor
    shift: Tensor

    def at(self, index: Tensor) -> Tensor:
        """Rows (K, batch, d...), copied whole: 4 times as fast as `data[index]`."""
        places = index + self.shift
        return self.data.index_select(0, places.flatten()).view(*places.shape, *self.data.shape[1:])


def batches(
    stack: Stack,
    x: Tensor | NDArray[np.generic],
    y: Tensor | NDArray[np.generic],
    recipe: Recipe,
    orders: Iterator[Tensor] | None,
    *,
    per_replica: bool = False,
) -> Batches:
    """Always the full batch, or what the orders say; see `train`.

    Orders are on the stack's device, their indices from 0 to n - 1. Other iterators than `Orders` are not checked.

    Raises
    ------
    ValueError
        for orders that do not fit the stack, the recipe or the data, and for inputs and targets that do not pair up
    """
    if (recipe.batch is None) != (orders is None):
        raise ValueError(
            f"The recipe's batch is {recipe.batch}, but orders are {'missing' if orders is None else 'given'}. "
            f"Pass orders exactly when the recipe has a batch."
        )
    x, y = stack.place(x), stack.place(y)
    if orders is None:
        return Batches(x, y, per_replica)
    first = next(orders)
    if first.shape != (stack.K, recipe.batch):
        raise ValueError(
            f"Orders give indices of shape {tuple(first.shape)}, not ({stack.K}, {recipe.batch}). "
            f"Make them with one generator per replica and the recipe's batch."
        )
    n = x.shape[1] if per_replica else x.shape[0]
    if isinstance(orders, Orders) and orders.n > n:  # an index beyond n would be a row of the next replica
        raise ValueError(f"Orders are for {orders.n} examples, but there are {n} inputs. Make them for {n}.")
    y_own = y.shape[:2] == (stack.K, n)
    if not y_own and y.shape[0] != n:
        raise ValueError(f"{n} inputs and targets of shape {tuple(y.shape)} do not pair up. Pass one target per input.")
    shift = n * torch.arange(stack.K, device=stack.device)[:, None]
    return Minibatches(
        _Rows(x.flatten(0, 1) if per_replica else x, shift * per_replica),
        _Rows(y.flatten(0, 1) if y_own else y, shift * y_own),
        first,
        orders,
    )
