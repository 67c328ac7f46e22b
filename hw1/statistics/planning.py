"""How many seeds a claim needs, what its looks can show, and how often a healthy test will fail.

All numbers are exact and for the whole procedure: every look that is allowed, with a seed that does not win counted as
one that loses.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy import optimize, stats

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
    return _decided(_binomial(p), design, outcome)


def expected_seeds(p: float, design: Design, outcome: Outcome = "holds") -> float:
    """Return the mean number of seeds until the claim is decided, or the looks have ended; p as in `chance`."""
    return _seeds(_binomial(p), design, outcome)


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
        if 1 - chance(p, design) <= beta:
            return design.sizes[-1]
    raise ValueError(f"p={p:g} is so near p0={p0:g} that {SIZES[-1]} seeds do not show it. Enlarge the effect.")


def detectable(design: Design, *, beta: float) -> float:
    """Return the smallest win probability that the looks miss with probability `beta` at most."""
    require_reachable("holds", design)
    return float(optimize.brentq(lambda p: chance(p, design) - (1 - beta), design.p0, 1.0, xtol=1e-12))


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
    return max(0.0, 1 - _decided(_predictive(wins, n_pilot), design, expect))


def predicted_seeds(wins: int, n_pilot: int, design: Design, expect: Outcome = "holds") -> float:
    """Return the mean number of seeds until a decision, predicted from a pilot as in `predicted_flake`."""
    require_reachable(expect, design)
    return _seeds(_predictive(wins, n_pilot), design, expect)


def false_hold(shares: Array, design: Design) -> float:
    """Return the chance of holding within the looks of seeds that win with these probabilities, repeated as needed."""
    each = np.resize(shares, design.sizes[-1])

    def step(chances: Array, before: int, n: int) -> Array:
        return np.convolve(chances, stats.poisson_binom.pmf(np.arange(n - before + 1), each[before:n]))

    # A seed that does not win may be a tie here: nothing is taken for refuted, which could only stop it from holding.
    never = tuple(n + 1 for n in design.sizes)
    return sum(reached for reached, _ in _passages(step, design.sizes, _counts(design, "holds")[0], never))


def _decided(step: Step, design: Design, outcome: Outcome) -> float:
    return sum(reached for reached, _ in _passages(step, design.sizes, *_counts(design, outcome)))


def _seeds(step: Step, design: Design, outcome: Outcome) -> float:
    new = np.diff([0, *design.sizes])
    going = [going for _, going in _passages(step, design.sizes, *_counts(design, outcome))]
    return float(new @ going)


def _counts(design: Design, outcome: Outcome) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The counts that decide for an outcome, and those for the other one."""
    wins, losses = tuple(look.wins for look in design.looks), tuple(look.losses for look in design.looks)
    return (wins, losses) if outcome == "holds" else (losses, wins)


def _passages(
    step: Step, sizes: Sequence[int], counts: Sequence[int], others: Sequence[int]
) -> Iterator[tuple[float, float]]:
    """For each look the chance of reaching its count there, and of being undecided when it is taken."""
    undecided, before = np.ones(1), 0
    for n, count, other in zip(sizes, counts, others, strict=True):
        going, undecided = float(undecided.sum()), step(undecided, before, n)
        yield float(undecided[count:].sum()), going
        spoke = np.arange(n + 1)
        undecided = undecided * ((spoke < count) & (n - spoke < other))
        before = n


def _binomial(p: float) -> Step:
    def step(chances: Array, before: int, n: int) -> Array:
        return np.convolve(chances, stats.binom.pmf(np.arange(n - before + 1), n - before, p))

    return step


def _predictive(wins: int, n_pilot: int) -> Step:
    """Of seeds whose share is known from a pilot and from the seeds before them."""
    if not 0 <= wins <= n_pilot:
        raise ValueError(f"{wins} of {n_pilot} pilot seeds is not a count. Give 0 <= wins <= n_pilot.")

    def step(chances: Array, before: int, n: int) -> Array:
        made, new = np.zeros(n + 1), np.arange(n - before + 1)
        for won in np.flatnonzero(chances):
            a, b = wins + 0.5 + won, n_pilot - wins + 0.5 + before - won
            made[won : won + len(new)] += chances[won] * stats.betabinom.pmf(new, n - before, a, b)
        return made

    return step
