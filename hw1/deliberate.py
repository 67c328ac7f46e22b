"""Errors: which were raised on purpose, with words for who gave something, and how any of them is told in a line."""

import dis
from collections.abc import Iterable
from pathlib import Path

__all__ = ["deliberate", "told"]


def told(error: BaseException) -> str:
    """The kind of an error and the first line that it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__


def deliberate(error: BaseException, folders: Iterable[Path] = ()) -> bool:
    """Whether a `raise` in hw1's code, or in some folders, made a ValueError.

    One that numpy makes deep inside speaks of arrays that nobody gave, though it has the same type.
    """
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    if last is None or not isinstance(error, ValueError):
        return False
    code, name = last.tb_frame.f_code, str(last.tb_frame.f_globals.get("__name__", ""))
    inside = name.startswith("hw1.") or any(Path(code.co_filename).is_relative_to(folder) for folder in folders)
    return inside and dis.opname[code.co_code[last.tb_lasti]] == "RAISE_VARARGS"
