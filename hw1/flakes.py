"""Flake rates from fresh blocks of seeds: how often a claim's test would be red although nothing has changed.

What a block showed is pooled in a JSON file: claim, fixture (digest of registration, setting, code and data), block.
Nothing is thrown away. Of a fixture that is no longer current the blocks count where it gave the same tables as the
current one, byte for byte, of all arms on block 1 of one machine: the code has changed, and what it does has not.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from scipy import stats

from hw1.decisions import Decision
from hw1.fingerprints import code_digest
from hw1.registration import frozen
from hw1.registry import Claim, experiment_of
from hw1.statistics.planning import chance_of_fewer
from hw1.summary import aligned
from hw1.tables import Tables, pack

FIRST = 100  # blocks below are for development and evidence
SURE = 0.95  # of the bounds
EVIDENCE = "evidence"  # beside the blocks of a fixture: digests of its tables on block 1, by machine
_CARRIED = (
    "{carried} of {verdicts} verdicts were given before the code changed last, and count as it gives the same tables\n"
    "on block 1, byte for byte."
)
HEADER = ("claim", "expected", "blocks", "red", "seeds", "rate predicted", "at most (seeds)", "at most (blocks)")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one block of seeds showed of one claim.

    Attributes
    ----------
    outcome : of the verdict at the first look
    red : whether the claim's test would have failed, be it by the verdict, the control or the A/A twin
    spoke, needed, n : seeds that spoke for the registered outcome, how many are needed, and all of them
    made_with : versions and processor
    """

    outcome: str
    red: bool
    spoke: int
    needed: int
    n: int
    made_with: str

    @classmethod
    def of(cls, decision: Decision, made_with: str) -> "Seen":
        """Of a decision at the first look."""
        verdict, holds = decision.verdict, decision.question.claim.expect == "holds"
        return cls(
            outcome=verdict.outcome,
            red=not decision.as_registered,
            spoke=verdict.wins if holds else verdict.losses,
            needed=verdict.wins_needed if holds else verdict.losses_needed,
            n=verdict.n,
            made_with=made_with,
        )


class Pool:
    """What blocks have shown so far, in a file that is written after every addition."""

    def __init__(self, path: Path, tier: str):
        self.path, self.tier = path, tier
        try:
            self._known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except ValueError as error:
            raise ValueError(f"{path} is no pool of blocks ({error}): move it away, or name another --pool") from error

    def of(self, claim: Claim) -> dict[int, Seen]:
        """Blocks of the current fixture of a claim and of those that do the same, in order."""
        return dict(sorted((self._earlier(claim) | _blocks(self._current(claim))).items()))

    def carried(self, claim: Claim) -> int:
        """How many of these were judged under an earlier code."""
        return len(set(self._earlier(claim)) - set(_blocks(self._current(claim))))

    def add(self, claim: Claim, block: int, seen: Seen) -> None:
        """Keep what a block showed; a kill leaves the file as it was before or after."""
        self._keep(claim)[str(block)] = asdict(seen)
        self._write()

    def has_evidence(self, claim: Claim, made_with: str) -> bool:
        """Whether it is known what the current fixture gives on block 1 of a machine."""
        return made_with in self._current(claim).get(EVIDENCE, {})

    def add_evidence(self, claim: Claim, made_with: str, tables: Tables) -> None:
        """Keep a digest of what the current fixture gives on block 1 of a machine."""
        digest = hashlib.sha256(pack(tables)).hexdigest()[:16]
        self._keep(claim).setdefault(EVIDENCE, {})[made_with] = digest
        self._write()

    def _current(self, claim: Claim) -> dict[str, Any]:
        return self._known.get(claim.name, {}).get(fixture(claim, self.tier), {})  # type: ignore[no-any-return]

    def _earlier(self, claim: Claim) -> dict[int, Seen]:
        """Blocks of the fixtures that gave the tables of the current one on block 1."""
        mine = self._current(claim).get(EVIDENCE, {}).items()
        alike = [one for one in self._known.get(claim.name, {}).values() if mine & one.get(EVIDENCE, {}).items()]
        return {block: seen for one in alike for block, seen in _blocks(one).items()}

    def _keep(self, claim: Claim) -> dict[str, Any]:
        fixtures = self._known.setdefault(claim.name, {})
        return fixtures.setdefault(fixture(claim, self.tier), {})  # type: ignore[no-any-return]

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(self.path.name + ".new")
        new.write_text(json.dumps(self._known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        new.replace(self.path)


def _blocks(entries: Mapping[str, Any]) -> dict[int, Seen]:
    return {int(block): Seen(**seen) for block, seen in entries.items() if block != EVIDENCE}


@cache
def fixture(claim: Claim, tier: str) -> str:
    """Digest of what a verdict depends on but for seeds, versions and device."""
    experiment = experiment_of(claim)
    code = code_digest(experiment.path, experiment.module.__name__)
    parts = [tier, frozen(claim, tier)["hash"], code, experiment.data_digest(experiment.setting(tier))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


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
    """The page that is committed under docs/."""
    seen = [one for claim in claims for one in pool.of(claim).values()]
    carried = sum(pool.carried(claim) for claim in claims)
    lines = [
        "# Flake study",
        "",
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}; {'; '.join(sorted({one.made_with for one in seen}))}.",
        "",
        "How often a claim's test is red on fresh seeds although nothing has changed. Each block holds seeds that",
        "nobody tuned on and that no other block has. Red: the verdict, the control on the tables or the A/A twin was",
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
