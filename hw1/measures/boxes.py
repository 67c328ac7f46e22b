"""How much the loss can rise near the weights: Keskar's box by projected ascent, and random directions.

Both move the weights and put them back, to the last bit, also after an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from hw1.measures.gradients import Objective
from hw1.training import Stack

__all__ = ["box", "box_sharpness", "random_sharpness", "restored"]


@contextmanager
def restored(stack: Stack) -> Iterator[Tensor]:
    """Lend the weights, (K, P), and put nets back at the end: what happens to the stack inside leaves no trace."""
    before = stack.snapshot()
    try:
        yield before.weights
    finally:
        stack.restore(before)


def box(weights: Tensor, radius: float) -> Tensor:
    """Half the box's length along each weight, radius * (|weight| + 1) (Keskar et al. 2017, equation 3, A = I)."""
    return radius * (weights.abs() + 1)


def box_sharpness(
    stack: Stack, objective: Objective, start: Tensor, *, radius: float = 1e-3, steps: int = 20, rate: float = 0.25
) -> Tensor:
    """Keskar's sharpness: 100 * (largest loss in the box - loss) / (1 + loss), (K,), in per cent, never below 0.

    The maximum is a lower bound, found by ascent along the gradient's sign, projected to the box. (The source takes ten
    iterations of L-BFGS-B.) On a loss that is linear, or a convex quadratic with a diagonal Hessian, it is exact: each
    weight moves to its border.

    Parameters
    ----------
    start : (K, P) between -1 and 1, from a named stream: where in the box the ascent starts, since the middle may be a
        minimum, which has no direction
    radius : epsilon of `box`; the source takes 1e-3 and 5e-4
    steps, rate : of the ascent; each step moves every weight by `rate` of its half length, so steps * rate >= 2 reaches
        every border from every start

    References
    ----------
    Keskar et al., ICLR 2017, arXiv:1609.04836, metric 2.1
    """
    if steps * rate < 2:
        raise ValueError(f"{steps} steps of {rate} do not cross the box. Take steps * rate >= 2.")
    with restored(stack) as middle:
        half = box(middle, radius)
        base = _losses(stack, objective)
        offset, highest = start.clamp(-1, 1), base
        for _ in range(steps):
            stack.load(middle + half * offset)
            with torch.enable_grad():
                losses = objective(stack)
                uphill = stack.gradient(losses).sign()
            highest = torch.maximum(highest, losses.detach())
            offset = (offset + rate * uphill).clamp(-1, 1)
        stack.load(middle + half * offset)
        highest = torch.maximum(highest, _losses(stack, objective))
    return _per_cent(highest, base)


def random_sharpness(stack: Stack, objective: Objective, offsets: Iterable[Tensor], *, radius: float = 1e-3) -> Tensor:
    """The same with the largest loss at random points of the box: 100 * (largest - loss) / (1 + loss), (K,).

    Parameters
    ----------
    offsets : (K, P) each, between -1 and 1; every one is tried from the same weights. (Two public copies of the
        homework add each to the one before, which makes a random walk.)
    """
    with restored(stack) as middle:
        half = box(middle, radius)
        base = highest = _losses(stack, objective)
        for offset in offsets:
            stack.load(middle + half * offset)
            highest = torch.maximum(highest, _losses(stack, objective))
    return _per_cent(highest, base)


def _losses(stack: Stack, objective: Objective) -> Tensor:
    with torch.no_grad():
        return objective(stack)


def _per_cent(highest: Tensor, base: Tensor) -> Tensor:
    rise = 100 * (highest - base) / (1 + base)
    return torch.where(torch.isfinite(rise), rise, torch.inf)
