"""References: the scores of every claim in a named environment, which the wheel carries in `hw1/references`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hw1.documents import document
from hw1.manifest.reading import revived
from hw1.manifest.records import plain

FOLDER = Path(__file__).parents[1] / "references"
SCHEMA = 1

_RECORD = ("family", "experiment", "claim", "tier", "control", "revision")
_VERDICT = ("outcome", "effect", "low", "high", "wins", "n", "p0", "alpha", "met", "assay")
_ACCOUNT = ("experiment", "tier", "setting")
# What sets one apart, first first; the processor has a say where all else is equal.
_APART = ("precision", "device", "torch", "python", "numpy", "scipy", "scikit-learn", "processor")
_REMEDY = "install hw1 anew, or make it with `python -m hw1 compare MANIFEST --write FILE`"


def names() -> list[str]:
    """Those that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def reference(name: str) -> dict[str, Any]:
    """A reference of the wheel, by its name.

    Raises
    ------
    ValueError : naming those there are; or where its file is damaged
    """
    if name not in names():
        raise ValueError(f"there is no reference {name!r}: there are {', '.join(names()) or 'none'}")
    return revived(document(FOLDER / f"{name}.json", _REMEDY, _schema()))


def nearest(facts: Mapping[str, Any]) -> str:
    """The name of the reference whose environment is most like some facts: precision, device, versions, processor.

    Of two that are equally like them, that of the later versions; else that of more claims.
    """

    def likeness(name: str) -> tuple[Any, ...]:
        made = reference(name)
        its = made["environment"]
        alike = [_public(its.get(fact)) == _public(facts.get(fact)) for fact in _APART]
        return alike, [_numbers(its[fact]) for fact in ("torch", "python")], len(made["decisions"])

    if not names():
        raise ValueError(f"this hw1 carries no reference in {FOLDER}: {_REMEDY}")
    return max(names(), key=likeness)


def written(manifest: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """The text of a reference: what a comparison reads of a manifest, and the first losses of the same environment."""
    made = {
        "schema": SCHEMA,
        "date": manifest["date"],
        "environment": manifest["environment"],
        "first": first,
        "experiments": [{name: one[name] for name in _ACCOUNT} for one in manifest["experiments"]],
        "decisions": [_short(one) for one in manifest["decisions"]],
    }
    lines = json.dumps(plain(made), allow_nan=False).replace(', {"family"', ',\n{"family"')  # a line for each claim
    return lines + "\n"


def _short(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: record[name] for name in _RECORD},
        "score": record["score"],
        "verdict": {name: record["verdict"][name] for name in _VERDICT},
        "scores": record["scores"],
    }


def _public(version: object) -> str:
    """A version without the word for its build: 2.13.0+cpu is 2.13.0."""
    return str(version).partition("+")[0]


def _numbers(version: str) -> list[int]:
    """A version, for comparing: 2.13.0+cpu is 2, 13, 0."""
    return [int(part) for part in _public(version).split(".") if part.isdigit()]


@cache
def _schema() -> str:
    return Path(__file__).with_name("reference_schema.json").read_text(encoding="utf-8")
