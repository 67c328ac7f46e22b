"""JSON that hw1 reads: what is wrong with a file is said in one line that names it."""

import json
import re
from pathlib import Path
from typing import Any

_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


class DocumentError(ValueError):
    """A file is not there, cannot be read, or is not JSON."""


def document(path: Path, remedy: str) -> Any:
    """What a JSON file holds; NaN and infinities as bare words are no JSON.

    Parameters
    ----------
    remedy : what a reader can do where it is none

    Raises
    ------
    DocumentError : in one line
    """
    text = _text(path, remedy)
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
        raise DocumentError(f"{path} cannot be read ({reason}): {remedy}") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path} is not JSON (it is not text in UTF-8): {remedy}") from error


def _refused(word: str) -> None:
    raise ValueError(f"{word} is no JSON; hw1 writes it as a text")
