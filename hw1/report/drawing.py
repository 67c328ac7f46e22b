"""A figure's data, drawn: one picture per panel, told apart by line, marker and shade as well as by colour."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from hw1.report import shades
from hw1.report.axes import Frame, frame_of, name_axes
from hw1.report.svg import FAINT, INK, PALETTE, PAPER, TABLE_BELOW, inline
from hw1.report.words import number, plural, spaced

DASHES = ((), (5, 2), (6, 2, 1.5, 2), (1.5, 1.5), (9, 2), (6, 1.5, 1.5, 1.5, 1.5, 1.5))
REFERENCES = ((1, 2), (4, 3), (8, 3), (4, 2, 1, 2))
MARKERS = "os^DvPX*"
WIDTH = 5.0  # inches, or 360 px: on the narrowest screens the texts are then still 9 px high
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hw1",
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "font.size": 11,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "lines.markersize": 4.5,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}
Series = Mapping[str, Any]
Panel = Mapping[str, Any]


class Drawn(NamedTuple):
    """Title, `svg` element, and a note on what has no place in the picture (empty if all has one)."""

    title: str
    svg: Markup
    note: str


def draw(figure: Mapping[str, Any], name: str, arms: Sequence[str]) -> list[Drawn]:
    """Every panel and image of a figure.

    Parameters
    ----------
    figure : `hw1.figures.Figure.to_dict()`
    name : begins every identifier, unique in the page
    arms : of the experiment; each looks the same in all its figures
    """
    styles = _styles([panel for panel in figure["panels"] if "series" in panel], arms)
    with _style():
        return [_drawn(panel, f"{name}-{i}", figure["title"], styles) for i, panel in enumerate(figure["panels"])]


@contextmanager
def _style() -> Iterator[None]:
    """Our own settings, whatever a user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def _styles(panels: Sequence[Panel], arms: Sequence[str]) -> dict[str, int]:
    """The number of each series' look: arms come first, references (in ink, from -1 down) last."""
    series = [one for panel in panels for one in panel["series"]]
    named = dict.fromkeys(one["name"] for one in series)
    measured = {one["name"] for one in series if one["low"] or one["mark"] == "points" or one["name"] in arms}
    others = [name for name in named if name not in arms]
    data = [*arms, *(name for name in others if name in measured or not measured)]
    references = [name for name in others if name not in data]
    return {name: i for i, name in enumerate(data)} | {name: -1 - i for i, name in enumerate(references)}


def _drawn(panel: Panel, name: str, figure_title: str, styles: Mapping[str, int]) -> Drawn:
    has_series = "series" in panel
    height = 3.4 + 0.15 * _legend_entries(panel) if has_series else shades.height(panel)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    if has_series:
        note = _paint(axes, panel, styles).note()
        words = described(panel)
    else:
        shades.paint(axes, panel)
        words, note = shades.described(panel), shades.note(panel)
    title = ", ".join(filter(None, [figure_title, spaced(panel["title"])]))
    return Drawn(panel["title"], inline(figure, name, title, words), note)


def _paint(axes: Axes, panel: Panel, styles: Mapping[str, int]) -> Frame:
    """Series, references and legend; the frame says what has no place in it."""
    frame = frame_of(panel)
    frame.apply(axes)
    for series in panel["series"]:
        _series(axes, series, styles[series["name"]], frame, categorical=bool(panel["ticks"]))
    _references(axes, panel)
    if _legend_entries(panel):
        longest = max(map(len, axes.get_legend_handles_labels()[1]))
        columns = 1 if longest > 18 else 2
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, fontsize=10, borderaxespad=0)
    name_axes(axes, panel)
    return frame


def _series(axes: Axes, series: Series, look: int, frame: Frame, *, categorical: bool) -> None:
    color = PALETTE[look % len(PALETTE)] if look >= 0 else INK
    x, y = frame.place(series["x"], series["y"])
    label = None if categorical and series["mark"] == "points" else spaced(series["name"])
    marker = MARKERS[look % len(MARKERS)] if look >= 0 else ""
    if series["mark"] == "points":
        x = _spread(x, y) if categorical else x
        inside = (y != frame.y[0]) & (y != frame.y[1])
        axes.plot(x[inside], y[inside], marker, color=color, mfc="none", mew=1.1, label=label)
    else:
        dashes = DASHES[look % len(DASHES)] if look >= 0 else DASHES[1 + (-look - 1) % 3]
        every = _markevery(len(x), max(look, 0))
        axes.plot(x, y, color=color, dashes=dashes, marker=marker, markevery=every, markerfacecolor=PAPER, label=label)
        if series["low"]:
            _, low = frame.place(series["x"], series["low"])
            _, high = frame.place(series["x"], series["high"])
            axes.fill_between(x, low, high, color=color, alpha=0.16, linewidth=0)
    _labels(axes, series)
    for edge, shape in zip(frame.y, "v^", strict=True):
        axes.plot(x[y == edge], y[y == edge], shape, color=color, markersize=6, clip_on=False, zorder=5)


def _labels(axes: Axes, series: Series) -> None:
    """Texts beside the points that have one."""
    for x, y, text in zip(series["x"], series["y"], series.get("labels", ()), strict=False):
        if text and np.isfinite([x, y]).all():
            axes.annotate(text, (x, y), xytext=(3, 3), textcoords="offset points", fontsize=8, color=INK)


def _references(axes: Axes, panel: Panel) -> None:
    """Levels and places as thin lines in ink, named with their numbers in the legend."""
    dashes = itertools.cycle(REFERENCES)
    for line, named in ((axes.axhline, panel["levels"]), (axes.axvline, panel["places"])):
        for name, at in named.items():
            line(at, color=INK, linewidth=1.1, dashes=next(dashes), label=f"{spaced(name)} ({number(at)})")


def _spread(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points of one arm side by side, in a pattern that depends on their order only."""
    rank = np.argsort(np.argsort(y, kind="stable"), kind="stable")
    return np.asarray(x + ((rank * 0.618034) % 1 - 0.5) * 0.5)


def _markevery(points: int, look: int) -> tuple[int, int]:
    """About six markers on a line, not at the same places as those of its neighbours."""
    step = max(points // 6, 1)
    return (look * max(step // 4, 1)) % step, step


def _legend_entries(panel: Panel) -> int:
    drawn = [s for s in panel["series"] if not (panel["ticks"] and s["mark"] == "points")]
    return len(drawn) + len(panel["levels"]) + len(panel["places"])


def described(panel: Panel) -> str:
    """What a screen reader says: the axes, and where each series begins and ends."""
    scale = " (logarithmic)" if panel["y_log"] else ""
    parts = [f"{panel['y_label']}{scale} over {panel['x_label'] or 'arms'}."]
    parts += [_in_words(series) for series in panel["series"] if series["y"]]
    parts += [f"{spaced(name)} is at {number(at)}." for name, at in {**panel["levels"], **panel["places"]}.items()]
    return " ".join([*parts, TABLE_BELOW])


def _in_words(series: Series) -> str:
    """Where a line begins and ends, or between which numbers points lie."""
    x, y = series["x"], series["y"]
    if series["mark"] == "points":
        return f"{spaced(series['name'])}: {plural(len(y), 'point')} between {number(min(y))} and {number(max(y))}."
    return f"{spaced(series['name'])}: {number(y[0])} at {number(x[0])}, {number(y[-1])} at {number(x[-1])}."
