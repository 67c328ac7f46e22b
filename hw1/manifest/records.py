"""The JSON of one run: every decision with its scores, the environment and the cost. Reports read nothing else.

Its fields, and when the schema's number rises, are described in docs/manifest.md.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hw1 import writing
from hw1.judging.decisions import Decision
from hw1.manifest.summary import order
from hw1.registry import Claim
from hw1.registry.headers import header
from hw1.statistics import Score, Verdict

SCHEMA = 2


def record(decision: Decision, test: str = "") -> dict[str, Any]:
    """A decision in builtins only, so that it crosses process borders and fits into JSON; `test` is pytest's id."""
    question, verdict, score = decision.question, decision.verdict, decision.score
    claim, experiment = question.claim, question.experiment
    return {
        "claim": claim.name,
        "sentence": claim.sentence,
        "family": experiment.family,
        "experiment": experiment.name,
        "revision": experiment.revision,
        "tier": question.tier,
        "control": claim.control.name if question.control else None,
        "source": claim.source,
        "because": claim.because,
        "limits": header(sys.modules[claim.score.__module__].__doc__).get("Limits", ""),
        "expected": decision.expected,
        "as_registered": decision.as_registered,
        "status": decision.status,
        "note": decision.note,
        "block": decision.block,
        "test": test,
        "twin": _twin(claim),
        "assay": _assay(claim, control=question.control),
        "registered_looks": decision.registered_looks,
        "verdict": _judged(verdict),
        "table_control": _twin_judged(decision.table_control, decision.control_is_right, name=claim.control.name),
        "same_arms": _twin_judged(decision.same_arms, decision.nothing_in_same_arms),
        "score": score.frozen(),
        "scale": _scale(score),
        "published": asdict(claim.published) if claim.published else None,
        "scores": {str(seed): value for seed, value in decision.values.items()},
        "effects": {str(seed): float(score.effect(value)) for seed, value in decision.values.items()},
        "card": None if question.control else decision.card.to_dict(),
        "seconds": decision.seconds,
        "took": dict(decision.took),
        "text": str(decision),
    }


def document(
    records: Sequence[Mapping[str, Any]],
    environment: Mapping[str, Any],
    experiments: Sequence[Mapping[str, Any]] = (),
    date: str = "",
    without: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """A manifest in what JSON has, dated now if no date is given; infinities become the text "inf" or "-inf".

    Parameters
    ----------
    without : questions that got no verdict, each with its reason
    """
    made = {
        "schema": SCHEMA,
        "date": date or datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": dict(environment),
        "decisions": sorted(records, key=order),
        "without_verdict": sorted(without, key=order),
        "experiments": list(experiments),
    }
    return plain(made)  # type: ignore[no-any-return]


def write(path: Path, made: Mapping[str, Any]) -> None:
    """Write a manifest that `document` made.

    Raises
    ------
    OutputError : where it cannot be written, or what is there is no manifest; an earlier one is as it was
    """
    writing.write(path, json.dumps(made, indent=1, allow_nan=False) + "\n", writing.MANIFEST)


def plain(value: Any) -> Any:
    """The same in what JSON has: infinities and NaN as text, tuples as lists."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def _twin_judged(verdict: Verdict | None, right: bool, **name: str) -> dict[str, Any] | None:
    """The verdict on a twin of the claim, and whether it is what it must be; None where there is no such twin."""
    return None if verdict is None else {**name, **_judged(verdict), "right": right}


def _judged(verdict: Verdict) -> dict[str, Any]:
    return verdict.to_dict() | {"interval_is_range": verdict.interval_is_range}


def _assay(claim: Claim, *, control: bool) -> dict[str, Any]:
    """What is asked of a seed for it to count, or why nothing is."""
    reason = claim.control.unassayed if control else ""
    asked = claim.assay.measure is not None and not reason
    return {"name": claim.assay.name, "asked": asked, "words": reason or claim.assay.words}


def _twin(claim: Claim) -> dict[str, Any]:
    """The control of a claim, in its own words."""
    words = header(claim.control.twin.__doc__)["title"]
    return {"name": claim.control.name, "trains": claim.control.trains, "words": words}


def _scale(score: Score) -> dict[str, Any]:
    """How to show a score's effects: their name, the number to be passed and the side on which the claim is seen."""
    log = score.parameters.get("scale") == "log"
    threshold = float(score.effect(0.0))
    absolute = score.kind in ("above", "below", "within")  # these compare with a number, so no effect has no place
    return {
        "name": _effect_of(score, log),
        "log": log,
        "threshold": threshold,
        "above": score.effect(1.0) > threshold,
        "neutral": None if absolute else 1.0 if log else 0.0,
    }


def _effect_of(score: Score, log: bool) -> str:
    """The effect with its metric and arms, as an axis says it."""
    if score.kind == "less":
        lesser, greater = score.arms
        return f"{score.metric}: {greater} {'/' if log else '−'} {lesser}"
    if score.kind in ("above", "below"):
        return f"{score.metric} of {score.arms[0]}"
    return f"{score.effect_name} of {score.metric}"
