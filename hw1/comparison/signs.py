"""Whether seeds moved between two environments: the exact sign test on the same seeds, or another on other seeds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy  # of which nothing is loaded before it is used

__all__ = ["Signs", "signs", "unpaired"]


@dataclass(frozen=True, kw_only=True)
class Signs:
    """On how many of the common seeds the claim is seen more strongly than before, or less.

    `typical` is the median change of the score over these seeds, in its units.
    """

    n: int
    more: int
    less: int
    typical: float

    @property
    def p(self) -> float:
        """Two-sided p-value: seeds that moved are as often stronger as weaker if the environments are exchangeable.

        Seeds that did not move say nothing; nothing is assumed about the distribution.
        """
        moved = self.more + self.less
        return float(scipy.stats.binomtest(self.more, moved).pvalue) if moved else 1.0


def signs(before: Mapping[str, float], after: Mapping[str, float]) -> Signs:
    """Compare the scores of the seeds that both have, by seed.

    Two infinite scores of one sign are a tie, as in the verdict.
    """
    seeds = [seed for seed in before if seed in after]
    pairs = [(float(before[seed]), float(after[seed])) for seed in seeds]
    changes = [0.0 if a == b else b - a for a, b in pairs]
    return Signs(
        n=len(seeds),
        more=sum(change > 0 for change in changes),
        less=sum(change < 0 for change in changes),
        typical=float(np.median(changes)) if changes else math.nan,
    )


def unpaired(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """p-value of the exact two-sample test of Kolmogorov and Smirnov: with ties it is conservative."""
    return float(scipy.stats.ks_2samp(list(before.values()), list(after.values()), method="exact").pvalue)
