"""What a run asked and what it got: every question counted once, with its verdict or the reason why there is none.

A claim may be asked more than once: by two tests, or by one that is repeated or tried again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hw1.judging.decisions import Question
from hw1.manifest.records import plain
from hw1.manifest.summary import named

Record = Mapping[str, Any]
Key = tuple[str, str, str, str, str]  # family, experiment, claim, tier, control


def key(record: Record) -> Key:
    """What a record is about, whether it holds a verdict or none."""
    family, experiment, claim, tier, control = (
        str(record[name] or "") for name in ("family", "experiment", "claim", "tier", "control")
    )
    return family, experiment, claim, tier, control


def asked(question: Question, test: str) -> dict[str, Any]:
    """A question before anything is known of it, in builtins only; `test` is pytest's id."""
    claim = question.claim
    try:
        family, experiment = question.experiment.family, question.experiment.name
    except (ValueError, IndexError):  # its experiment is not there, which is why it will have no verdict
        family, experiment = claim.score.__module__, claim.experiment
    return {
        "claim": claim.name,
        "family": family,
        "experiment": experiment,
        "tier": question.tier,
        "control": claim.control.name if question.control else None,
        "test": test,
    }


def once(records: Iterable[Record]) -> list[Record]:
    """One record for each question: the first or, where they contradict each other, one that is not as registered."""
    groups: dict[Key, list[Record]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return [_one(group) for group in groups.values()]


def contradictions(records: Iterable[Record]) -> Iterator[str]:
    """One line for each question to which two tests of a run gave different answers."""
    for record in records:
        if record.get("contradicted"):
            yield f"contradiction on {named(record)} [{record['tier']}]: {record['contradicted']}"


def unanswered(
    questions: Iterable[Record], records: Iterable[Record], reasons: Mapping[str, str], end: str
) -> list[Any]:
    """The questions that none of the records answers, each once, with a reason.

    Parameters
    ----------
    reasons : by pytest's id of a test, why it has no verdict
    end : the reason of those that were not reached
    """
    answered, found = {key(record) for record in records}, dict[Key, dict[str, Any]]()
    for question in questions:
        reason = reasons.get(question["test"], "")
        known = found.get(key(question))
        if key(question) not in answered and (known is None or (reason and known["reason"] == end)):
            found[key(question)] = {**question, "reason": reason or end}
    return list(found.values())


def answer(record: Record) -> str:
    """Verdict and scores as text: NaN equals NaN in it, also where one of them came from another process."""
    return json.dumps(plain([record["verdict"], record["scores"]]), sort_keys=True)


def _one(group: Sequence[Record]) -> Record:
    first = min(group, key=lambda record: bool(record["as_registered"]))
    others = [record for record in group if answer(record) != answer(first)]
    if not others:
        return first
    told = f"{_told(first)} here, but {_told(others[0])}; counted once, as {first['verdict']['outcome']}"
    return {**first, "contradicted": told, "note": "; ".join(filter(None, [first["note"], told]))}


def _told(record: Record) -> str:
    verdict = record["verdict"]
    return f"{verdict['outcome']} on {verdict['wins']} of {verdict['n']} seeds in {record['test']}"
