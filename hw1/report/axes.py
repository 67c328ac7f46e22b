"""The frame of a panel: limits that come from finite numbers, and places at its edge for the others."""

import math
from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from hw1.report.words import number, plural, spaced

Limits = tuple[float, float]
PADDING = 0.06
GREATEST, LEAST = 1e100, 1e-100  # ends of an axis: their difference and their quotient must be floats too
SHORT = 16  # characters that fit beside the lowest axis there is, below a legend of eight lines


class Frame:
    """Limits of both axes; what cannot be shown inside is put at the upper or lower edge and counted."""

    def __init__(self, panel: Mapping[str, Any], x: Limits, y: Limits):
        self.panel, self.x, self.y = panel, x, y
        self.above = self.below = self.beside = 0
        self.far = False  # whether some of them are finite

    def apply(self, axes: Axes) -> None:
        """Set scales, limits and ticks."""
        axes.set(xscale="log" if self.panel["x_log"] else "linear", yscale="log" if self.panel["y_log"] else "linear")
        axes.set(xlim=self.x, ylim=self.y)
        if self.panel["x_log"]:
            _log_ticks(axes.xaxis, self.x)
        elif not self.panel["ticks"]:
            axes.locator_params(axis="x", nbins=6)  # more would touch each other
        if self.panel["y_log"]:
            _log_ticks(axes.yaxis, self.y)
        if self.panel["ticks"]:
            axes.set_xticks(range(len(self.panel["ticks"])), [spaced(tick) for tick in self.panel["ticks"]])
            axes.grid(visible=False, axis="x")
            if max(map(len, self.panel["ticks"])) * len(self.panel["ticks"]) > 44:
                axes.tick_params(axis="x", labelrotation=30)
                for label in axes.get_xticklabels():
                    label.set(ha="right", rotation_mode="anchor")

    def place(self, x: Sequence[float], y: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """Where to draw x and y: y at the edge where the axis has no place for it."""
        xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        shown = (self.x[0] <= xs) & (xs <= self.x[1])
        return xs[shown], np.clip(ys[shown], *self.y)

    def count(self) -> None:
        """Count what lies beyond the axes."""
        for series in self.panel["series"]:
            self.beside += sum(not self.x[0] <= x <= self.x[1] for x in series["x"])
            self.above += sum(value > self.y[1] for value in series["y"])
            self.below += sum(value < self.y[0] for value in series["y"])
            finite = placed(series["y"], log=self.panel["y_log"])
            self.far |= any(y != capped(y, log=self.panel["y_log"]) for y in finite)

    def note(self) -> str:
        """What lies beyond the axes, in words; empty if nothing does."""
        high, beyond = ("number", f" beyond {number(GREATEST)}") if self.far else ("infinite number", "")
        low, where = f"negative {high}", beyond
        if self.panel["y_log"]:
            zero = f"below {number(LEAST)}" if self.far else "zero or below"
            low, where = "number", f", {zero}, which a logarithmic axis cannot show"
        notes = []
        if self.above:
            notes.append(f"▲ at the upper edge: {plural(self.above, high)}{beyond}.")
        if self.below:
            notes.append(f"▼ at the lower edge: {plural(self.below, low)}{where}.")
        if self.beside:
            notes.append(f"{plural(self.beside, 'number')} beside the axis, in the table only.")
        return " ".join(notes)


def frame_of(panel: Mapping[str, Any]) -> Frame:
    """The frame that holds all finite numbers of a panel."""
    x = [value for series in panel["series"] for value in series["x"]]
    y = [value for s in panel["series"] for key in ("y", "low", "high") for value in s[key]]
    ticks = panel["ticks"]
    x_limits = (-0.6, len(ticks) - 0.4) if ticks else limits([*x, *panel["places"].values()], log=panel["x_log"])
    frame = Frame(panel, x_limits, limits([*y, *panel["levels"].values()], log=panel["y_log"]))
    frame.count()
    return frame


def name_axes(axes: Axes, panel: Mapping[str, Any]) -> None:
    """Labels on both axes, the y-label in lines as long as its axis: legend and slanted names take from its height."""
    label = panel["y_label"]
    axes.set(xlabel=fill(panel["x_label"], 48), ylabel=label)
    if len(label) <= SHORT:
        return
    figure: Any = axes.get_figure()
    figure.get_layout_engine().execute(figure)
    room, taken = axes.bbox.height, axes.yaxis.label.get_window_extent().height
    axes.set_ylabel(fill(label, max(12, int(len(label) * room / max(taken, 1)))))


def limits(values: Iterable[float], *, log: bool) -> Limits:
    """The range of the finite values (positive ones on a logarithmic axis), with a little room."""
    good = [capped(value, log=log) for value in placed(values, log=log)]
    if not good:
        return (0.1, 10.0) if log else (0.0, 1.0)
    low, high = min(good), max(good)
    if log:
        room = max(PADDING * math.log(high / low), 0.1)
        return low * math.exp(-room), high * math.exp(room)
    room = PADDING * (high - low if high - low > LEAST else max(abs(high), 1.0))
    return low - room, high + room


def placed(values: Iterable[float], *, log: bool) -> list[float]:
    """The numbers for which an axis has a place, were it long enough."""
    return [float(value) for value in values if math.isfinite(value) and (value > 0 or not log)]


def capped(value: float, *, log: bool) -> float:
    """A number, or the end of the axis that is nearest to it."""
    return min(max(value, LEAST if log else -GREATEST), GREATEST)


def _log_ticks(axis: Any, ends: Limits) -> None:
    """Powers of ten in plain words; 1, 2 and 5 of each where there are few."""
    few = math.log10(ends[1] / ends[0]) < 2.5
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=7 if not few else 15))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_formatter(NullFormatter())
    if few:
        axis.set_minor_locator(NullLocator())
