"""A manifest as it is read: checked, and with its infinities as numbers."""

import json
from pathlib import Path
from typing import Any

from hw1.manifest.first import FIRST, converted
from hw1.manifest.records import SCHEMA

_NUMBERS = {"inf", "-inf", "nan"}


class ManifestError(ValueError):
    """No page can be made from what was given."""


def read(path: Path) -> dict[str, Any]:
    """A manifest of at least one claim, be it without a verdict; one of the first schema in the fields of today's.

    Raises
    ------
    ManifestError : the file is missing, not JSON, of another schema, or has no claims; in one line
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise ManifestError(f"{path}: {reason}. A run writes its manifest to .hw1/manifest.json.") from error
    except ValueError as error:
        raise ManifestError(f"{path} is not JSON ({error}): give the manifest of a run, not its report.") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema not in (FIRST, SCHEMA):
        raise ManifestError(
            f"{path} has the schema {schema!r}, and this hw1 reads {FIRST} and {SCHEMA}: run again, or use the hw1 "
            "that wrote it."
        )
    if not (document.get("decisions") or document.get("without_verdict")):
        raise ManifestError(f"{path} has no decisions: no claim was judged in that run, so there is nothing to show.")
    return revived(converted(document) if schema == FIRST else document)


def revived(document: dict[str, Any]) -> dict[str, Any]:
    """A manifest as JSON gives it, with its infinities as numbers."""
    return _numbers(document)  # type: ignore[no-any-return]


def _numbers(value: Any, word: bool = False) -> Any:
    """The same with "inf", "-inf" and "nan" as floats, except where they are keys or a setting's or claim's words."""
    if isinstance(value, dict):
        return {key: _numbers(inner, key in _WORDS) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner, word) for inner in value]
    return float(value) if isinstance(value, str) and value in _NUMBERS and not word else value


_WORDS = {"arms", "claim", "experiment", "family", "head", "name", "rows", "sentence", "setting", "ticks", "title"}
