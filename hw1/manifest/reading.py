"""A manifest as it is read: checked against the schema, and with its infinities as numbers."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hw1.documents import DocumentError, document, problem_of, short
from hw1.manifest.counted import key, once
from hw1.manifest.first import FIRST, converted
from hw1.manifest.records import SCHEMA

_NUMBERS = {"inf", "-inf", "nan"}
_REMEDY = "give the manifest of a run, not its report; a run writes it to .hw1/manifest.json"
SCHEMAS = {FIRST: "first_schema.json", SCHEMA: "schema.json"}


class ManifestError(ValueError):
    """No page can be made from what was given."""


def read(path: Path) -> dict[str, Any]:
    """A manifest of at least one claim, be it without a verdict; one of the first schema in the fields of today's.

    Raises
    ------
    ManifestError : the file is missing, not JSON, of another schema, has no claims, or has a field that is not what
        docs/manifest.md says; in one line that names the place
    """
    try:
        found = document(path, _REMEDY)
    except DocumentError as error:
        raise ManifestError(str(error)) from error
    number = found.get("schema") if isinstance(found, dict) else None
    if type(number) is not int or number not in SCHEMAS:
        raise ManifestError(
            f"{path} has the schema {short(number)}, and this hw1 reads {FIRST} and {SCHEMA}: run again, or use the "
            "hw1 that wrote it."
        )
    if not (found.get("decisions") or found.get("without_verdict")):
        raise ManifestError(f"{path} has no decisions: no claim was judged in that run, so there is nothing to show.")
    if number == FIRST:
        _check(path, found, FIRST)
        found = converted(found)
    _check(path, found, SCHEMA)
    return revived(found | _once(found))


def _once(found: dict[str, Any]) -> dict[str, Any]:
    """Its lists without what stands in them twice: manifests that were joined by hand, or are older than `once`."""
    accounts = {(one["family"], one["experiment"], one["tier"]): one for one in found["experiments"]}
    without = {key(one): one for one in found.get("without_verdict", ())}
    return {
        "decisions": once(found["decisions"]),
        "experiments": [*accounts.values()],
        "without_verdict": [*without.values()],
    }


def _check(path: Path, found: dict[str, Any], schema: int) -> None:
    """Raise ManifestError at the first field that is not what the schema says."""
    if problem := problem_of(found, _schema(schema)):
        raise ManifestError(f"{path}: {problem}: another version of hw1 wrote it, or it was changed; run again.")
    if schema == SCHEMA:
        _check_seeds(path, found["decisions"])


def _check_seeds(path: Path, decisions: Iterable[dict[str, Any]]) -> None:
    """What the schema's language cannot say: a decision has a score and an effect of the same seeds."""
    for i, record in enumerate(decisions):
        if record["scores"].keys() != record["effects"].keys():
            raise ManifestError(f"{path}: decisions[{i}] has scores and effects of different seeds: run again.")
        if record["assay"]["asked"] and record["verdict"]["met"] is None:
            raise ManifestError(f"{path}: decisions[{i}].verdict.met is null, and an assay was asked: run again.")


@cache
def _schema(schema: int) -> str:
    return (Path(__file__).parent / SCHEMAS[schema]).read_text(encoding="utf-8")


def revived(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest as JSON gives it, with its infinities as numbers."""
    like = json.loads(_schema(SCHEMA))
    made: dict[str, Any] = _numbers(manifest, like, like["$defs"])
    return made | {"environment": manifest["environment"]}  # versions and names


def _numbers(value: Any, like: Mapping[str, Any], kinds: Mapping[str, Any], word: bool = False) -> Any:
    """The same with "inf", "-inf" and "nan" as floats, but where they are keys or texts.

    Texts are what the schema says is one; where it says nothing (figures), those of the names in `_WORDS`.
    """
    if "$ref" in like:
        like = kinds[like["$ref"].removeprefix("#/$defs/")]
    if isinstance(value, dict):
        known, others = like.get("properties", {}), like.get("additionalProperties")
        rest = others if isinstance(others, dict) else {}
        return {key: _numbers(one, known.get(key, rest), kinds, key in _WORDS) for key, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one, like.get("items", {}), kinds, word) for one in value]
    text = word or ("string" in like.get("type", ()) and "number" not in like["type"])
    return float(value) if isinstance(value, str) and value in _NUMBERS and not text else value


_WORDS = {"arms", "claim", "experiment", "family", "head", "name", "rows", "sentence", "setting", "ticks", "title"}
