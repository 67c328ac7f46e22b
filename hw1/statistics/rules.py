"""The arithmetic of every kind of score: arms on the last axis go in, one number per seed comes out.

Inside a seed, parts are combined with `min` (and), never with `max` (or): a maximum selects, and selection has no error
bound (an arg-max inside the seed says "peak" on 98.5 % of data sets that only rise to a plateau, at a nominal 1 %).

A diverged run is +inf and counts honestly. Infinity against the same infinity is a tie, 0, whatever the margin: neither
arm is seen to be better. NaN means "not measured" and stays NaN.

A censored value is known by a lower bound only: the true one may be any number from it up. It is the bound with an
imaginary part of 1 (`marked`), so that the mark goes wherever the value goes. A score is computed with the truth that
speaks most against the claim and with the one that speaks most for it; where their signs differ, it is a tie. So no
truth contradicts a score.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Marked = NDArray[np.float64] | NDArray[np.complex128]  # measured, or some of it censored

TIE = 4 * np.finfo(np.float64).eps  # two arms as near as this, relative to the larger, differ by rounding at most


def marked(values: Array, censored: NDArray[np.bool_]) -> NDArray[np.complex128]:
    """Values with an imaginary part of 1 where they are lower bounds."""
    both = values.astype(np.complex128)
    both.imag = censored
    return both


def least(y: Marked) -> Array:
    """The least that the true values can be."""
    return y.real


def most(y: Marked) -> Array:
    """The most that the true values can be."""
    return np.where(y.imag > 0, np.inf, y.real)


def certain(worst: Array, best: Array) -> Array:
    """Of the scores at the two ends of what is possible the one nearer to 0, and 0 where their signs differ."""
    agreed = np.where(worst > 0, worst, np.where(best < 0, best, 0.0))
    return np.where(np.isnan(worst) | np.isnan(best), np.nan, agreed)


def gap(low: Array, high: Array, by: float = 0.0) -> Array:
    """`high - low - by`, and 0 for infinity against itself; without a margin, also for what differs by rounding."""
    with np.errstate(invalid="ignore", over="ignore"):
        tied = np.isinf(low) & (low == high) if by else _near(low, high)
        return np.where(tied, 0.0, high - low - by)


def _near(a: Array, b: Array) -> NDArray[np.bool_]:
    largest = np.minimum(np.maximum(np.abs(a), np.abs(b)), np.finfo(np.float64).max)  # infinity is near to itself alone
    near: NDArray[np.bool_] = (a == b) | (np.abs(a - b) <= TIE * largest)
    return near


def _log_quotient(first: Array, second: Array, factor: float) -> Array:
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        # The quotient before the logarithm: 6 against 3 is then exactly a factor 2, a tie and not a win by 1e-16.
        tied = (first == second) & (np.isinf(first) | (first == 0))
        tied = tied | _near(first, second) if factor == 1 else tied
        return np.where(tied, 0.0, np.log(second / first) - math.log(factor))


def _second_over_first(y: Marked, score: Callable[[Array, Array], Array]) -> Array:
    """A score that falls with the first arm and rises with the second."""
    first, second = y[..., 0], y[..., 1]
    return certain(score(most(first), least(second)), score(least(first), most(second)))


def difference(y: Marked, *, by: float) -> Array:
    """How far the second arm exceeds the first, less the margin."""
    return _second_over_first(y, lambda first, second: gap(first, second, by))


def log_ratio(y: Marked, *, factor: float) -> Array:
    """Logarithm of second arm / (factor x first arm); 0 against 0 is a tie, as is infinity against infinity."""
    return _second_over_first(y, lambda first, second: _log_quotient(first, second, factor))


def excess(y: Marked, *, value: float) -> Array:
    """How far the arm lies above a fixed value."""
    return certain(least(y[..., 0]) - value, most(y[..., 0]) - value)


def shortfall(y: Marked, *, value: float) -> Array:
    """How far the arm lies below a fixed value."""
    return certain(value - most(y[..., 0]), value - least(y[..., 0]))


def closeness(y: Marked, *, margin: float, target: float | None) -> Array:
    """The margin less the distance to the target: a number, or with None the second arm."""
    one = y[..., 0]
    other: Marked = np.full_like(one.real, target) if target is not None else y[..., 1]
    low, high = gap(most(other), least(one)), gap(least(other), most(one))  # ends of the distance, with its sign
    worst, best = np.minimum(margin - high, margin + low), np.minimum(margin - low, margin + high)
    return np.where(np.isinf(one.real) & (one.real == other.real), 0.0, certain(worst, best))


def tau_excess(y: Array, *, value: float) -> Array:
    """How far Kendall's tau exceeds a value, from (..., 3): tau, its least and its most; 0 where these do not agree."""
    tau, low, high = np.moveaxis(y, -1, 0)
    return np.where(np.isnan(tau) | (low > value) | (high < value), tau - value, 0.0)


def slope(y: Array, *, levels: Sequence[float], by: float, tol: float) -> Array:
    """Least-squares slope over the levels, less the margin; with a finite `tol`, no step falls by more than it either.

    Written over pairs of levels, which is the same number: a constant row then gives exactly 0, a row that diverges
    from some level on rises infinitely, and infinite steps both up and down cancel to a tie.
    """
    x = np.asarray(levels, dtype=np.float64)
    j, k = np.triu_indices(len(x), 1)
    run, rise = x[k] - x[j], gap(y[..., j], y[..., k])
    with np.errstate(invalid="ignore", over="ignore"):
        excess_slope = (rise * run).sum(axis=-1) / (run @ run) - by
    diverged = np.isinf(y[..., 0]) & (y == y[..., :1]).all(axis=-1)
    score = np.where(diverged | np.isnan(excess_slope), 0.0, excess_slope)
    if tol < math.inf:
        score = np.minimum(score, gap(y[..., :-1], y[..., 1:]).min(axis=-1) + tol)
    return np.where(np.isnan(y).any(axis=-1), np.nan, score)


def height(y: Array, *, at: int, by: float) -> Array:
    """How far the level `at` rises above both the first and the last level, less the margin."""
    return np.minimum(gap(y[..., 0], y[..., at], by), gap(y[..., -1], y[..., at], by))
