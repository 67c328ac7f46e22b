"""Manifests of the first schema, in the fields of today's: looks at n0, 2 n0 and 4 n0 seeds, and no assays."""

from collections.abc import Mapping
from typing import Any

FIRST = 1

_SIZES = (1, 2, 4)  # of the looks, in units of n0
_SPENT = (0.8, 0.9, 1.0)  # of alpha, up to each look
_ASSAY = {"name": "none", "asked": False, "words": "the first edition had no assays"}


def converted(document: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the fields that a reader asks for; its number of the schema stays.

    p-values and bounds are those that were written, each for its look alone. What a card said of the number of seeds
    was another number, and is left out.
    """
    environment = dict(document["environment"])
    allowed = int(environment.pop("looks", 1))  # of other sizes than today's: a command that repeats it would not
    return {
        **document,
        "environment": environment,
        "decisions": [_decision(record, allowed) for record in document["decisions"]],
    }


def _decision(record: Mapping[str, Any], allowed: int) -> dict[str, Any]:
    twins = {name: record.get(name) for name in ("table_control", "same_arms")}
    return {
        **record,
        "assay": _ASSAY,
        "registered_looks": not record.get("note", "").startswith("not the registered n"),
        "verdict": _verdict(record["verdict"], allowed),
        **{name: twin and _verdict(twin, allowed) for name, twin in twins.items()},
        "card": record.get("card") and _card(record["card"]),
    }


def _verdict(verdict: Mapping[str, Any], allowed: int) -> dict[str, Any]:
    n0, look = verdict["n0"], int(verdict["look"])
    return {
        **{name: value for name, value in verdict.items() if name != "n0"},
        "sizes": [n0 * size for size in _SIZES[: max(allowed, look)]],
        "spent": verdict["alpha"] * _SPENT[look - 1],
        "met": None,
        "assay": "",
        "interval_is_range": verdict["wins_needed"] == verdict["losses_needed"] == verdict["n"],
    }


def _card(card: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.items() if name != "seeds_needed"} | {"seeds": None}
