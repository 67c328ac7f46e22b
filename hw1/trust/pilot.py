"""Admission to `fast`: 96 development seeds predict how often looks miss the registered verdict and what they cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hw1.blocks import DEVELOPMENT, seeds_of
from hw1.judging.decisions import Question, design_of
from hw1.manifest.summary import aligned, effect
from hw1.registry import Claim, Experiment
from hw1.running.results import Results
from hw1.statistics import Design, Score, Verdict, judge, predicted_flake, predicted_looks, predicted_seeds

SEEDS = 96
FLAKE = 0.002  # predicted rate of missing the registered verdict
MEAN = 16  # predicted mean number of seeds: 94 of 96 at p0 = 1/2 predict 15.1, and 93 predict 16.2
HEADER = ("claim", "expected", "seen", "met", "effect [interval]", "predicted flake", "seeds expected", "in fast")


@dataclass(frozen=True, kw_only=True)
class Pilot:
    """What the pilot of one claim showed.

    Attributes
    ----------
    verdict : on all pilot seeds in one look
    wins : seeds that speak for the registered outcome
    flake : predicted probability that the looks miss the registered outcome
    looks, seeds : predicted probability that each look is taken, and mean number of seeds
    """

    claim: Claim
    verdict: Verdict
    wins: int
    flake: float
    looks: tuple[float, ...]
    seeds: float

    @classmethod
    def of(cls, claim: Claim, score: Score, design: Design) -> "Pilot":
        """From the score of the pilot's seeds and the looks that are registered."""
        n = len(score.values)
        verdict = judge(score, Design.fixed(n, alpha=claim.alpha, p0=design.p0), reach=claim.expect)
        wins = verdict.wins if claim.expect == "holds" else verdict.losses
        design = replace(design, alternatives=len(score.parts))
        seen = wins, n, design, claim.expect
        return cls(
            claim=claim,
            verdict=verdict,
            wins=wins,
            flake=predicted_flake(*seen),
            looks=predicted_looks(*seen),
            seeds=predicted_seeds(*seen),
        )

    @property
    def admitted(self) -> bool:
        """Whether the claim may be in `fast`."""
        return self.flake <= FLAKE and self.seeds <= MEAN


def pilot(claims: Sequence[Claim], results: Results) -> Iterator[Pilot]:
    """Score claims on the development block, in their fast settings."""
    seeds = seeds_of(DEVELOPMENT, SEEDS)
    for claim in claims:
        question = Question(claim, "fast")
        score = claim(results.tables(question.experiment, question.setting, seeds), question.setting)
        yield Pilot.of(claim, score, design_of(question))


def seconds(experiments: Sequence[Experiment], results: Results) -> dict[str, float]:
    """Seconds that the pilot's cells of each experiment took on one core."""
    seeds = seeds_of(DEVELOPMENT, SEEDS)
    cells = {e.name: results.cells(e, e.setting("fast"), seeds) for e in experiments}
    return {name: sum(results.store.get(cell.key).seconds for cell in some) for name, some in cells.items()}


def table(pilots: Sequence[Pilot]) -> list[str]:
    """One line per claim, aligned for a terminal, and what looks all of them together are predicted to take."""
    return [*aligned([HEADER, *map(_row, pilots)]), together(pilots)]


def together(pilots: Sequence[Pilot]) -> str:
    """How many of these claims are predicted to take each further look on a fresh block."""
    most = max((len(one.looks) for one in pilots), default=0)
    taken = [sum(one.looks[look] for one in pilots if look < len(one.looks)) for look in range(1, most)]
    words = ", ".join(f"look {look} by {claims:.2g}" for look, claims in enumerate(taken, start=2))
    return f"predicted on a fresh block, of {len(pilots)} claims: {words or 'one look each'}"


def markdown(pilots: Sequence[Pilot], cost: dict[str, float], command: str, made_with: str) -> str:
    """The page that is committed under docs/evidence/."""
    lines = [
        "# Pilot",
        "",
        f"Made by `{command}` on {SEEDS} development seeds (block 0); {made_with}.",
        "A claim is admitted to `fast` when its looks are predicted to miss the registered verdict at a rate of at",
        f"most {FLAKE}, and to take at most {MEAN} seeds on average (94 of 96 seeds at p0 = 1/2; beta-binomial,",
        'Jeffreys prior). "Seen": seeds that speak for the registered outcome. "Met": seeds on which the claim\'s',
        "assay is met, so that it could be seen; empty for claims without one. Intervals: one look at all seeds.",
        "",
        f"| {' | '.join(HEADER)} |",
        f"|{'---|' * len(HEADER)}",
        *(f"| {' | '.join(_row(one))} |" for one in pilots),
        "",
        f"{together(pilots).capitalize()}.",
        "",
        "| experiment | seconds for these seeds, one core |",
        "|---|---|",
        *(f"| {name} | {value:.0f} |" for name, value in cost.items()),
    ]
    return "\n".join(lines) + "\n"


def _row(one: Pilot) -> tuple[str, ...]:
    met, n = one.verdict.met, one.verdict.n
    return (
        one.claim.name,
        one.claim.expect,
        f"{one.wins}/{n}",
        "" if met is None else f"{met}/{n}",
        effect(one.verdict.to_dict()),
        f"{one.flake:.1g}",
        f"{one.seeds:.1f}",
        "yes" if one.admitted else "no: invalid" if one.verdict.outcome == "invalid" else "no",
    )
