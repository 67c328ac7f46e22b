"""From a score to a verdict: one exact binomial test, and the interval that is its exact dual.

H0 of `holds`: at most a share p0 of fresh seeds shows the claim. H0 of `refuted`: at most 1 - p0 contradicts it.
Assumption: seeds are independent and alike; nothing is assumed about the distribution. Each outcome is wrong with
probability alpha at most, over all looks together. A tie (score 0, or a seed on which the claim's assay is not met) is
neither a win nor a loss: it costs power.

A mean is not tested, because no test of a mean is both exact and useful without a bound on the tails: with mean 0 and
the left tail that diverging seeds give, a one-sided t test at a nominal 0.1 % says `holds` in 5.0 % of runs with 8
seeds.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from hw1.statistics.intervals import Tally, best, prevalence_low, tally
from hw1.statistics.looks import Design, Invalid, Look, Outcome, require_reachable, tail
from hw1.statistics.score import Score

__all__ = ["Invalid", "Outcome", "Verdict", "judge"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the seeds say about a claim.

    Attributes
    ----------
    outcome : "holds", "refuted", "inconclusive", or "invalid": undecided at the last allowed look, with the assay met
        on half of the seeds at most
    claimed : the claim in plain words
    effect, low, high : the effect that a share p0 of seeds exceeds (p0 = 1/2: the median), and its interval, in the
        units of `effect_name`; each end is wrong with probability `spent` at most over all looks so far, and infinite
        where seeds are too few
    wins, losses, n : seeds that show the claim, that contradict it, and all of them
    wins_needed, losses_needed : the counts that decide at this look (n + 1: none does)
    p_holds, p_refuted : p-values of the two sides: under the null's border, the chance of having decided at an earlier
        look, or of a count like this one now; to be compared with `spent`
    alpha, spent : error rate of the claim on each side, and what may be spent of it up to this look
    p0, look, sizes : share of seeds to be exceeded, which look, and the seeds of all allowed looks
    prevalence_low : lower bound, at 1 - `spent`, of the share of fresh seeds that show the claim; it reaches p0 exactly
        where the claim holds
    met, assay : seeds on which the claim's assay is met, and what it asks for; None and "" without one

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
    sizes: tuple[int, ...]
    prevalence_low: float
    met: int | None = None
    assay: str = ""

    @property
    def p(self) -> float:
        """The smaller p-value: that of the side that decided, if one did."""
        return min(self.p_holds, self.p_refuted)

    @property
    def idle(self) -> bool:
        """Whether the claim's assay is met on half of the seeds at most."""
        return self.met is not None and 2 * self.met <= self.n

    @property
    def interval_is_range(self) -> bool:
        """Whether both ends of the interval are the least and the greatest effect of all seeds."""
        return self.n in (self.wins_needed, self.losses_needed) and self.wins_needed == self.losses_needed

    def to_dict(self) -> dict[str, Any]:
        """Return all fields and `p` as builtins; floats may be infinite."""
        return asdict(self) | {"p": self.p, "sizes": list(self.sizes)}

    def __str__(self) -> str:
        if self.outcome == "invalid":
            return f"no verdict: {self.met} of {self.n} seeds {self.assay}: {self.claimed}{self._words_of_look()}"
        need = f" ({self.wins_needed} needed)" if self.outcome == "inconclusive" and self.wins_needed <= self.n else ""
        share = "" if self.p0 == 0.5 else f", p0 {self.p0:g}"
        met = "" if self.met in (None, self.n) else f", {self.met} of {self.n} seeds {self.assay}"
        return (
            f"{self.outcome}: {self.claimed}: {self.effect_name} {self.effect:.3g} {self._interval()}, "
            f"{self.wins}/{self.n} seeds{need}, p {self.p:.1g}{share}{self._words_of_look()}{met}"
        )

    def _interval(self) -> str:
        words = f"[{self.low:.3g}, {self.high:.3g}]"
        return f"{words} ({range_in_words(self.n, self.met)})" if self.interval_is_range else words

    def _words_of_look(self) -> str:
        return "" if self.look == 1 else f", look {self.look}"


def judge(score: Score, design: Design, *, reach: Outcome = "holds") -> Verdict:
    """Judge a claim from its score.

    Parameters
    ----------
    score : of as many seeds as one of the looks has; earlier seeds stay
    design : fixed before any seed is trained
    reach : the outcome that the design must be able to reach. It never changes a verdict, only lets a claim that is
        expected to be refuted be judged with fewer seeds than it would need to hold (p0 = .9: 3 against 66)

    Raises
    ------
    Invalid : the number of seeds is not one of the looks, that outcome is out of reach, or a value is NaN
    """
    design = replace(design, alternatives=len(score.parts))
    require_reachable(reach, design)
    now = design.which(len(score.matrix))
    for part in score.parts:
        _require_measured(part)
    seen = best([tally(part.values.to_numpy(dtype=np.float64), now, design.p0) for part in score.parts])
    return _verdict(score, design, now, seen)


def _verdict(score: Score, design: Design, now: Look, seen: Tally) -> Verdict:
    low, high = sorted((score.effect(seen.low), score.effect(seen.high)))
    look = design.looks.index(now) + 1
    sizes, before = design.sizes[:look], design.looks[: look - 1]
    wins_before, losses_before = tuple(one.wins for one in before), tuple(one.losses for one in before)
    held = min(1.0, design.alternatives * tail(design.p0, sizes, wins_before, seen.wins))
    lost = tail(1 - design.p0, sizes, losses_before, seen.losses)
    share = prevalence_low(seen.wins, sizes, wins_before, now.spent / design.alternatives)
    # Where a count decides by a hair, as 10 of 10 at alpha = 2**-10, p and the bound may be 1e-12 on the wrong side.
    made = Verdict(
        outcome="holds" if seen.low > 0 else "refuted" if seen.high < 0 else "inconclusive",
        claimed=score.describe(),
        effect=float(score.effect(seen.middle)),
        low=float(low),
        high=float(high),
        effect_name=score.effect_name,
        wins=seen.wins,
        losses=seen.losses,
        n=now.n,
        wins_needed=now.wins,
        losses_needed=now.losses,
        p_holds=min(held, now.spent) if seen.wins >= now.wins else held,
        p_refuted=min(lost, now.spent) if seen.losses >= now.losses else lost,
        alpha=float(design.alpha),
        spent=now.spent,
        p0=float(design.p0),
        look=look,
        sizes=design.sizes,
        prevalence_low=max(share, design.p0) if seen.wins >= now.wins else share,
        met=score.seeds_met,
        assay=score.assay,
    )
    last = now.n == design.sizes[-1]
    return replace(made, outcome="invalid") if made.outcome == "inconclusive" and made.idle and last else made


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


def range_in_words(n: int, met: int | None) -> str:
    """What an interval is that is no more than the range of n seeds; one whose assay is not met has the margin."""
    unmet = 0 if met is None else n - met
    return f"range of {n} seeds" + (f", {unmet} of them unmet, at the margin" if unmet else "")
