"""The three planned looks of a claim: how many seeds, what each look spends of alpha, and the counts that decide.

A claim may be judged at n0, 2 n0 and 4 n0 seeds. The looks spend .8, .1 and .1 of its alpha whether or not they are
used, so that a verdict never depends on how many looks were allowed. The first keeps nearly all of the power because
counts are whole numbers: at 24 seeds, 20 wins have a size of 7.7e-4, below .8 of 1e-3.
"""

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

Outcome = Literal["holds", "refuted", "inconclusive"]

SIZES = (1, 2, 4)  # the looks, in units of n0
SHARES = (0.8, 0.1, 0.1)  # of alpha, spent at each look


class Invalid(ValueError):  # noqa: N818 - a verdict in its own right, beside holds, refuted and inconclusive
    """The design cannot give a verdict: an error of configuration, neither a pass nor a failure."""


class Look(NamedTuple):
    """One planned look: seeds, the error rate it spends on each side, and the counts that decide (n + 1: none does)."""

    n: int
    spent: float
    wins: int
    losses: int


@cache
def wins_needed(n: int, alpha: float, p0: float = 0.5) -> int:
    """Return the smallest k with P(Binomial(n, p0) >= k) <= alpha, or n + 1 if there is none."""
    k = np.arange(n + 2)
    return int(np.argmax(stats.binom.sf(k - 1, n, p0) <= alpha))


def looks(n0: int, *, alpha: float = 1e-3, p0: float = 0.5, alternatives: int = 1) -> tuple[Look, ...]:
    """Return the three planned looks. Alternatives ("some level") divide the error rate of holding, not of refuting."""
    check_design(n0, alpha, p0)
    planned = [(size * n0, share * alpha) for size, share in zip(SIZES, SHARES, strict=True)]
    return tuple(
        Look(n, spent, wins_needed(n, spent / alternatives, p0), wins_needed(n, spent, 1 - p0)) for n, spent in planned
    )


def smallest_n(alpha: float = 1e-3, p0: float = 0.5) -> int:
    """Return the fewest seeds that can hold at the first look, all of them won: 11 for p0 = .5, 68 for p0 = .9."""
    check_design(1, alpha, p0)
    return _first_n(SHARES[0] * alpha, p0)


def require_reachable(
    outcome: Outcome, *, n0: int, alpha: float = 1e-3, p0: float = 0.5, alternatives: int = 1
) -> None:
    """Raise Invalid if no data at the first look could give this outcome."""
    check_design(n0, alpha, p0)
    if outcome not in ("holds", "refuted"):
        raise Invalid(f"{outcome!r} is the absence of a verdict and cannot be expected. Register 'holds' or 'refuted'.")
    count, q, shared = ("wins", p0, alternatives) if outcome == "holds" else ("losses", 1 - p0, 1)
    level = SHARES[0] * alpha / shared
    if wins_needed(n0, level, q) <= n0:
        return
    best = q**n0
    power = f"2**-{n0}" if q == 0.5 else f"{q:g}**{n0}"
    split = f" on each of {shared} candidates" if shared > 1 else ""
    limit = f", above the {level:.2g} that the first look spends{split}" if best < 2 * alpha else ""
    raise Invalid(
        f"{n0} seeds cannot reach alpha={alpha:g}: the smallest p of {n0} {count} is {power} = {best:.2g}{limit}. "
        f"Use at least {_first_n(level, q)}."
    )


def check_design(n0: int, alpha: float, p0: float) -> None:
    """Raise Invalid for numbers that do not make a design."""
    if n0 < 1 or n0 != int(n0):
        raise Invalid(f"n0={n0} is not a number of seeds. Give a positive integer.")
    if not 0 < alpha < 0.5:
        raise Invalid(f"alpha={alpha:g} lets a claim both hold and be refuted. Give 0 < alpha < 0.5.")
    if not 0 < p0 < 1:
        raise Invalid(f"p0={p0:g} is not a share of seeds that can be both exceeded and missed. Give 0 < p0 < 1.")


def _first_n(level: float, p0: float) -> int:
    n = max(1, int(np.log(level) / np.log(p0)))
    while wins_needed(n, level, p0) > n:
        n += 1
    return n
