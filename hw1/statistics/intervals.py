"""Counts of seeds, and order statistics and bounds that say the same: they exclude 0, or p0, where a count decides."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hw1.statistics.chances import crossing
from hw1.statistics.looks import Look, tail
from hw1.statistics.rules import Array


class Tally(NamedTuple):
    """Order statistics in score units, and seeds won and lost."""

    low: float
    middle: float
    high: float
    wins: int
    losses: int


def tally(scores: Array, look: Look, p0: float) -> Tally:
    """Count, and take the order statistics that are above (below) 0 exactly where the counts decide."""
    s = np.sort(scores)
    low = float(s[look.n - look.wins]) if look.wins <= look.n else -math.inf
    high = float(s[look.losses - 1]) if look.losses <= look.n else math.inf
    return Tally(low, _quantile(s, 1 - p0), high, int((s > 0).sum()), int((s < 0).sum()))


def best(tallies: Sequence[Tally]) -> Tally:
    """Combine alternatives: one that holds is enough, and all must be refuted."""
    low, middle, high, wins, losses = zip(*tallies, strict=True)
    return Tally(max(low), max(middle), max(high), max(wins), min(losses))


def prevalence_low(wins: int, sizes: tuple[int, ...], counts: tuple[int, ...], level: float) -> float:
    """Return a lower bound of the share of seeds won, wrong with probability `level` at most over all looks so far.

    Parameters
    ----------
    wins : at the last of the looks
    sizes, counts : seeds of the looks up to this one, and the wins that decide at those before

    Notes
    -----
    The share under which the chance of having held before, or of at least so many wins now, is `level`. With one look
    it is the bound of Clopper and Pearson.
    """
    if not wins:
        return 0.0
    return crossing(lambda p: tail(p, sizes, counts, wins) - level, 0.0, 1.0)


def _quantile(s: Array, q: float) -> float:
    """Return the order statistic at q, or the middle of the two that q lies between (their mean)."""
    place = round(len(s) * q, 9)  # 30 * (1 - .9) is 2.9999999999999996
    below, above = float(s[max(math.ceil(place) - 1, 0)]), float(s[min(math.floor(place), len(s) - 1)])
    if below == -math.inf:
        return below  # also between both infinities, where a mean is undefined; it still rises with every score
    return min(max(below / 2 + above / 2, below), above)
