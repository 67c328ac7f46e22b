"""The calibration cards of many claims as one table: may their verdicts be trusted, and how far?"""

from collections.abc import Sequence

from hw1.judging.decisions import Decision
from hw1.manifest.summary import aligned

HEADER = (
    "claim", "revision", "verdict", "null wins", "false hold", "arms all the same", "control",
    "flake", "seeds for .001", "from the margin", "spreads",
)  # fmt: skip


def table(decisions: Sequence[Decision]) -> list[str]:
    """One line per claim, aligned for a terminal, and below it what is flagged."""
    return [*aligned([HEADER, *map(_row, decisions)]), *(f"! {flag}" for flag in flagged(decisions))]


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
        "- null wins: share of the relabelings of the arms (or items) inside a seed on which the claim is seen,",
        "  averaged over the seeds; a sound score has p0 at most. Empty for kinds whose null is the boundary.",
        "- false hold: exact probability of `holds` on such seeds, or at the boundary; alpha is 0.001.",
        "- arms all the same: the verdict where every arm is a replicate of one; `holds` fails the claim's test.",
        "- control: the verdict on the control that works on the tables; one that trains is judged under `-m slow`.",
        "- flake: predicted probability of missing the registered verdict on fresh seeds (beta-binomial, Jeffreys",
        "  prior). 24 seeds, all won, cannot predict less than .008; [pilot.md](pilot.md) predicts from 96.",
        "- seeds for .001: how many would make the flake .001, if the win rate stays what was seen.",
        "- from the margin, spreads: from the margin to the typical effect, in its units and in spreads of the score",
        "  over the seeds. Fewer than 2 spreads are flagged: such a claim is near its margin.",
        "",
        f"| {' | '.join(HEADER)} |",
        f"|{'---|' * len(HEADER)}",
        *(f"| {' | '.join(_row(decision))} |" for decision in decisions),
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


def _row(decision: Decision) -> tuple[str, ...]:
    question, made, verdict = decision.question, decision.card, decision.verdict
    control = decision.table_control
    return (
        question.claim.name,
        str(question.experiment.revision) + ("" if decision.status == "registered" else " (development)"),
        f"{verdict.outcome} {verdict.wins}/{verdict.n}",
        "" if made.null_wins is None else f"{made.null_wins:.3g}",
        f"{made.false_hold:.2g}",
        decision.same_arms.outcome if decision.same_arms else "",
        control.outcome if control else "trains",
        f"{made.flake:.1g}",
        str(made.seeds_needed or "none"),
        f"{made.distance:.3g} ({decision.score.effect_name})",
        f"{made.spreads:.1f}",
    )
