"""JSON that hw1 reads: what is wrong with a file is said in one line that names it, and the place in it."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

SHOWN = 60  # characters of a value that is wrong
REASONS = {
    "type": "is not of the type {}",
    "enum": "is not {}",
    "pattern": "is no name, seed, date or number as hw1 writes them",
    "propertyNames": "has other names than hw1 writes",
    "minItems": "is too short",
    "minProperties": "is empty",
}
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


class DocumentError(ValueError):
    """A file is not there, cannot be read, is not JSON, or holds other things than it must."""


def document(path: Path, remedy: str, schema: str = "") -> Any:
    """What a JSON file holds; NaN and infinities as bare words are no JSON.

    Parameters
    ----------
    remedy : what a reader can do where it is none
    schema : what it must be, as JSON schema of draft 7

    Raises
    ------
    DocumentError : in one line
    """
    found = _parsed(_text(path, remedy), path, remedy)
    if schema and (problem := problem_of(found, schema)):
        raise DocumentError(f"{path}: {problem}: {remedy}")
    return found


def problem_of(found: Any, schema: str) -> str:
    """The first place that is not what a schema says, and what is there; empty where there is none."""
    try:
        _compiled(schema)(found)
    except fastjsonschema.JsonSchemaValueException as error:
        return _told(error)
    except RecursionError:
        return "it is nested too deeply"
    return ""


def short(value: object) -> str:
    """A value in a few characters of one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def printable(text: str) -> str:
    """A text from elsewhere without what breaks its line or steers a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


@cache
def _compiled(schema: str) -> Callable[[Any], Any]:
    """Compiled, as a manifest of 1,000 claims has 130,000 fields: 0.6 s, where jsonschema 4.26 takes 6."""
    check: Callable[[Any], Any] = fastjsonschema.compile(json.loads(schema), use_default=False)
    return check


def _told(error: Any) -> str:
    """A problem in one line: its place, and what came or is lacking."""
    place = "".join(f"[{part}]" if part.isdigit() else f".{short(part)[1:-1]}" for part in error.path[1:])
    where = place.removeprefix(".") or "the file"
    if error.rule == "required":
        name = next(name for name in error.rule_definition if name not in error.value)
        return f"{where} lacks {name!r}"
    wanted = error.rule_definition
    listed = " or ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)
    reason = REASONS.get(error.rule, f"breaks the rule {error.rule} {{}}").format(listed)
    return f"{where} is {short(error.value)}, which {reason}"


def _parsed(text: str, path: Path, remedy: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refused)
    except RecursionError as error:
        raise DocumentError(f"{path} is nested too deeply to be read: {remedy}") from error
    except ValueError as error:
        if mark := _CONFLICT.search(text):
            line = text.count("\n", 0, mark.start()) + 1
            raise DocumentError(f"{path} has the mark of a merge conflict in line {line}: resolve it first") from error
        raise DocumentError(f"{path} is not JSON ({error}): {remedy}") from error


def _text(path: Path, remedy: str) -> str:
    try:
        if path.is_char_device() or path.is_block_device():
            raise DocumentError(f"{path} is a device and no file: {remedy}")
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark before the text
    except FileNotFoundError as error:
        raise DocumentError(f"{path}: there is no such file. {remedy[:1].upper()}{remedy[1:]}") from error
    except (OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or "it does not fit into memory"
        way = "check its rights and those of its folder" if isinstance(error, PermissionError) else remedy
        raise DocumentError(f"{path} cannot be read ({reason}): {way}") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path} is not JSON (it is not text in UTF-8): {remedy}") from error


def _refused(word: str) -> None:
    raise ValueError(f"{word} is no JSON; hw1 writes it as a text")
