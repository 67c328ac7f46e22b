"""Figures as data: what to show, for many seeds; the report draws it, and prints the same numbers beside it.

An experiment's `figure*` functions turn its tables into a `Figure`. A figure is small (quantiles over the seeds, not
every number), so that a manifest holds it and a report needs nothing else.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

LEARNING = {
    "train_accuracy": "training accuracy",
    "test_accuracy": "test accuracy",
    "train_loss": "training loss (nats)",
    "test_loss": "test loss (nats)",
}

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Series:
    """One arm in one panel.

    Attributes
    ----------
    name : the arm's role, or what a reference line shows
    x, y : numbers of equal length; for bands `y` is the median over the seeds
    low, high : quartiles over the seeds, empty where there is no band
    mark : "line", or "points" where every seed is a point of its own
    labels : a text beside each point, empty for a point without one; no texts at all where there are none
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    mark: Literal["line", "points"] = "line"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One pair of axes; labels carry the units.

    Attributes
    ----------
    ticks : names for the x positions 0, 1, 2, ... where x counts arms
    levels : horizontal reference lines by name, in units of y
    places : vertical reference lines by name, in units of x
    """

    x_label: str
    y_label: str
    series: tuple[Series, ...]
    title: str = ""
    x_log: bool = False
    y_log: bool = False
    ticks: tuple[str, ...] = ()
    levels: Mapping[str, float] = field(default_factory=dict)
    places: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One matrix of an image.

    Attributes
    ----------
    name : what it shows
    values : rows of numbers, the first on top; with low and high the median over the seeds
    low, high : quartiles over the seeds, in the form of `values`; empty where there are none
    """

    name: str
    values: Rows
    low: Rows = ()
    high: Rows = ()


@dataclass(frozen=True, kw_only=True)
class Image:
    """Matrices as shades between one faintest and one fullest number, in the place of a panel.

    Attributes
    ----------
    x_label, y_label : what columns and rows are
    value_label : what a shade shows, with its unit
    tiles : matrices of one shape, drawn side by side
    limits : the numbers of the faintest and of the fullest shade
    columns, rows : names of columns and rows; numbers from 1 where they are empty
    """

    x_label: str
    y_label: str
    value_label: str
    tiles: tuple[Tile, ...]
    limits: tuple[float, float]
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Numbers that are easier to read than to draw, already as texts.

    Attributes
    ----------
    caption : what the rows are
    head : one heading per column
    rows : one text per column; the first names the row
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> list[str]:
        """Lines of a Markdown table under its caption."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return [f"{self.caption}:", "", *(f"| {' | '.join(cells)} |" for cells in lines)]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Panels and images side by side, or tables, with a caption that says what they show."""

    title: str
    caption: str
    panels: tuple[Panel | Image, ...] = ()
    tables: tuple[Table, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Builtins only."""
        return asdict(self)


def bands(frame: pd.DataFrame, *, x: str, y: str, arms: Sequence[str]) -> tuple[Series, ...]:
    """Median and quartiles of `y` over the seeds at every `x`, one series per arm.

    Parameters
    ----------
    frame : columns seed, arm, x and y; infinities (diverged seeds) count as the largest values
    """
    return tuple(band(frame[frame["arm"] == arm], arm, x=x, y=y) for arm in arms)


def strip(frame: pd.DataFrame, *, y: str, arms: Sequence[str]) -> tuple[Series, ...]:
    """Every seed's `y` as a point above its arm's number: x is 0 for the first arm, 1 for the second, ..."""
    columns = {arm: frame.loc[frame["arm"] == arm, y].astype(float) for arm in arms}
    return tuple(
        Series(name=arm, x=(float(i),) * len(values), y=tuple(sorted(values)), mark="points")
        for i, (arm, values) in enumerate(columns.items())
    )


def band(frame: pd.DataFrame, name: str, *, x: str, y: str) -> Series:
    """Median and quartiles of `y` over the seeds at every `x`; rows of one arm, or of several that have each its x."""
    wide = frame.pivot(index="seed", columns=x, values=y)
    return spread(name, wide.columns.to_numpy(dtype=float), wide.to_numpy(dtype=float))


def every_seed(
    frame: pd.DataFrame, y: str, label: str, *, arms: Sequence[str], x_label: str = "arm", **panel: Any
) -> Panel:
    """Every seed's `y` as a point above its arm, in a panel; `panel` are further fields of it, such as `y_log`."""
    return Panel(x_label=x_label, y_label=label, series=strip(frame, y=y, arms=arms), ticks=tuple(arms), **panel)


def panels_over(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    arms: Sequence[str],
    x: str = "step",
    x_label: str = "epoch",
    logs: Container[str] = ("train_loss", "test_loss", "loss"),
    levels: Mapping[str, Mapping[str, float]] | None = None,
    **panel: Any,
) -> tuple[Panel, ...]:
    """A panel for each metric with its label: median and quartiles over the seeds, along `x`, one band per arm.

    Parameters
    ----------
    frame : columns seed, arm, x and the metrics; infinities (diverged seeds) count as the largest values
    logs : the metrics on a logarithmic axis
    levels : reference lines of a metric by name
    panel : further fields of all panels, such as `title`
    """
    return tuple(
        Panel(
            x_label=x_label,
            y_label=label,
            series=bands(frame, x=x, y=metric, arms=arms),
            y_log=metric in logs,
            levels=(levels or {}).get(metric, {}),
            **panel,
        )
        for metric, label in labels.items()
    )


def line(
    name: str, x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, labels: Sequence[str] = ()
) -> Series:
    """A reference curve, such as the target function; or a path, with a text beside each point (empty for none)."""
    return Series(name=name, x=_floats(x), y=_floats(y), labels=tuple(labels))


def spread(name: str, x: Sequence[float] | np.ndarray, values: np.ndarray) -> Series:
    """Median and quartiles over the first axis (seeds) of an array of shape (seeds, points)."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0, method="nearest")
    return Series(name=name, x=_floats(x), y=_floats(middle), low=_floats(low), high=_floats(high))


def learning_panels(
    curves: pd.DataFrame, *, arms: Sequence[str], x_label: str = "epoch", chance: float | None = None
) -> tuple[Panel, ...]:
    """Accuracy and loss over time, on training and on test data: median and quartiles over the seeds, in four panels.

    Parameters
    ----------
    curves : columns seed, arm, step, train_accuracy, test_accuracy, train_loss and test_loss (nats)
    chance : accuracy of guessing, drawn as a line
    """
    levels = {} if chance is None else {"chance": chance}
    return panels_over(
        curves, LEARNING, arms=arms, x_label=x_label, levels=dict.fromkeys(("train_accuracy", "test_accuracy"), levels)
    )


def tile(name: str, values: np.ndarray) -> Tile:
    """A matrix (rows, columns) as it is, or the median and quartiles over the seeds of (seeds, rows, columns)."""
    if values.ndim == 2:
        return Tile(name=name, values=_rows(values))
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0, method="nearest")
    return Tile(name=name, values=_rows(middle), low=_rows(low), high=_rows(high))


def _floats(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _rows(values: np.ndarray) -> Rows:
    return tuple(_floats(row) for row in values)
