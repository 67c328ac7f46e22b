"""How many seeds a claim needs, what its looks can show, and how often a healthy test will fail.

All numbers are exact and for the whole procedure: every look that is allowed, with a seed that does not win counted as
one that loses.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from hw1.statistics.chances import beta_binomial, binomial, crossing
from hw1.statistics.looks import SIZES, Design, Outcome, require_reachable
from hw1.statistics.rules import Array

# From seeds that are still undecided, by wins, and new seeds: the chances of each number of wins.
Step = Callable[[Array, int, int], Array]


def chance(p: float, design: Design, outcome: Outcome = "holds") -> float:
    """Return the probability of an outcome within the allowed looks.

    Parameters
    ----------
    p : probability that a fresh seed speaks for the outcome (wins for "holds", loses for "refuted"); at p0 (for
        "refuted": 1 - p0) the exact size
    """
    return sum(look.reached for look in _passages(_binomial(p), design, outcome))


def miss(p: float, design: Design, outcome: Outcome = "holds") -> float:
    """Return the probability that all looks miss an outcome: `1 - chance`, exact where that is near 0."""
    return _missed(_passages(_binomial(p), design, outcome))


def expected_seeds(p: float, design: Design, outcome: Outcome = "holds") -> float:
    """Return the mean number of seeds until the claim is decided, or the looks have ended; p as in `chance`."""
    return _seeds(_passages(_binomial(p), design, outcome), design)


def plan(p: float, *, beta: float, alpha: float = 1e-3, p0: float = 0.5) -> int:
    """Return the seeds of the last look that a claim needs.

    Parameters
    ----------
    p : probability that a fresh seed shows the claim, above p0
    beta : flake rate: the greatest probability of not holding by then
    alpha, p0 : error rate of the claim, and the share of seeds that it says it exceeds

    Raises
    ------
    ValueError : p is not above p0, or so near that the last of the planned looks misses it too often
    """
    if not p0 < p <= 1:
        raise ValueError(
            f"p={p:g} is not above p0={p0:g}, so no number of seeds shows it. Enlarge the effect or lower p0."
        )
    for allowed in range(1, len(SIZES) + 1):
        design = Design.looking(SIZES, allowed, alpha=alpha, p0=p0)
        if miss(p, design) <= beta:
            return design.sizes[-1]
    raise ValueError(f"p={p:g} is so near p0={p0:g} that {SIZES[-1]} seeds do not show it. Enlarge the effect.")


def detectable(design: Design, *, beta: float) -> float:
    """Return the smallest win probability that the looks miss with probability `beta` at most."""
    require_reachable("holds", design)
    return crossing(lambda p: beta - miss(p, design), design.p0, 1.0)


def predicted_flake(wins: int, n_pilot: int, design: Design, expect: Outcome = "holds") -> float:
    """Return the probability that the registered outcome is missed by all looks, predicted from a pilot.

    Parameters
    ----------
    wins : pilot seeds that speak for the outcome: seeds won, or for "refuted" seeds lost
    n_pilot : pilot seeds, disjoint from those to be judged
    expect : "holds" or "refuted"

    Notes
    -----
    Beta-binomial with Jeffreys' prior. A bootstrap of the seeds predicts 0 after any pilot without a loss, even of 16.
    """
    require_reachable(expect, design)
    return _missed(_predicted(wins, n_pilot, design, expect))


def predicted_seeds(wins: int, n_pilot: int, design: Design, expect: Outcome = "holds") -> float:
    """Return the mean number of seeds until a decision, predicted from a pilot as in `predicted_flake`."""
    require_reachable(expect, design)
    return _seeds(_predicted(wins, n_pilot, design, expect), design)


def predicted_looks(wins: int, n_pilot: int, design: Design, expect: Outcome = "holds") -> tuple[float, ...]:
    """Return the probability that each look is taken, predicted from a pilot as in `predicted_flake`."""
    return tuple(look.taken for look in _predicted(wins, n_pilot, design, expect))


def false_hold(shares: Array, design: Design) -> float:
    """Return the chance of holding within the looks of seeds that win with these probabilities, repeated as needed."""
    each = np.resize(shares, design.sizes[-1])

    def step(chances: Array, before: int, n: int) -> Array:
        for share in each[before:n]:
            chances = np.convolve(chances, [1 - share, share])
        return chances

    # A seed that does not win may be a tie here: nothing is taken for refuted, which could only stop it from holding.
    wins, _ = _counts(design, "holds")
    return sum(look.reached for look in _walk(step, design.sizes, wins, [n + 1 for n in design.sizes]))


class _Passage(NamedTuple):
    """The chances that a look is taken, that it decides for an outcome or against it, and that it leaves it open."""

    taken: float
    reached: float
    lost: float
    left: float


def _missed(passages: Sequence[_Passage]) -> float:
    return sum(look.lost for look in passages) + passages[-1].left


def _seeds(passages: Sequence[_Passage], design: Design) -> float:
    return float(np.diff([0, *design.sizes]) @ [look.taken for look in passages])


@cache  # a pilot is asked for its flake, its looks and its seeds, and most claims win all of theirs
def _predicted(wins: int, n_pilot: int, design: Design, expect: Outcome) -> list[_Passage]:
    return _passages(_predictive(wins, n_pilot), design, expect)


def _passages(step: Step, design: Design, outcome: Outcome) -> list[_Passage]:
    return list(_walk(step, design.sizes, *_counts(design, outcome)))


def _counts(design: Design, outcome: Outcome) -> tuple[Sequence[int], Sequence[int]]:
    """The counts that decide for an outcome, and those for the other one."""
    wins, losses = [look.wins for look in design.looks], [look.losses for look in design.looks]
    return (wins, losses) if outcome == "holds" else (losses, wins)


def _walk(step: Step, sizes: Sequence[int], counts: Sequence[int], others: Sequence[int]) -> Iterator[_Passage]:
    chances, before = np.ones(1), 0
    for n, count, other in zip(sizes, counts, others, strict=True):
        taken, chances = float(chances.sum()), step(chances, before, n)
        spoke = np.arange(n + 1)
        reached, lost = spoke >= count, n - spoke >= other
        left = ~(reached | lost)
        yield _Passage(taken, *(float(chances[part].sum()) for part in (reached, lost, left)))
        chances, before = chances * left, n


def _binomial(p: float) -> Step:
    def step(chances: Array, before: int, n: int) -> Array:
        return np.convolve(chances, binomial(n - before, p))

    return step


def _predictive(wins: int, n_pilot: int) -> Step:
    """Of seeds whose share is known from a pilot and from the seeds before them."""
    if not 0 <= wins <= n_pilot:
        raise ValueError(f"{wins} of {n_pilot} pilot seeds is not a count. Give 0 <= wins <= n_pilot.")

    def step(chances: Array, before: int, n: int) -> Array:
        made, new = np.zeros(n + 1), n - before
        for won in np.flatnonzero(chances):
            a, b = wins + 0.5 + won, n_pilot - wins + 0.5 + before - won
            made[won : won + new + 1] += chances[won] * beta_binomial(new, a, b)
        return made

    return step
