"""The calibration cards of many claims as one table: may their verdicts be trusted, and how far?"""

from collections.abc import Sequence

from hw1.judging.decisions import Decision
from hw1.manifest.summary import aligned
from hw1.statistics.cards import FAR, told_apart

HEADER = (
    "claim", "revision", "verdict", "met", "null wins", "false hold", "arms all the same", "control",
    "flake", "seeds expected", "from the margin", "spreads",
)  # fmt: skip


def table(decisions: Sequence[Decision]) -> list[str]:
    """One line per claim, aligned for a terminal, and below it what is flagged."""
    return [*aligned([HEADER, *map(_row, decisions)]), _looks(decisions), *(f"! {flag}" for flag in flagged(decisions))]


def markdown(decisions: Sequence[Decision], command: str, made_with: str) -> str:
    """The page that is committed under docs/evidence/."""
    flags = flagged(decisions)
    lines = [
        "# Calibration cards",
        "",
        f"Made by `{command}`; {made_with}.",
        "",
        "What each claim's score does where there is no effect, and how far the claim is from its margin:",
        "",
        "- verdict: with the seeds that show the claim, of those of the last look taken.",
        "- met: seeds on which the claim's assay is met, so that it could be seen; empty for claims without one.",
        "- null wins: share of the relabelings of the arms (or items) inside a seed on which the claim is seen,",
        "  averaged over the seeds; a sound score has p0 at most. Empty for kinds whose null is the boundary.",
        "- false hold: exact probability of `holds` on such seeds, or at the boundary, over all looks; alpha is 0.001.",
        "- arms all the same: the verdict where every arm is a replicate of one; `holds` fails the claim's test.",
        "- control: the verdict on the control that works on the tables; one that trains is judged under `-m slow`.",
        "- flake: predicted probability that all looks miss the registered verdict on fresh seeds (beta-binomial,",
        "  Jeffreys prior). 12 seeds, all won, cannot predict less than .017 over looks of 12, 24 and 48 at p0 = 1/2,",
        "  nor 24 less than .0016; the [pilots](pilot) predict from 96.",
        "- seeds expected: predicted mean number of seeds until a verdict.",
        "- from the margin, spreads: from the margin to the typical effect, in its units and in spreads of the score",
        "  over the seeds. Fewer than 2 spreads are flagged: such a claim is near its margin.",
        "",
        f"| {' | '.join(HEADER)} |",
        f"|{'---|' * len(HEADER)}",
        *(f"| {' | '.join(_row(decision))} |" for decision in decisions),
        "",
        f"{_looks(decisions)}.",
        "",
        f"## Flagged: {len(flags)}",
        "",
        *(f"- {flag}" for flag in flags),
    ]
    return "\n".join(lines).rstrip() + "\n"


def flagged(decisions: Sequence[Decision]) -> list[str]:
    """What the cards warn of, and twins and controls that decide wrongly."""
    found = []
    for decision in decisions:
        wrong = [] if decision.as_registered else [str(decision)]
        found += [f"{decision.question.claim.name}: {text}" for text in [*decision.card.flags, *wrong]]
    return found


def _looks(decisions: Sequence[Decision]) -> str:
    """How many claims took each further look."""
    last = max((decision.verdict.look for decision in decisions), default=1)
    taken = (f"look {k} by {sum(one.verdict.look >= k for one in decisions)}" for k in range(2, last + 1))
    return f"Taken, of {len(decisions)} claims: {', '.join(taken) or 'one look each'}"


def _row(decision: Decision) -> tuple[str, ...]:
    question, made, verdict = decision.question, decision.card, decision.verdict
    control = decision.table_control
    return (
        question.claim.name,
        str(question.experiment.revision) + ("" if decision.status == "registered" else " (development)"),
        f"{verdict.outcome} {verdict.wins}/{verdict.n}",
        "" if verdict.met is None else f"{verdict.met}/{verdict.n}",
        "" if made.null_wins is None else f"{made.null_wins:.3g}",
        f"{made.false_hold:.2g}",
        decision.same_arms.outcome if decision.same_arms else "",
        control.outcome if control else "trains",
        f"{made.flake:.1g}",
        f"{made.seeds:.1f}",
        f"{made.distance:.3g} ({decision.score.effect_name})",
        told_apart(made.spreads, FAR, ".1f"),
    )
