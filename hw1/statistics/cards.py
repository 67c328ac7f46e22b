"""The calibration card of a claim: what its own score does where there is no effect.

Per seed, the arms are relabelled in every way (all K! up to six arms, 1,000 at random above; of an association the
items, 1,000 times at random): the share of relabelings on which the claim is seen is the seed's win probability under
"the arms do not differ". Of these the exact rate of a false `holds` follows without simulation. A score that is biased
towards holding is caught whatever its formula: the best of two metrics, an arg-max inside the seed, an absolute
difference. Not covered are nulls that are no relabeling (a plateau). The kinds that compare an arm with a number, or
claim that two arms agree, have their null at the boundary: there a seed shows the claim with probability p0 at most.
"""

import math
from dataclasses import asdict, dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from hw1.statistics.looks import Design, Outcome
from hw1.statistics.planning import false_hold, predicted_flake, predicted_seeds
from hw1.statistics.rules import Array
from hw1.statistics.score import Score
from hw1.statistics.twins import exchanged
from hw1.streams import stream

__all__ = ["Card", "card"]

ALL = 6  # arms up to which every relabeling is tried: 720
SAMPLE = 1_000  # random relabelings of more arms
FAR = 2.0  # spreads between the typical score and 0: a normal score is then positive on 97.7 % of seeds


@dataclass(frozen=True, kw_only=True)
class Card:
    """How a claim behaves under its null, and how far it is from its margin.

    Attributes
    ----------
    null_wins, null_wins_worst : mean and largest share over the seeds of relabelings that show the claim; None for
        kinds whose null is the boundary
    false_hold : exact probability of `holds` within the looks if every labelling is equally likely, or at the boundary
    flake : predicted probability of missing the registered outcome within the looks
    seeds : predicted mean number of seeds until a decision
    distance : from the margin to the effect that a share p0 of the seeds exceeds, in units of the effect
    spreads : the same in spreads of the score over the seeds (quartile range / 1.35); inf where all seeds agree
    flags : what is wrong, for a reader; empty for a sound claim
    """

    null_wins: float | None
    null_wins_worst: float | None
    false_hold: float
    flake: float
    seeds: float
    distance: float
    spreads: float
    flags: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return builtins; floats may be infinite."""
        return asdict(self)


def card(score: Score, design: Design, expect: Outcome = "holds") -> Card:
    """Make the card of a claim from its scores on some seeds.

    Parameters
    ----------
    score : of any number of seeds
    design, expect : as registered; relabelings are judged at all its looks, of seeds drawn from these
    """
    parts, p0 = score.parts, design.p0
    shares = [_null_wins(part) for part in parts] if exchanged(score) else []
    nulls = shares or [np.array([p0])] * len(parts)
    shared = replace(design, alternatives=len(parts))
    values = score.values.to_numpy(dtype=np.float64)
    pilot = int((values > 0).sum() if expect == "holds" else (values < 0).sum()), len(values)
    # Judged is the score that a share p0 of the seeds exceeds: the median at p0 = 1/2.
    typical = float(np.quantile(values, 1 - p0, method="inverted_cdf"))
    made = Card(
        null_wins=float(np.mean(shares)) if shares else None,
        null_wins_worst=float(np.max(shares)) if shares else None,
        false_hold=min(1.0, sum(false_hold(part, shared) for part in nulls)),
        flake=predicted_flake(*pilot, shared, expect),
        seeds=predicted_seeds(*pilot, shared, expect),
        distance=_distance(score, typical),
        spreads=_spreads(values, typical),
        flags=(),
    )
    return replace(made, flags=_flags(made, p0, design.alpha))


def relabelings(arms: int) -> np.ndarray:
    """Return column orders of shape (relabelings, arms): all of them up to six arms, 1,000 random ones above."""
    if arms <= ALL:
        return np.array(list(permutations(range(arms))))
    rng = stream("card", arms)
    return np.array([rng.permutation(arms) for _ in range(SAMPLE)])


def _null_wins(part: Score) -> Array:
    """Share of relabelings that show the claim, for each seed; none does where the claim's assay is not met."""
    if part.relabelled is not None:
        matrices = part.relabelled()
    else:
        matrix = part.matrix.to_numpy()
        matrices = matrix[:, relabelings(matrix.shape[1])]
    shares: Array = (part.rule(matrices) > 0).mean(axis=1)
    return shares if part.met is None else shares * part.met.to_numpy(dtype=np.float64)


def _distance(score: Score, typical: float) -> float:
    return abs(score.effect(typical) - score.effect(0.0)) if math.isfinite(typical) else math.inf


def _spreads(values: Array, typical: float) -> float:
    low, high = np.quantile(values, [0.25, 0.75], method="inverted_cdf")
    if not math.isfinite(typical) or low == high:
        return math.inf if typical else 0.0
    return float(abs(typical) / ((high - low) / 1.35)) if math.isfinite(high - low) else 0.0


def _flags(made: Card, p0: float, alpha: float) -> tuple[str, ...]:
    found = []
    if made.null_wins is not None and made.null_wins > p0:
        share = told_apart(made.null_wins, p0, ".0%")
        found.append(f"seen on {share} of relabelings, more than p0 = {p0:g}: the score is biased")
    if made.false_hold > alpha:
        found.append(
            f"holds falsely with probability {told_apart(made.false_hold, alpha, '.2g')}, more than alpha = {alpha:g}"
        )
    if made.spreads < FAR:
        found.append(f"near its margin: {told_apart(made.spreads, FAR, '.1f')} spreads away, {FAR:g} are wanted")
    return tuple(found)


def told_apart(value: float, border: float, form: str) -> str:
    """The value in a format, with as many more digits as it takes to read another number than the border.

    Examples
    --------
    >>> told_apart(1.5, 2, ".1f"), told_apart(1.96, 2, ".1f")
    ('1.5', '1.96')
    """
    digits, kind = int(form[1:-1]), form[-1]
    while format(value, form) == format(border, form) and value != border and digits < 17:
        digits += 1
        form = f".{digits}{kind}"
    return format(value, form)
