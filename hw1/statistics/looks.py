"""The planned looks of a claim: how many seeds, what they spend of alpha, and the counts that decide.

A claim is judged at 12 seeds, and only where these do not decide at 24, 48 and, on request, 96. This is a group
sequential test with an exact binomial recursion (Jennison and Turnbull, Group Sequential Methods, 1999, chapter 12):
a count decides where the chance of having decided wrongly, at this look or an earlier one, stays within that look's
cumulative share of alpha. The shares keep at 24 seeds the count that one look of 24 at alpha needs (20 wins), so that
the early look is free: it costs .25 of alpha where counts are coarse anyhow. Looks that are planned and never taken
change nothing.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, NamedTuple

import numpy as np

from hw1.statistics.chances import binomial
from hw1.statistics.rules import Array

Outcome = Literal["holds", "refuted", "inconclusive", "invalid"]

SIZES = (12, 24, 48, 96)
SHARES = (0.25, 0.98, 0.99, 1.0)  # of alpha, spent up to each look
TAKEN = 3  # looks by default; the fourth on request
ROUNDING = 1 + 1e-12  # of a chance: 2**-10 is at most 2**-10


class Invalid(ValueError):  # noqa: N818 - a verdict in its own right, beside holds, refuted and inconclusive
    """The design cannot give a verdict: an error of configuration, neither a pass nor a failure."""


class Look(NamedTuple):
    """One planned look: seeds, the error rate spent up to it on each side, and the counts that decide (n + 1: none)."""

    n: int
    spent: float
    wins: int
    losses: int


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is fixed before any seed is trained.

    Attributes
    ----------
    sizes : seeds at each look that is allowed, rising
    shares : of alpha, spent up to each look, rising to at most 1
    alpha : error rate of the claim on each side, over all looks
    p0 : the claim is that more than this share of fresh seeds shows it
    alternatives : claims of which one is enough ("a peak at some level"); they divide alpha of holding

    Raises
    ------
    Invalid : for numbers that do not make a design
    """

    sizes: tuple[int, ...] = SIZES[:TAKEN]
    shares: tuple[float, ...] = SHARES[:TAKEN]
    alpha: float = 1e-3
    p0: float = 0.5
    alternatives: int = 1

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def looking(cls, sizes: tuple[int, ...], allowed: int = TAKEN, *, alpha: float = 1e-3, p0: float = 0.5) -> "Design":
        """The first `allowed` of the looks that are registered."""
        sizes = sizes[:allowed]
        return cls(sizes=sizes, shares=SHARES[: len(sizes)], alpha=alpha, p0=p0)

    @classmethod
    def fixed(cls, n: int, *, alpha: float = 1e-3, p0: float = 0.5) -> "Design":
        """One look of n seeds that spends all of alpha."""
        return cls(sizes=(n,), shares=(1.0,), alpha=alpha, p0=p0)

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        """The looks, each with the counts that decide."""
        wins = boundary(self.p0, self.sizes, self._spent(self.alternatives))
        losses = boundary(1 - self.p0, self.sizes, self._spent(1))
        rows = zip(self.sizes, self._spent(1), wins, losses, strict=True)
        return tuple(Look(*row) for row in rows)

    def which(self, n: int) -> Look:
        """The look at n seeds.

        Raises
        ------
        Invalid : where none is planned
        """
        if n not in self.sizes:
            *some, last = map(str, self.sizes)
            planned = f"{', '.join(some)} and {last}" if some else last
            raise Invalid(
                f"{n} seeds are not a planned look: planned are {planned}. A sample size chosen after looking voids "
                "alpha; train up to the next one."
            )
        return self.looks[self.sizes.index(n)]

    def _spent(self, alternatives: int) -> tuple[float, ...]:
        return tuple(share * self.alpha / alternatives for share in self.shares)


