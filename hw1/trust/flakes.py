"""Flake rates from fresh blocks of seeds: how often a claim's test would be red although nothing has changed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from scipy import stats

from hw1.manifest.summary import aligned
from hw1.registry import Claim
from hw1.statistics.planning import chance_of_fewer
from hw1.trust.pool import Pool, Seen

FIRST = 100  # blocks below are for development and evidence
SURE = 0.95  # of the bounds
_CARRIED = (
    "{carried} of {verdicts} verdicts were given before the code last changed, and count as it gives the same tables\n"
    "on block 1, byte for byte."
)
HEADER = ("claim", "expected", "blocks", "red", "seeds", "rate predicted", "at most (seeds)", "at most (blocks)")


def most_by_blocks(red: int, blocks: int) -> float:
    """Upper bound of the rate of red blocks (Clopper-Pearson, 95 %)."""
    return 1.0 if red == blocks else float(stats.beta.ppf(SURE, red + 1, blocks - red))


def predicted(seen: Sequence[Seen]) -> float:
    """Probability that too few seeds of a fresh block speak for the registered outcome.

    As in `predicted_flake`; the pilot is all seeds of all blocks.
    """
    spoke, n = sum(one.spoke for one in seen), sum(one.n for one in seen)
    return chance_of_fewer(seen[-1].needed, seen[-1].n, spoke, n)


def most_by_seeds(seen: Sequence[Seen]) -> float:
    """Upper bound of the probability that too few seeds of a block speak for the registered outcome (95 %).

    All seeds of all blocks bound the share that speaks for it from below, and so the count of a fresh block.
    """
    spoke, n = sum(one.spoke for one in seen), sum(one.n for one in seen)
    share = float(stats.beta.ppf(1 - SURE, spoke, n - spoke + 1)) if spoke else 0.0
    return float(stats.binom.cdf(seen[-1].needed - 1, seen[-1].n, share))


def table(claims: Sequence[Claim], pool: Pool) -> list[str]:
    """One line per claim, aligned for a terminal, and what all of them together show."""
    return [*aligned([HEADER, *_rows(claims, pool)]), *together(claims, pool)]


def together(claims: Sequence[Claim], pool: Pool) -> list[str]:
    """Red verdicts of all claims, and red runs: blocks on which all of them were judged and any was red."""
    known = {claim.name: blocks for claim in claims if (blocks := pool.of(claim))}
    if not known:
        return ["no block has been judged: give --blocks"]
    verdicts = [seen.red for blocks in known.values() for seen in blocks.values()]
    common = set.intersection(*(set(blocks) for blocks in known.values()))
    lines = [f"{sum(verdicts)} of {len(verdicts)} verdicts red"]  # no bound: claims of one experiment share seeds
    if common:
        red = sum(any(blocks[block].red for blocks in known.values()) for block in common)
        lines.append(
            f"{red} of {len(common)} blocks on which all {len(known)} claims were judged had a red one; "
            f"rate of red runs at most {most_by_blocks(red, len(common)):.2g} ({SURE:.0%} bound)"
        )
    return lines


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
        "nobody tuned on and no other block shares. Red: the verdict, the control on the tables or the A/A twin was",
        "not what is registered. Seeds: how many spoke for the registered outcome. Rates of red verdicts: predicted",
        "from all pooled seeds (beta-binomial; above 0.001 a claim is to be redesigned), and bounds (95 %), by the",
        "share of the pooled seeds that speak for the outcome and by the red blocks alone.",
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
        f"- {claim.name}, block {block}: {seen.outcome}, {seen.spoke} of {seen.n} seeds, {seen.needed} needed"
        for claim in claims
        for block, seen in pool.of(claim).items()
        if seen.red
    ]


def _rows(claims: Sequence[Claim], pool: Pool) -> list[tuple[str, ...]]:
    return [_row(claim, list(blocks.values())) for claim in claims if (blocks := pool.of(claim))]


def _row(claim: Claim, seen: Sequence[Seen]) -> tuple[str, ...]:
    red, blocks = sum(one.red for one in seen), len(seen)
    spoke = f"{sum(one.spoke for one in seen)}/{sum(one.n for one in seen)}"
    rates = (predicted(seen), most_by_seeds(seen), most_by_blocks(red, blocks))
    return claim.name, claim.expect, str(blocks), str(red), spoke, *(f"{rate:.2g}" for rate in rates)
