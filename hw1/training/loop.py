"""The training loop, for all replicas of a stack at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hw1.machine.denormals import flushed
from hw1.pulse import beat
from hw1.training.captured import captured
from hw1.training.losses import LOSSES, Loss
from hw1.training.orders import batches
from hw1.training.recipe import Recipe
from hw1.training.stacks import Stack
from hw1.training.updates import Updates

__all__ = ["Trained", "train"]

# The greatest weight of trained nets of eight experiments is 0.4 to 6.9. From 1e17 on, logits of a net of three layers
# overflow float32 on some examples while the loss of its last batch is still a number.
VAST = 1e6

Record = Mapping[str, Callable[[Stack], Tensor]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What a training left, but for the weights, which are in the stack.

    `steps`: updates before each record, (T,); `curves`: by name, (K, T, ...), +inf where a diverged replica gave no
    number; `diverged`: (K,), replicas whose last training loss or weights are not finite, or have a weight beyond
    `VAST`.
    """

    steps: NDArray[np.int64]
    curves: dict[str, NDArray[np.floating]]
    diverged: NDArray[np.bool_]


def train(
    stack: Stack,
    x: Tensor | NDArray[np.generic],
    y: Tensor | NDArray[np.generic],
    recipe: Recipe,
    *,
    loss: str | Loss,
    orders: Iterator[Tensor] | None = None,
    per_replica: bool = False,
    record: Record | None = None,
    at: Sequence[int] = (),
    on_update: Callable[[int, Tensor], None] | None = None,
    kept: Tensor | None = None,
) -> Trained:
    """Train all replicas in place, each on its own loss, without a host sync inside the loop.

    Parameters
    ----------
    x : (n, d...), or (K, n, d...) with `per_replica`; floats are cast to the stack's type, all is moved to its device
    y : targets as `loss` wants them; a leading K is recognised by the shape
    loss : a name in `LOSSES`, or a function of outputs (K, n, ...) and targets that gives (K,)
    orders : from `hw1.training.orders`, where the recipe has a batch
    record : functions of the stack that give (K, ...), called without autograd (`torch.enable_grad` brings it back)
    at : increasing numbers of updates, 0..recipe.updates, after which to record; empty for the end alone
    on_update : called with t and the losses (K,) after t updates, t = 0..recipe.updates, on the batch that comes next
        (`stack.flat.grad` is then the gradient that update t - 1, the last one, followed)
    kept : bool (K, P), from `hw1.training.masks`; where false, a weight is 0 from the start to the end and has no
        gradient, whatever the optimizer

    Raises
    ------
    ValueError
        for data that do not fit, or a record that is NaN or -inf for a replica that has not diverged
    """
    at = _checked_steps(at, recipe.updates)
    feed = batches(stack, x, y, recipe, orders, per_replica=per_replica)
    updates = Updates(stack, feed, recipe, _named(loss), kept)
    with flushed():
        seen, diverged = _run(stack, updates, record or {}, at, on_update)
    lost = diverged.cpu().numpy()
    curves = {name: _curve(name, values, at, lost) for name, values in seen.items()}
    return Trained(steps=np.array(at, dtype=np.int64), curves=curves, diverged=lost)


def _run(
    stack: Stack,
    own: Updates,
    record: Record,
    at: Sequence[int],
    on_update: Callable[[int, Tensor], None] | None,
) -> tuple[dict[str, list[Tensor]], Tensor]:
    """All that happens on the device: records by name, and diverged (K,)."""
    updates, recipe = captured(own), own.recipe
    seen: dict[str, list[Tensor]] = {name: [] for name in record}
    due = set(at)
    for update in range(recipe.updates + 1):
        if update in due:
            _look(stack, record, seen)
        last = update == recipe.updates
        losses = updates.last_losses() if last else updates.losses(update)
        if on_update is not None:
            on_update(update, losses)
        beat(update, recipe.updates, losses)
        if not last:
            updates.step()
    stack.flat.grad = None
    return seen, ~(torch.isfinite(losses) & (stack.flat.detach().abs() < VAST).all(1))


def _look(stack: Stack, record: Record, seen: dict[str, list[Tensor]]) -> None:
    for name, measure in record.items():
        with torch.no_grad():
            values = measure(stack).detach().clone()  # a record may hand out a live view of the weights
        if values.ndim < 1 or values.shape[0] != stack.K:
            raise ValueError(
                f"Record {name!r} gave shape {tuple(values.shape)}, not one entry per replica. Return ({stack.K}, ...)."
            )
        seen[name].append(values)


def _named(loss: str | Loss) -> Loss:
    if isinstance(loss, str) and loss not in LOSSES:
        raise ValueError(f"loss={loss!r} is unknown. Use one of {', '.join(LOSSES)}, or a function.")
    return LOSSES[loss] if isinstance(loss, str) else loss


def _checked_steps(at: Sequence[int], updates: int) -> Sequence[int]:
    at = tuple(at) or (updates,)
    if list(at) != sorted(set(at)) or at[0] < 0 or at[-1] > updates:
        raise ValueError(f"at={at} are not steps of {updates} updates. Use increasing numbers from 0 to {updates}.")
    return at


def _curve(name: str, values: list[Tensor], at: Sequence[int], diverged: NDArray[np.bool_]) -> NDArray[np.floating]:
    """(K, T, ...) on the host; a diverged replica's missing numbers become +inf, a healthy one's are an error."""
    curve = torch.stack(values, dim=1).cpu().numpy()
    if curve.dtype.kind != "f":
        return curve.astype(np.float64)
    unmeasured = np.isnan(curve) | np.isneginf(curve)
    healthy = np.argwhere(unmeasured & ~diverged.reshape(-1, *[1] * (curve.ndim - 1)))
    if healthy.size:
        k, step = healthy[0][:2]
        raise ValueError(
            f"Record {name!r} is {curve[tuple(healthy[0])]} after {at[step]} updates for replica {k}, which has not "
            f"diverged. That is not a measurement: mend the record function."
        )
    return np.where(unmeasured, np.array(np.inf, curve.dtype), curve)
