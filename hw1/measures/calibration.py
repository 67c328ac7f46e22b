"""How far confidence is from accuracy, bin by bin, and the temperature that brings them together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hw1.measures.probabilities import confidences, labels_of, log_probabilities, right

__all__ = ["BINNINGS", "Temperature", "best_temperature", "calibration_error"]

Floats = NDArray[np.float64]

BINNINGS = ("width", "mass")
_HALVINGS = 60  # of the logarithm of the bounds' ratio: 9 / 2**60 is below the rounding of a logarithm


def calibration_error(p: ArrayLike, labels: ArrayLike, *, bins: int = 15, equal: str = "width") -> Floats:
    """Expected calibration error: mean over the points of |accuracy - mean confidence| of each one's bin, (K,).

    It is at least |over_confidence|, which it equals with one bin, and above 0 for a perfectly calibrated net too, the
    more so the fewer points a bin has: compare nets on equal numbers of points. Infinite for a replica with a point
    without a prediction.

    Parameters
    ----------
    p : probabilities (K, n, classes)
    labels : integers, (n,) shared or (K, n)
    bins : number of bins; empty ones count for nothing
    equal : "width", bins ((b - 1) / bins, b / bins] of the confidence; "mass", bins that end at each replica's own
        confidences of ranks ceil(b n / bins), end included: they hold equal numbers of points to within one, but that
        points of equal confidence are never parted: all go to the lowest bin that takes one of them

    Raises
    ------
    ValueError
        for bins of equal mass that are more than the points

    References
    ----------
    Guo, Pleiss, Sun, Weinberger, ICML 2017, arXiv:1706.04599, equation 3 (equal width, 15 bins); Roelofs, Cain, Shlens,
    Mozer, AISTATS 2022, arXiv:2012.08668 (equal mass, and the bias of both)
    """
    sure, hits = confidences(p), right(p, labels)
    if equal not in BINNINGS:
        raise ValueError(f"equal={equal!r} is unknown. Use one of {', '.join(BINNINGS)}.")
    n = sure.shape[1]
    if bins < 1 or (equal == "mass" and bins > n):
        raise ValueError(f"{n} points do not fill {bins} bins of equal {equal}. Use 1 to {n} bins.")
    ends = _even_ends(len(sure), bins) if equal == "width" else _ends_at_ranks(sure, bins)
    gaps = _sums(_bins_of(sure, ends), hits - sure, bins)
    return np.where(np.isnan(sure).any(1), np.inf, np.abs(gaps).sum(1) / n)


def _even_ends(K: int, bins: int) -> Floats:
    """Upper ends of all bins but the last, (K, bins - 1)."""
    return np.broadcast_to(np.arange(1, bins) / bins, (K, bins - 1))


def _ends_at_ranks(sure: Floats, bins: int) -> Floats:
    ranks = -(-np.arange(1, bins) * sure.shape[1] // bins)
    ends: Floats = np.sort(sure, axis=1)[:, ranks - 1]
    return ends


def _bins_of(sure: Floats, ends: Floats) -> NDArray[np.int64]:
    """Number of each point's bin, (K, n), from 0: how many ends are below its confidence."""
    return np.stack([np.searchsorted(own_ends, own) for own, own_ends in zip(sure, ends, strict=True)])


def _sums(places: NDArray[np.int64], values: Floats, bins: int) -> Floats:
    """Sums of the values (K, n) of each bin, (K, bins)."""
    K = len(places)
    flat = (places + bins * np.arange(K)[:, None]).ravel()
    sums: Floats = np.bincount(flat, values.ravel(), minlength=K * bins).astype(np.float64).reshape(K, bins)
    return sums


@dataclass(frozen=True, kw_only=True, eq=False)
class Temperature:
    """`value`: one temperature per replica, (K,); `at_bound`: whether it is a bound, and the best lies beyond, (K,)."""

    value: Floats
    at_bound: NDArray[np.bool_]


def best_temperature(
    logits: ArrayLike, labels: ArrayLike, *, bounds: tuple[float, float] = (0.01, 100.0)
) -> Temperature:
    """The temperature with the lowest negative log likelihood on held-out points, one for each replica.

    The loss is convex in 1 / temperature, and the root of its slope is found by halving the bounds. There is no root
    where all points are right, as the loss falls down to temperature 0: the lower bound. There is none where the logits
    speak against the labels, as it falls up to an infinite one: the upper bound. Where the loss is flat it is the lower
    bound. A replica with a point without a prediction has none: infinite. All of these are `at_bound`.

    Parameters
    ----------
    logits : (K, n, classes) at points that were not trained on
    labels : integers, (n,) shared or (K, n)
    bounds : lowest and highest temperature

    References
    ----------
    Guo, Pleiss, Sun, Weinberger, ICML 2017, arXiv:1706.04599, section 4.2
    """
    low, high = bounds
    if not 0 < low < high < math.inf:
        raise ValueError(f"bounds={bounds} hold no temperature. Give two finite numbers above 0, the lower one first.")
    z = np.asarray(logits, dtype=np.float64)
    lost = np.isnan(log_probabilities(z).sum((1, 2)))  # refuses other shapes
    y = labels_of(z.shape, labels)
    z = np.where(lost[:, None, None], 0.0, z)
    z = z - z.max(-1, keepdims=True)  # changes no probability, and leaves slopes that are 0 without rounding
    value = np.exp(_root(z, y, math.log(low), math.log(high)))
    cold, hot = _slope(z, y, np.full(len(z), low)) <= 0, _slope(z, y, np.full(len(z), high)) >= 0
    value = np.select([lost, cold, hot], [np.inf, low, high], value)
    return Temperature(value=value, at_bound=lost | hot | cold)


def _root(z: Floats, y: NDArray[np.int64], low: float, high: float) -> Floats:
    """Logarithm of the temperature where the slope changes its sign, (K,)."""
    lower, upper = np.full(len(z), low), np.full(len(z), high)
    for _ in range(_HALVINGS):
        middle: Floats = (lower + upper) / 2
        too_cold = _slope(z, y, np.exp(middle)) > 0
        lower, upper = np.where(too_cold, middle, lower), np.where(too_cold, upper, middle)
    return middle


def _slope(z: Floats, y: NDArray[np.int64], temperature: Floats) -> Floats:
    """Slope of the negative log likelihood in 1 / temperature, (K,): mean logit expected less mean logit of labels."""
    expected = (np.exp(log_probabilities(z, temperature)) * z).sum(-1)
    slopes: Floats = (expected - np.take_along_axis(z, y[..., None], -1)[..., 0]).mean(1)
    return slopes
