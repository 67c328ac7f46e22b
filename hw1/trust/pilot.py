"""Admission to `fast`: 96 development seeds predict how often the registered verdict would be missed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hw1.blocks import DEVELOPMENT, seeds_of
from hw1.judging.decisions import Question
from hw1.manifest.summary import aligned, effect
from hw1.registry import Claim, Experiment
from hw1.running.results import Results
from hw1.statistics import judge, predicted_flake

SEEDS = 96  # 96 wins predict a flake rate of 6e-5; 24 wins of 24 could only predict .008
GATE = 0.0025  # 94 of 96 at p0 = 1/2 and 24 seeds predict .0021, 93 predict .005


@dataclass(frozen=True, kw_only=True)
class Pilot:
    """What the pilot of one claim showed: `wins` are seeds that speak for the registered outcome."""

    claim: Claim
    wins: int
    effect: str
    flake: float

    @property
    def admitted(self) -> bool:
        """Whether the claim may be in `fast`."""
        return self.flake <= GATE


def pilot(claims: Sequence[Claim], results: Results) -> Iterator[Pilot]:
    """Score claims on the development block, in their fast settings."""
    seeds = seeds_of(DEVELOPMENT, SEEDS)
    for claim in claims:
        question = Question(claim, "fast")
        score = claim(results.tables(question.experiment, question.setting, seeds), question.setting)
        p0 = claim.p0["fast"]
        verdict = judge(score, n0=SEEDS, p0=p0, alpha=claim.alpha, reach=claim.expect)
        wins = verdict.wins if claim.expect == "holds" else verdict.losses
        flake = predicted_flake(wins, SEEDS, n0=question.n0, alpha=claim.alpha, p0=p0, expect=claim.expect)
        yield Pilot(claim=claim, wins=wins, effect=effect(verdict.to_dict()), flake=flake)


def seconds(experiments: Sequence[Experiment], results: Results) -> dict[str, float]:
    """Seconds that the pilot's cells of each experiment took on one core."""
    seeds = seeds_of(DEVELOPMENT, SEEDS)
    cells = {e.name: results.cells(e, e.setting("fast"), seeds) for e in experiments}
    return {name: sum(results.store.get(cell.key).seconds for cell in some) for name, some in cells.items()}


def table(pilots: Sequence[Pilot]) -> list[str]:
    """One line per claim, aligned for a terminal."""
    return aligned([("claim", "expected", "seen", "effect [interval]", "predicted flake", "in fast"), *_rows(pilots)])


def markdown(pilots: Sequence[Pilot], cost: dict[str, float], command: str, made_with: str) -> str:
    """The page that is committed under docs/evidence/."""
    lines = [
        "# Pilot",
        "",
        f"Made by `{command}` on {SEEDS} development seeds (block 0); {made_with}.",
        f"A claim is admitted to `fast` when the predicted rate of missing its registered verdict is at most {GATE}",
        '(94 of 96 seeds; beta-binomial, Jeffreys prior). "Seen": seeds that speak for the registered outcome.',
        "",
        "| claim | expected | seen | effect [interval] | predicted flake | in `fast` |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(row)} |" for row in _rows(pilots)]
    lines += ["", "| experiment | seconds for these seeds, one core |", "|---|---|"]
    lines += [f"| {name} | {value:.0f} |" for name, value in cost.items()]
    return "\n".join(lines) + "\n"


def _rows(pilots: Sequence[Pilot]) -> list[tuple[str, ...]]:
    return [
        (p.claim.name, p.claim.expect, f"{p.wins}/{SEEDS}", p.effect, f"{p.flake:.1g}", "yes" if p.admitted else "no")
        for p in pilots
    ]