@cache
def boundary(p: float, sizes: tuple[int, ...], spent: tuple[float, ...]) -> tuple[int, ...]:
    """The smallest counts with which the chance of having reached one by each look is within what is spent by then.

    Parameters
    ----------
    p : chance of a success on each seed, at the null's border
    spent : greatest chance of having reached a count by each look

    Returns
    -------
    one count per look; a look's seeds + 1 where none will do
    """
    counts: list[int] = []
    for look, (n, level) in enumerate(zip(sizes, spent, strict=True), start=1):
        before, undecided = walk(p, sizes[:look], tuple(counts))
        so_far = before + undecided[::-1].cumsum()[::-1]
        able = np.flatnonzero(so_far <= level * ROUNDING)
        counts.append(int(able[0]) if able.size else n + 1)
    return tuple(counts)


def walk(p: float, sizes: tuple[int, ...], counts: tuple[int, ...]) -> tuple[float, Array]:
    """The chance of having reached an earlier look's count, and of each number of successes at the last look if not.

    Parameters
    ----------
    sizes : of the looks up to the one that is asked about
    counts : that decide at the looks before it
    """
    undecided, before, decided = np.ones(1), 0, 0.0
    for n, count in zip(sizes, [*counts, None], strict=True):
        undecided = np.convolve(undecided, binomial(n - before, p))
        if count is not None:
            decided += float(undecided[count:].sum())
            undecided = np.where(np.arange(n + 1) < count, undecided, 0.0)
        before = n
    return decided, undecided


def tail(p: float, sizes: tuple[int, ...], counts: tuple[int, ...], count: int) -> float:
    """The chance of having decided before the last of these looks, or of at least `count` successes there."""
    decided, undecided = walk(p, sizes, counts)
    return min(1.0, decided + float(undecided[count:].sum()))


def smallest_n(alpha: float = 1e-3, p0: float = 0.5) -> int:
    """Return the fewest seeds that can hold at one look, all of them won: 10 for p0 = .5, 66 for p0 = .9."""
    Design(alpha=alpha, p0=p0)
    n = max(1, int(np.log(alpha) / np.log(p0)) - 1)
    while boundary(p0, (n,), (alpha,))[0] > n:
        n += 1
    return n


def require_reachable(outcome: Outcome, design: Design) -> None:
    """Raise Invalid if no data at any of the looks could give this outcome."""
    if outcome not in ("holds", "refuted"):
        raise Invalid(f"{outcome!r} is the absence of a verdict and cannot be expected. Register 'holds' or 'refuted'.")
    holds = outcome == "holds"
    if any((look.wins if holds else look.losses) <= look.n for look in design.looks):
        return
    q, shared = (design.p0, design.alternatives) if holds else (1 - design.p0, 1)
    n, level = design.sizes[-1], design.looks[-1].spent / shared
    power = f"2**-{n}" if q == 0.5 else f"{q:g}**{n}"
    split = f" on each of {shared} candidates" if shared > 1 else ""
    raise Invalid(
        f"{n} seeds cannot reach alpha={design.alpha:g}: the smallest p of {n} {'wins' if holds else 'losses'} is "
        f"{power} = {q**n:.2g}, above the {level:.2g} that is spent by then{split}. "
        f"Use at least {smallest_n(design.alpha / shared, q)} seeds, or allow further looks."
    )


def _check(design: Design) -> None:
    """Raise Invalid for numbers that do not make a design."""
    sizes, shares, alpha, p0 = design.sizes, design.shares, design.alpha, design.p0
    if not sizes or any(n < 1 or n != int(n) for n in sizes) or list(sizes) != sorted(set(sizes)):
        raise Invalid(f"looks of {', '.join(map(str, sizes)) or 'no'} seeds: give rising positive integers")
    if len(shares) != len(sizes) or list(shares) != sorted(shares) or not 0 < shares[0] <= shares[-1] <= 1:
        raise Invalid(f"shares of alpha {shares} for looks {sizes}: give one for each, rising to at most 1")
    if not 0 < alpha < 0.5:
        raise Invalid(f"alpha={alpha:g} lets a claim both hold and be refuted. Give 0 < alpha < 0.5.")
    if not 0 < p0 < 1:
        raise Invalid(f"p0={p0:g} is not a share of seeds that can be both exceeded and missed. Give 0 < p0 < 1.")
    if design.alternatives < 1:
        raise Invalid(f"{design.alternatives} alternatives are no claim: give 1 or more")
