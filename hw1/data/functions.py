"""One-dimensional functions to fit, by name, and the points to fit them on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw1.deliberate import told
from hw1.replaced import replacement

__all__ = ["TARGETS", "Target", "grid"]

Floats = NDArray[np.float64]
Target = Callable[[Floats], Floats]


def _sin_5(x: Floats) -> Floats:
    """sin(5 pi x): five half periods on each side of 0."""
    return np.sin(5 * np.pi * x)


def _sin_2(x: Floats) -> Floats:
    """sin(2 pi x): two periods on [-1, 1]."""
    return np.sin(2 * np.pi * x)


def _sinc(x: Floats) -> Floats:
    """sin(5 pi x) / (5 pi x), and 1 at 0."""
    return np.sinc(5 * x)


def _square(x: Floats) -> Floats:
    """sgn(sin(5 pi x)), exactly 0 at the multiples of 1/5, where the rounded sine would give a sign by accident."""
    half_periods = np.mod(5 * x, 2)
    signs: Floats = np.sign(half_periods * (1 - half_periods))
    return signs


class _Targets(dict[str, Target]):
    """Functions by name; in a setting of one's own every name gives the user's (`hw1.replaced`)."""

    def __getitem__(self, name: str) -> Target:
        own = replacement("target", name)
        if own is not None:
            return elementwise(own)
        if name not in self:
            raise ValueError(f"target={name!r} is unknown. Use one of {', '.join(self)}.")
        return super().__getitem__(name)


def elementwise(own: Target) -> Target:
    """A user's function, whose numbers are looked at: one finite number for each point."""

    def target(x: Floats) -> Floats:
        y = np.asarray(_called(own, x))
        if y.shape != x.shape or y.dtype.kind not in "biuf":
            raise ValueError(
                f"The function to fit gives {y.dtype} of shape {y.shape} for points of shape {x.shape}. Give one "
                f"number for each point, as np.sin does."
            )
        if not np.isfinite(y).all():
            raise ValueError(
                f"The function to fit is {y[~np.isfinite(y)][0]} at {x[~np.isfinite(y)][0]:g}. Give one that is finite "
                f"wherever it is asked."
            )
        return y.astype(np.float64)

    return target


def _called(own: Target, x: Floats) -> Any:
    try:
        with np.errstate(all="ignore"):  # what is not finite is told by the caller
            return own(x.copy())  # it may work in place
    except Exception as error:  # whatever a user's function raises
        raise ValueError(
            f"The function to fit fails on an array of float64 ({told(error)}). Give one that takes each point of an "
            f"array, as np.sin does, and not math.sin or torch.sin."
        ) from error


TARGETS = _Targets({"sin 5 pi x": _sin_5, "sin 2 pi x": _sin_2, "sinc": _sinc, "square": _square})
"""Elementwise float64 functions, made for [-1, 1]; any shape in, the same shape out."""


def grid(points: int, low: float = -1.0, high: float = 1.0) -> Floats:
    """Evenly spaced inputs with both ends.

    Returns
    -------
    float64 of shape (points, 1)
    """
    if points < 2 or not low < high:
        raise ValueError(f"{points} points from {low} to {high} do not make a grid. Use 2 points or more, low < high.")
    return np.linspace(low, high, points)[:, None]
