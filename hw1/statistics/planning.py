"""How many seeds a claim needs, what a number of seeds can show, and how often a healthy test will fail.

All numbers are exact binomial probabilities. Everywhere alpha is that of the claim, of which the first look spends .8.
"""

import numpy as np
from scipy import stats

from hw1.statistics.looks import SHARES, Outcome, looks, require_reachable, smallest_n, wins_needed

MOST_SEEDS = 2_000  # where `plan` gives up: nobody trains more


def plan(p: float, *, beta: float, alpha: float = 1e-3, p0: float = 0.5) -> int:
    """Return how many seeds a claim needs.

    Parameters
    ----------
    p : probability that a fresh seed shows the claim, above p0
    beta : flake rate: the greatest probability of not holding at the first look
    alpha, p0 : error rate of the claim, and the share of seeds that it says it exceeds

    Returns
    -------
    The first n that qualifies. Some larger ones do not (the counts are whole numbers): plan again, or ask `detectable`

    Raises
    ------
    ValueError : p is not above p0, or so near that more than 2,000 seeds are needed
    """
    if not p0 < p <= 1:
        raise ValueError(
            f"p={p:g} is not above p0={p0:g}, so no number of seeds shows it. Enlarge the effect or lower p0."
        )
    for n in range(smallest_n(alpha, p0), MOST_SEEDS + 1):
        if stats.binom.cdf(wins_needed(n, SHARES[0] * alpha, p0) - 1, n, p) <= beta:
            return n
    raise ValueError(f"p={p:g} is so near p0={p0:g} that {MOST_SEEDS} seeds do not show it. Enlarge the effect.")


def detectable(n: int, *, beta: float, alpha: float = 1e-3, p0: float = 0.5) -> float:
    """Return the smallest win probability that n seeds miss at the first look with probability `beta` at most."""
    require_reachable("holds", n0=n, alpha=alpha, p0=p0)
    wins = wins_needed(n, SHARES[0] * alpha, p0)
    # P(Binomial(n, p) >= k) is the distribution function of Beta(k, n - k + 1) at p.
    return float(stats.beta.ppf(1 - beta, wins, n - wins + 1))


def predicted_flake(
    wins: int, n_pilot: int, *, n0: int, alpha: float = 1e-3, p0: float = 0.5, expect: Outcome = "holds"
) -> float:
    """Return the probability that the registered outcome is missed at the first look, predicted from a pilot.

    Parameters
    ----------
    wins : pilot seeds that speak for the outcome: seeds won, or for "refuted" seeds lost
    n_pilot : pilot seeds, disjoint from those to be judged
    expect : "holds" or "refuted"

    Notes
    -----
    Beta-binomial with Jeffreys' prior. A bootstrap of the seeds predicts 0 after any pilot without a loss, even of 16.
    """
    if not 0 <= wins <= n_pilot:
        raise ValueError(f"{wins} of {n_pilot} pilot seeds is not a count. Give 0 <= wins <= n_pilot.")
    require_reachable(expect, n0=n0, alpha=alpha, p0=p0)
    first = looks(n0, alpha=alpha, p0=p0)[0]
    needed = first.wins if expect == "holds" else first.losses
    return chance_of_fewer(needed, n0, wins, n_pilot)


def chance_of_fewer(needed: int, n0: int, wins: int, n_pilot: int) -> float:
    """Probability that fewer than `needed` of n0 fresh seeds win, after `wins` of n_pilot: beta-binomial, Jeffreys."""
    return float(stats.betabinom.cdf(needed - 1, n0, wins + 0.5, n_pilot - wins + 0.5))


def chance_to_hold(p: float, *, n0: int, alpha: float = 1e-3, p0: float = 0.5, allowed: int = 3) -> float:
    """Return the probability of `holds` within the allowed looks, for win probability p; at p = p0 the exact size."""
    undecided, chance, before = np.ones(1), 0.0, 0
    for look in looks(n0, alpha=alpha, p0=p0)[:allowed]:
        new = stats.binom.pmf(np.arange(look.n - before + 1), look.n - before, p)
        counts = np.convolve(undecided, new)
        chance += float(counts[look.wins :].sum())
        undecided, before = counts[: look.wins], look.n
    return chance
