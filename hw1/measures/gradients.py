"""Norms of the loss's gradient: of single updates, over the full batch, in total and per layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from hw1.training import Loss, Stack

__all__ = ["Objective", "UpdateNorms", "full_gradient", "layers", "mean_loss", "norms"]

Objective = Callable[[Stack], Tensor]
"""One loss per replica, (K,), differentiable in the stack's leaves; what this room differentiates."""


def mean_loss(x: Tensor, y: Tensor, loss: Loss, *, per_replica: bool = False) -> Objective:
    """The mean loss over a data set as a function of a stack.

    Parameters
    ----------
    x, y : as `Stack.forward` and the loss take them, on the stack's device (`Stack.place`)
    """
    return lambda stack: loss(stack.forward(x, per_replica=per_replica), y)


def full_gradient(
    stack: Stack, x: Tensor, y: Tensor, loss: Loss, *, per_replica: bool = False, at_once: int = 4_096
) -> Tensor:
    """Gradient of the mean loss over all points, (K, P), in units of loss per unit of weight.

    Parameters
    ----------
    x : (n, d...), or (K, n, d...) with `per_replica`
    y : targets, (n, ...) or (K, n, ...), as the loss takes them
    at_once : points per pass; it bounds the memory, the parts are weighted by their numbers of points
    """
    n = x.shape[int(per_replica)]
    own = y.shape[:2] == (stack.K, n)
    total = torch.zeros_like(stack.flat)
    for first in range(0, n, at_once):
        rows = slice(first, min(first + at_once, n))
        part = mean_loss(
            x[:, rows] if per_replica else x[rows], y[:, rows] if own else y[rows], loss, per_replica=per_replica
        )
        with torch.enable_grad():
            total += stack.gradient(part(stack)) * ((rows.stop - rows.start) / n)
    return total


def layers(stack: Stack) -> tuple[str, ...]:
    """Names of the layers that have parameters, in the order of the net; weight and bias are one layer."""
    return tuple(dict.fromkeys(_owner(name) for name in stack.leaves))


def norms(stack: Stack, gradient: Tensor) -> Tensor:
    """Euclidean norms of gradients, or of any (K, P) vectors.

    Returns
    -------
    (K, 1 + layers), the whole vector's norm first, then those of its parts in the order of `layers`: the first is the
    root of the sum of the others' squares
    """
    squares: dict[str, Tensor] = {}
    for name, part in stack.split(gradient):
        owner = _owner(name)
        square = part.reshape(stack.K, -1).square().sum(1)
        squares[owner] = squares[owner] + square if owner in squares else square
    parts = torch.stack(list(squares.values()), dim=1)
    return torch.cat([parts.sum(1, keepdim=True), parts], dim=1).sqrt()


class UpdateNorms:
    """Norms of the gradient that each update followed; pass it to `train` as `on_update`.

    Minibatches give the norm of the batch's gradient. Numbers stay on the device until they are asked for.

    Parameters
    ----------
    stack : the one that is trained: `train` leaves each update's gradient in `stack.flat.grad` until the next
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._norms: list[Tensor] = []
        self._losses: list[Tensor] = []

    def __call__(self, update: int, losses: Tensor) -> None:
        """Look at the gradient that led here, and at the loss of the batch that comes next."""
        if update == 0:
            self._norms, self._losses = [], []
        elif self._stack.flat.grad is not None:
            self._norms.append(norms(self._stack, self._stack.flat.grad))
        self._losses.append(losses)

    def norms(self) -> Tensor:
        """(K, updates, 1 + layers), see `norms`; entry t is of the gradient that update t followed."""
        return torch.stack(self._norms, dim=1)

    def losses(self) -> Tensor:
        """(K, updates): the loss of each update's batch before that update."""
        return torch.stack(self._losses[:-1], dim=1)


def _owner(parameter: str) -> str:
    return parameter.rpartition(".")[0] or parameter
