"""Tables with a column of labels: data frames, CSV files, and scikit-learn's bunches."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

__all__ = ["by_column", "is_frame", "is_path", "of_bunch"]


def is_frame(data: Any) -> bool:
    """Whether it has named columns, as data frames have."""
    return hasattr(data, "columns")


def is_path(data: Any) -> bool:
    """Whether it names a file or folder."""
    return isinstance(data, str | PathLike)


def by_column(table: Any, column: Any) -> tuple[Any, Any]:
    """Features and labels of a frame or a CSV file: the named column is the label, all others are features.

    Raises
    ------
    ValueError : for a file that is not there or no table, and a column that is not in it
    """
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
        with file.open(encoding="utf-8-sig") as lines:
            first = lines.readline()
        sign = max(",;\t", key=first.count)
        frame = pd.read_csv(file, sep=sign, decimal="," if sign == ";" else ".", encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # pandas' errors of parsing, and text in another encoding
        said = (str(error).strip().splitlines() or [""])[0]
        raise ValueError(f"{file} cannot be read as CSV ({type(error).__name__}: {said}). Repair the file.") from error
    if nameless := [name for name in frame.columns if str(name).startswith("Unnamed: ")]:
        raise ValueError(
            f"{file}: column {list(frame.columns).index(nameless[0])} has no name; row numbers would tell the label. "
            f"Write the file without them (index=False), or name the column."
        )
    return frame
