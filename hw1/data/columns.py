"""Tables with a column of labels: data frames, CSV files, and scikit-learn's bunches."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from hw1.deliberate import told

__all__ = ["by_columns", "is_frame", "is_path", "of_bunch"]


def is_frame(data: Any) -> bool:
    """Whether it has named columns, as data frames have."""
    return hasattr(data, "columns")


def is_path(data: Any) -> bool:
    """Whether it names a file or folder."""
    return isinstance(data, str | PathLike)


def by_columns(tables: Sequence[Any], column: Any) -> list[Any]:
    """Features and labels of frames or CSV files, one after the other; features in the order of the first one's.

    Raises
    ------
    ValueError : for a file that is not there or no table, a column that is not in it, and tables of other columns
    """
    pairs = [_by_column(table, column) for table in tables]
    names = list(pairs[0][0].columns)
    for x, _ in pairs[1:]:
        if odd := sorted({*map(str, names)} ^ {*map(str, x.columns)}):
            raise ValueError(
                f"the two tables have other columns, and one only has {', '.join(odd):.300}. Give both the same."
            )
    return [part for x, y in pairs for part in (x[names], y)]


def _by_column(table: Any, column: Any) -> tuple[Any, Any]:
    """The named column is the label, all others are features."""
    words = Path(table).name if is_path(table) else "the frame"
    frame = _read(Path(table)) if is_path(table) else table
    names = {str(name): name for name in frame.columns}
    if str(column) not in names:
        near = difflib.get_close_matches(str(column), names, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise ValueError(f"no column {str(column)!r} in {words}{meant}: there are {', '.join(names):.500}")
    if len(names) == 1:
        raise ValueError(f"{words} has the column {column} alone, and no features. Give a table with both.")
    label = names.pop(str(column))
    if is_path(table):
        _check_labels(Path(table), label, frame[label].isna())
    return frame[list(names.values())], frame[label]


def of_bunch(data: Mapping[str, Any]) -> tuple[Any, Any]:
    """Features (images, where it has them) and labels of a bunch.

    Raises
    ------
    ValueError : for another mapping
    """
    if not {"data", "target"} <= set(data):
        held = ", ".join(map(str, data)) or "nothing"
        raise ValueError(
            f"data of type {type(data).__name__} holds {held}, and `data` and `target` are read. Give (x, y)."
        )
    images = data.get("images")
    whole = images is not None and len(images) == len(data["target"])
    return (images if whole else data["data"]), data["target"]


def _read(file: Path) -> Any:
    import pandas as pd

    if not file.is_file():
        raise ValueError(f"{file} {'is a folder' if file.is_dir() else 'does not exist'}: name a CSV file")
    try:
        sign = _sign(file)
        frame = pd.read_csv(file, sep=sign, decimal="," if sign == ";" else ".", encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not text in UTF-8 ({error.reason}). Save it as UTF-8.") from error
    except (OSError, ValueError, csv.Error) as error:  # pandas' errors of parsing are of these
        raise ValueError(f"{file} cannot be read as CSV ({told(error)}). Repair the file.") from error
    if nameless := [name for name in frame.columns if str(name).startswith("Unnamed: ")]:
        raise ValueError(
            f"{file}: column {list(frame.columns).index(nameless[0])} has no name; row numbers would tell the label. "
            f"Write the file without them (index=False), or name the column."
        )
    return frame


def _sign(file: Path) -> str:
    """What separates the columns: that which makes most of the header's. The header must name each column once."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        text = [line for line, _ in zip(lines, range(2), strict=False)]
    sign = max(",;\t", key=lambda one: len(_fields(text[:1], one)))
    names, first = _fields(text[:1], sign), _fields(text[1:], sign)
    if len(first) > len(names):
        raise ValueError(f"its header names {len(names)} columns, and the first row has {len(first)}")
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ValueError(f"its header names the column {twice[0]!r} {names.count(twice[0])} times")
    return sign


def _fields(lines: Sequence[str], sign: str) -> list[str]:
    return next(csv.reader(lines, delimiter=sign), [])


def _check_labels(file: Path, column: Any, absent: Any) -> None:
    """Refuse labels whose text pandas takes for a missing number, as it may be the name of a class."""
    import pandas as pd

    if not absent.any():
        return
    texts = pd.read_csv(file, sep=_sign(file), dtype=str, keep_default_na=False, encoding="utf-8-sig")[column]
    if read := sorted(set(texts[absent]) - {""}):
        raise ValueError(
            f"{int(absent.sum())} labels of {file.name} are {' or '.join(map(repr, read)):.100}, which stands for a "
            f"missing one. Leave these rows out, or give the class another name."
        )
