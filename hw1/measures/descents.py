"""Curves that fall, rise and fall again."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["first_stop", "hump"]

Floats = NDArray[np.float64]


def hump(curves: ArrayLike) -> Floats:
    """How much of a double descent each curve has, (K,): the largest h by which it falls, then rises, then falls again.

    It is 0 for a curve that only falls, only rises, falls and then rises, or rises and then falls.

    Parameters
    ----------
    curves : (K, T); infinite where a training has diverged, and what follows such a rise is no second descent
    """
    y = _checked(curves)
    before = np.minimum.accumulate(y, axis=1)
    after = np.minimum.accumulate(y[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore"):
        heights = np.minimum(np.minimum(y - before, y - after), y[:, :1] - before)
    found: Floats = np.where(np.isfinite(y), heights, 0.0).max(1)
    return found


def first_stop(curves: ArrayLike, patience: int) -> NDArray[np.int64]:
    """Where early stopping ends: the place of the lowest value so far when `patience` values were not below it, (K,).

    Parameters
    ----------
    curves : (K, T)
    patience : values without a new lowest one after which one stops, at least 1; a curve that never stops gives the
        place of its lowest value

    References
    ----------
    Prechelt, in Neural Networks: Tricks of the Trade, 1998, doi:10.1007/3-540-49430-8_3
    """
    y = _checked(curves)
    if patience < 1:
        raise ValueError(f"patience={patience} stops before anything was seen. Use at least 1.")
    return np.array([_stop(own, patience) for own in y], dtype=np.int64)


def _stop(y: Floats, patience: int) -> int:
    best = 0
    for place in range(1, len(y)):
        if y[place] < y[best]:
            best = place
        elif place - best >= patience:
            break
    return best


def _checked(curves: ArrayLike) -> Floats:
    y = np.asarray(curves, dtype=np.float64)
    if y.ndim != 2 or not y.size or np.isnan(y).any():
        raise ValueError(f"Curves of shape {y.shape} are not (K, T) numbers. Give a row of values for each replica.")
    return y
