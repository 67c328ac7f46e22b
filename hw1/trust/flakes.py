"""Flake rates from fresh blocks of seeds: how often a claim's test would be red although nothing has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import zip_longest

import scipy  # of which nothing is loaded before it is used

from hw1.judging.decisions import Question, design_of
from hw1.manifest.summary import aligned
from hw1.registry import Claim
from hw1.statistics import Design, Outcome, miss, predicted_flake, predicted_looks
from hw1.trust.pool import Pool, Seen

FIRST = 100  # blocks below are for development and evidence
SURE = 0.95  # of the bounds
_CARRIED = (
    "{carried} of {verdicts} verdicts were given before the code last changed, and count as it gives the same tables\n"
    "on block 1, byte for byte."
)
HEADER = (
    "claim", "expected", "blocks", "red", "look 2 (predicted)", "look 3 (predicted)", "first looks", "rate predicted",
    "at most (seeds)", "at most (blocks)",
)  # fmt: skip


def most_by_blocks(red: int, blocks: int) -> float:
    """Upper bound of the rate of red blocks (Clopper-Pearson, 95 %)."""
    return 1.0 if red == blocks else float(scipy.stats.beta.ppf(SURE, red + 1, blocks - red))


def first_looks(seen: Iterable[Seen]) -> tuple[int, int]:
    """Seeds of the first looks of all blocks that spoke for the registered outcome, and all of them.

    Later looks are left out: they are taken where the first was poor, so that their number depends on what is asked.
    """
    known = list(seen)
    return sum(one.first for one in known), sum(one.of_first for one in known)


def predicted(seen: Sequence[Seen], design: Design, expect: Outcome) -> float:
    """Probability that all looks at a fresh block miss the registered outcome; the pilot is all first looks."""
    return predicted_flake(*first_looks(seen), design, expect)


def predicted_blocks(seen: Sequence[Seen], design: Design, expect: Outcome) -> tuple[float, ...]:
    """Of as many fresh blocks, the mean number that takes each look; the pilot is all first looks."""
    return tuple(len(seen) * chance for chance in predicted_looks(*first_looks(seen), design, expect))


def most_by_seeds(seen: Sequence[Seen], design: Design, expect: Outcome) -> float:
    """Upper bound of the probability that all looks at a block miss the registered outcome (95 %).

    The first looks of all blocks bound the share of seeds that speaks for it from below.
    """
    spoke, n = first_looks(seen)
    share = float(scipy.stats.beta.ppf(1 - SURE, spoke, n - spoke + 1)) if spoke else 0.0
    return miss(share, design, expect)


def table(claims: Sequence[Claim], pool: Pool) -> list[str]:
    """One line per claim, aligned for a terminal, and what all of them together show."""
    return [*aligned([HEADER, *_rows(claims, pool)]), *together(claims, pool)]


def together(claims: Sequence[Claim], pool: Pool) -> list[str]:
    """Red verdicts of all claims, and red runs: blocks on which all of them were judged and any was red."""
    known = {claim.name: blocks for claim in claims if (blocks := pool.of(claim))}
    old = sum(map(pool.first_edition, claims))
    kept = [f"{old} verdicts of the first edition, one look of 24 seeds, are kept and not counted"] if old else []
    if not known:
        return ["no block has been judged: give --blocks", *kept]
    verdicts = [seen.red for blocks in known.values() for seen in blocks.values()]
    common = set.intersection(*(set(blocks) for blocks in known.values()))
    lines = [f"{sum(verdicts)} of {len(verdicts)} verdicts red"]  # no bound: claims of one experiment share seeds
    lines.append(_taken(claims, pool))
    if common:
        red = sum(any(blocks[block].red for blocks in known.values()) for block in common)
        lines.append(
            f"{red} of {len(common)} blocks on which all {len(known)} claims were judged had a red one; "
            f"rate of red runs at most {most_by_blocks(red, len(common)):.2g} ({SURE:.0%} bound)"
        )
    return lines + kept


def _taken(claims: Sequence[Claim], pool: Pool) -> str:
    """Looks that were taken, and the number of seeds, against what the first looks predict."""
    seen = [one for claim in claims for one in pool.of(claim).values()]
    columns = list(zip_longest(*(_predicted_blocks(claim, pool) for claim in claims), fillvalue=0.0))
    words = [f"{len(seen)} verdicts took {sum(one.n for one in seen) / len(seen):.1f} seeds on average"]
    for look, blocks in enumerate(columns[1:], start=2):
        words.append(
            f"look {look} was taken {sum(one.look >= look for one in seen)} times ({sum(blocks):.3g} predicted)"
        )
    return ", ".join(words)


def _predicted_blocks(claim: Claim, pool: Pool) -> tuple[float, ...]:
    seen = list(pool.of(claim).values())
    return predicted_blocks(seen, _design(claim, pool, seen), claim.expect) if seen else ()


def _design(claim: Claim, pool: Pool, seen: Sequence[Seen]) -> Design:
    return replace(design_of(Question(claim, pool.tier)), alternatives=seen[-1].alternatives)


def markdown(claims: Sequence[Claim], pool: Pool, command: str) -> str:
    """The page that is committed under docs/evidence/."""
    seen = [one for claim in claims for one in pool.of(claim).values()]
    carried = sum(pool.carried(claim) for claim in claims)
    lines = [
        "# Flake study",
        "",
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}; {'; '.join(sorted({one.made_with for one in seen}))}.",
        "",
        "How often a claim's test is red on fresh seeds although nothing has changed. Each block holds seeds that",
        "nobody tuned on and no other block shares, and takes looks until one decides. Red: the verdict, the control",
        "on the tables or the A/A twin was not what is registered, or too few seeds met the claim's assay for one.",
        "First looks: how many of their seeds spoke for the registered outcome. From these are predicted the number of",
        "blocks that take looks 2 and 3, and the rate of red verdicts after all looks (beta-binomial, Jeffreys prior;",
        "above 0.001 a claim is to be redesigned). Bounds of that rate (95 %): by the share of the first looks' seeds",
        "that speak for the outcome, and by the red blocks alone.",
        *([_CARRIED.format(carried=carried, verdicts=len(seen))] if carried else []),
        "",
        f"| {' | '.join(HEADER)} |",
        f"|{'---|' * len(HEADER)}",
        *(f"| {' | '.join(row)} |" for row in _rows(claims, pool)),
        "",
        *(f"{line[:1].upper()}{line[1:]}." for line in together(claims, pool)),
        "",
        "Red verdicts:",
        "",
        *(red_lines(claims, pool) or ["- none"]),
    ]
    return "\n".join(lines) + "\n"


def red_lines(claims: Sequence[Claim], pool: Pool) -> list[str]:
    """Every red verdict, with its block and count."""
    return [
        f"- {claim.name}, block {block}: {seen.outcome} at look {seen.look}, {seen.spoke} of {seen.n} seeds, "
        f"{seen.needed} needed" + ("" if seen.met in (None, seen.n) else f", assay met on {seen.met}")
        for claim in claims
        for block, seen in pool.of(claim).items()
        if seen.red
    ]


def _rows(claims: Sequence[Claim], pool: Pool) -> list[tuple[str, ...]]:
    return [_row(claim, pool, list(blocks.values())) for claim in claims if (blocks := pool.of(claim))]


def _row(claim: Claim, pool: Pool, seen: Sequence[Seen]) -> tuple[str, ...]:
    design, expect, blocks = _design(claim, pool, seen), claim.expect, len(seen)
    red, looks = sum(one.red for one in seen), predicted_blocks(seen, design, expect)
    further = [f"{sum(one.look > k for one in seen)} ({looks[k]:.2g})" if k < len(looks) else "" for k in (1, 2)]
    rates = predicted(seen, design, expect), most_by_seeds(seen, design, expect), most_by_blocks(red, blocks)
    spoke, n = first_looks(seen)
    return claim.name, expect, str(blocks), str(red), *further, f"{spoke}/{n}", *(f"{rate:.2g}" for rate in rates)
