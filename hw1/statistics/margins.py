"""Margins as they are given, checked and put into words, and the way back from a score to the metric's own units."""

import math
from numbers import Real

import numpy as np

NO_MARGIN = "A claim without a margin is never refuted where there is no effect"
NONE_MEANT = "is a margin and direction_only=True says that none is meant. Drop one of them."


def finite(name: str, value: float) -> float:
    """Return the value as a builtin float, or raise ValueError."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        kind = "text" if isinstance(value, str) else f"of type {type(value).__name__}"
        raise ValueError(f"{name}={value!r:.60} is {kind}, not a number that is fixed beforehand. Give a number.")
    if not math.isfinite(value):
        raise ValueError(f"{name}={value:g} is not a finite number, so nothing can be compared with it. Give a number.")
    return float(value)


def least_margin(by: float | None, direction_only: bool) -> float:
    """Return the margin of a difference, 0 only where none is meant."""
    if by is not None:
        finite("by", by)
    if direction_only:
        if by:
            raise ValueError(f"by={by:g} {NONE_MEANT}")
        return 0.0
    if by is None or by == 0:
        given = "no margin was given" if by is None else "by=0 is not a margin"
        raise ValueError(f"{given}. {NO_MARGIN}: give by > 0, or say direction_only=True.")
    if not by > 0:
        raise ValueError(f"by={by:g} would let a small effect against the claim pass. Give by > 0, or swap the arms.")
    return float(by)


def least_factor(factor: float, direction_only: bool) -> float:
    """Return the margin of a ratio, 1 only where none is meant."""
    if not finite("factor", factor) > 0:
        raise ValueError(
            f"factor={factor:g} is not a ratio of two arms. Give factor > 1, "
            "or one below 1 to claim at most a multiple (1 / 2: at most twice as much)."
        )
    if direction_only and factor != 1:
        raise ValueError(f"factor={factor:g} {NONE_MEANT}")
    if factor == 1 and not direction_only:
        raise ValueError(f"factor=1 is not a margin. {NO_MARGIN}: give factor > 1, or say direction_only=True.")
    return float(factor)


def in_words(by: float) -> str:
    """Say a margin: " by 0.1", or nothing."""
    return f" by {by:g}" if by else ""


def shifted(score: float, *, by: float) -> float:
    """Add the margin back."""
    return score + by


def mirrored(score: float, *, at: float) -> float:
    """Turn "so far below the value" into the value itself."""
    return at - score


def ratio(score: float, *, factor: float) -> float:
    """Undo the logarithm; a ratio beyond floats is inf."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.exp(score + math.log(factor)))


def multiple(score: float, *, factor: float) -> float:
    """The ratio the other way round, for factors below 1: "at most 3.5 times as long" is read as a multiple."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.exp(-score - math.log(factor)))
