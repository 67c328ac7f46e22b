"""Straight lines between two sets of weights: what a net measures along them, and how high the barrier is.

Running statistics of normalisation layers belong to the activations of one net, and between two there are none. So they
are computed anew at every point of the line, its ends included, from inputs that are given for it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from hw1.measures.boxes import restored
from hw1.training import Stack

__all__ = ["along", "barrier", "excess_at_the_middle", "largest_rise"]

Floats = NDArray[np.float64]


def along(
    stack: Stack,
    start: Tensor,
    end: Tensor,
    alphas: ArrayLike,
    measure: Callable[[Stack], Tensor],
    *,
    inputs: Tensor | None = None,
) -> Tensor:
    """A measure of the nets (1 - alpha) start + alpha end, one point of the line after the other.

    The stack holds one point at a time, so memory does not grow with the points; its own weights are put back.

    Parameters
    ----------
    start, end : weights (K, P), exactly those at alpha 0 and 1
    alphas : (T,) for all replicas, or (K, T); below 0 and above 1 the line goes on
    measure : function of the stack that gives (K, ...)
    inputs : own training inputs (K, n, d...) from which running statistics are computed at each point; nets without
        buffers need none

    Returns
    -------
    (K, T, ...)

    Raises
    ------
    ValueError
        for nets with buffers and no inputs

    References
    ----------
    Jordan, Sedghi, Saukh, Entezari, Neyshabur, ICLR 2023, arXiv:2211.08403 (statistics between nets have to be reset)
    """
    if stack.state and inputs is None:
        raise ValueError(
            "These nets have buffers, which a point between two of them has not. Pass inputs=, (K, n, d...)."
        )
    shares = torch.as_tensor(np.asarray(alphas, dtype=np.float64), dtype=stack.dtype, device=stack.device)
    shares = shares.expand(stack.K, -1)
    seen = []
    with restored(stack), torch.no_grad():
        for t in range(shares.shape[1]):
            # `lerp` is exact at both ends, and everywhere where both ends are one net.
            stack.load(torch.lerp(start, end, shares[:, t : t + 1]))
            if inputs is not None:
                stack.recalibrate(inputs)
            seen.append(measure(stack).detach().clone())
    return torch.stack(seen, dim=1)


def barrier(values: ArrayLike, alphas: ArrayLike) -> Floats:
    """Height of the barrier: the largest value for alpha in [0, 1] less the mean of those at 0 and 1, in their units.

    Never negative, and at least half of the difference between the ends. Infinite where a value in [0, 1] is.

    Parameters
    ----------
    values : loss or error along the line, (..., T)
    alphas : (T,), with 0 and 1 among them

    References
    ----------
    Frankle, Dziugaite, Roy, Carbin, ICML 2020, arXiv:1912.05671, section 2 ("error barrier height")
    """
    y, x = np.asarray(values, dtype=np.float64), np.asarray(alphas, dtype=np.float64)
    first, last = _at(y, x, 0.0), _at(y, x, 1.0)
    highest = y[..., (x >= 0) & (x <= 1)].max(-1)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(highest), np.inf, highest - (first + last) / 2)


def excess_at_the_middle(values: ArrayLike, alphas: ArrayLike) -> Floats:
    """How far the value at alpha = 1/2 exceeds the greater of those at 0 and 1; negative where it does not.

    Unlike the barrier, which looks for the highest point, this one may come out either way where nothing is to be seen.

    Parameters
    ----------
    values : (..., T)
    alphas : (T,), with 0, 1/2 and 1 among them
    """
    y, x = np.asarray(values, dtype=np.float64), np.asarray(alphas, dtype=np.float64)
    middle, ends = _at(y, x, 0.5), np.maximum(_at(y, x, 0.0), _at(y, x, 1.0))
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(middle) & np.isinf(ends), 0.0, middle - ends)


def largest_rise(values: ArrayLike) -> Floats:
    """By how much a curve (..., T) rises at most above its lowest value so far; 0 where it never rises.

    The smallest D for which the curve is "D-monotonic" in the words of the source.

    References
    ----------
    Lucas et al., ICML 2021, arXiv:2104.11044
    """
    y = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        rise: Floats = np.nan_to_num(y - np.minimum.accumulate(y, -1), nan=0.0, posinf=np.inf).max(-1)
    return rise


def _at(values: Floats, alphas: Floats, alpha: float) -> Floats:
    place = np.flatnonzero(np.isclose(alphas, alpha, rtol=0, atol=1e-9))
    if alphas.ndim != 1 or values.shape[-1:] != alphas.shape or len(place) != 1:
        raise ValueError(
            f"{len(place)} of the alphas are {alpha:g}; their shape is {alphas.shape}, the values' {values.shape}. "
            f"Give one alpha per value with {alpha:g} once among them, e.g. numpy.linspace(-1, 2, 61)."
        )
    found: Floats = values[..., place[0]]
    return found
