"""From a score to a verdict: one exact binomial test, and the interval that is its exact dual.

H0 of `holds`: at most a share p0 of fresh seeds shows the claim. H0 of `refuted`: at most 1 - p0 contradicts it.
Assumption: seeds are independent and alike; nothing is assumed about the distribution. Each outcome is wrong with
probability alpha at most, over all three looks together. A tie (score 0) is neither a win nor a loss: it costs power.

A mean is not tested, because no test of a mean is both exact and useful without a bound on the tails: with mean 0 and
the left tail that diverging seeds give, a one-sided t test at a nominal 0.1 % says `holds` in 5.0 % of runs with 8
seeds.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from hw1.statistics.intervals import best, prevalence_low, tally
from hw1.statistics.looks import Invalid, Look, Outcome, looks, require_reachable
from hw1.statistics.score import Score

__all__ = ["Invalid", "Outcome", "Verdict", "judge"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the seeds say about a claim.

    Attributes
    ----------
    outcome : "holds", "refuted" or "inconclusive"
    claimed : the claim in plain words
    effect, low, high : the effect that a share p0 of seeds exceeds (p0 = 1/2: the median), and its interval, in the
        units of `effect_name`; each end is wrong with probability `spent` at most, and infinite where seeds are too few
    wins, losses, n : seeds that show the claim, that contradict it, and all of them
    wins_needed, losses_needed : the counts that decide at this look
    p_holds, p_refuted : p-values of the two sides, to be compared with `spent`
    alpha, spent : error rate of the claim on each side, and what this look spends of it
    p0, look, n0 : share of seeds to be exceeded, which look (1 to 3), seeds of the first look
    prevalence_low : Clopper-Pearson lower bound, at 1 - `spent`, of the share of fresh seeds that show the claim; it
        reaches p0 exactly where the claim holds

    With alternatives ("a peak at some level"), effect, low and high are of the best level, wins is the most of any
    level, losses the fewest, and the p-values are corrected for it.
    """

    outcome: Outcome
    claimed: str
    effect: float
    low: float
    high: float
    effect_name: str
    wins: int
    losses: int
    n: int
    wins_needed: int
    losses_needed: int
    p_holds: float
    p_refuted: float
    alpha: float
    spent: float
    p0: float
    look: int
    n0: int
    prevalence_low: float

    @property
    def p(self) -> float:
        """The smaller p-value: that of the side that decided, if one did."""
        return min(self.p_holds, self.p_refuted)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields and `p` as builtins; floats may be infinite."""
        return asdict(self) | {"p": self.p}

    def __str__(self) -> str:
        need = f" ({self.wins_needed} needed)" if self.outcome == "inconclusive" else ""
        share = "" if self.p0 == 0.5 else f", p0 {self.p0:g}"
        look = "" if self.look == 1 else f", look {self.look}"
        return (
            f"{self.outcome}: {self.claimed}: {self.effect_name} {self.effect:.3g} [{self.low:.3g}, {self.high:.3g}], "
            f"{self.wins}/{self.n} seeds{need}, p {self.p:.1g}{share}{look}"
        )


def judge(score: Score, *, n0: int, p0: float = 0.5, alpha: float = 1e-3, reach: Outcome = "holds") -> Verdict:
    """Judge a claim from its score.

    Parameters
    ----------
    score : of n seeds; n is n0 (look 1), 2 n0 (look 2) or 4 n0 (look 3), and earlier seeds stay
    n0 : seeds planned for the first look, fixed before any is trained
    p0 : the claim is that more than this share of fresh seeds shows it
    alpha : error rate of the claim, on each side and over all looks; .8, .1 and .1 of it are spent
    reach : the outcome that the design must be able to reach. It never changes a verdict, only lets a claim that is
        expected to be refuted be judged with fewer seeds than it would need to hold (p0 = .9: 4 against 68)

    Raises
    ------
    Invalid : n is not one of the looks, that outcome is out of reach, or a value is NaN
    """
    n, parts = len(score.matrix), score.parts
    require_reachable(reach, n0=n0, alpha=alpha, p0=p0, alternatives=len(parts))
    planned = looks(n0, alpha=alpha, p0=p0, alternatives=len(parts))
    look = _which(n, planned)
    for part in parts:
        _require_measured(part)
    now = planned[look - 1]
    seen = best([tally(part.values.to_numpy(dtype=np.float64), now, p0) for part in parts])
    low, high = sorted((score.effect(seen.low), score.effect(seen.high)))
    return Verdict(
        outcome="holds" if seen.low > 0 else "refuted" if seen.high < 0 else "inconclusive",
        claimed=score.describe(),
        effect=float(score.effect(seen.middle)),
        low=float(low),
        high=float(high),
        effect_name=score.effect_name,
        wins=seen.wins,
        losses=seen.losses,
        n=n,
        wins_needed=now.wins,
        losses_needed=now.losses,
        p_holds=min(1.0, len(parts) * float(stats.binom.sf(seen.wins - 1, n, p0))),
        p_refuted=float(stats.binom.sf(seen.losses - 1, n, 1 - p0)),
        alpha=float(alpha),
        spent=now.spent,
        p0=float(p0),
        look=look,
        n0=int(n0),
        prevalence_low=prevalence_low(seen.wins, n, now.spent / len(parts)),
    )


def _which(n: int, planned: tuple[Look, ...]) -> int:
    sizes = [look.n for look in planned]
    if n not in sizes:
        raise Invalid(
            f"{n} seeds are not a planned look: with n0={sizes[0]} these are {sizes[0]}, {sizes[1]} and {sizes[2]}. "
            "A sample size chosen after looking voids alpha; train up to the next one."
        )
    return sizes.index(n) + 1


def _require_measured(score: Score) -> None:
    holes = np.argwhere(score.matrix.isna().to_numpy())
    if len(holes):
        seed, arm = score.matrix.index[holes[0][0]], score.matrix.columns[holes[0][1]]
        raise Invalid(
            f"{score.metric} is NaN for seed {seed} and arm {arm!r} ({len(holes)} in all), and NaN means not measured. "
            "Compute what is missing; record a diverged run as inf."
        )
    if score.values.isna().any():
        seed = score.values.index[score.values.isna()][0]
        raise Invalid(
            f"the score of {score.metric} is NaN for seed {seed}, though every arm was measured. Fix its rule."
        )
