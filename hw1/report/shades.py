"""Images: matrices drawn as shades of ink, from the page's paper to its ink, so that they read in grey and in print."""

import math
from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from hw1.report.axes import capped, name_axes
from hw1.report.svg import FAINT, INK, PAPER, TABLE_BELOW
from hw1.report.words import number, plural, spaced

GAP = 0.8  # between tiles, in cells; their names stand there
STEPS = 5  # shades in the legend
WRITTEN = 130  # cells up to which each shows its number
Image = Mapping[str, Any]


def height(image: Image) -> float:
    """Inches that a picture of 5 inches of width needs."""
    down, across = mosaic(image)
    rows, columns = shape(image)
    cell = 4.4 / (across * columns + (across - 1) * GAP)  # square cells
    return 1.2 + max(0.22, min(cell, 0.45, 4.4 / rows)) * (down * rows + (down - 1) * GAP)


def shape(image: Image) -> tuple[int, int]:
    """Rows and columns of every tile."""
    values = image["tiles"][0]["values"]
    return len(values), len(values[0])


def mosaic(image: Image) -> tuple[int, int]:
    """Tiles below and beside each other, in a rectangle about one and a half times as wide as high."""
    rows, columns = shape(image)
    tiles = len(image["tiles"])
    across = min(tiles, math.ceil(math.sqrt(1.5 * tiles * (rows + GAP) / (columns + GAP))))
    return math.ceil(tiles / across), across


def paint(axes: Axes, image: Image) -> None:
    """All cells, with a scale above them and names at their sides."""
    down, across = mosaic(image)
    rows, columns = shape(image)
    written = rows * columns <= WRITTEN and len(image["tiles"]) == 1
    for i, tile in enumerate(image["tiles"]):
        left, top = (i % across) * (columns + GAP), (i // across) * (rows + GAP)
        _tile(axes, tile, left, top, _limits(image), written)
        if len(image["tiles"]) > 1:
            axes.text(left, top - 0.08, spaced(tile["name"]), fontsize=8, va="bottom")
    axes.set(xlim=(0, across * (columns + GAP) - GAP), ylim=(down * (rows + GAP) - GAP, 0))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    _names(axes, image)
    _scale(axes, image)
    name_axes(axes, image)


def _tile(axes: Axes, tile: Mapping[str, Any], left: float, top: float, limits: Sequence[float], written: bool) -> None:
    for r, c, value in _cells(tile["values"]):
        if not math.isfinite(value):
            continue
        full = _fullness(value, limits)
        place = (left + c + 0.03, top + r + 0.03)
        axes.add_patch(Rectangle(place, 0.94, 0.94, facecolor=INK, alpha=round(full, 3), linewidth=0, clip_on=False))
        if written:
            color = PAPER if full > 0.55 else INK
            axes.text(left + c + 0.5, top + r + 0.5, _short(value), fontsize=9, color=color, ha="center", va="center")
    rows, columns = len(tile["values"]), len(tile["values"][0])
    frame = Rectangle((left, top), columns, rows, fill=False, edgecolor=FAINT, linewidth=0.8, clip_on=False)
    axes.add_patch(frame)


def _names(axes: Axes, image: Image) -> None:
    """Names of columns and rows where there is one tile; many tiles leave no place for them."""
    if len(image["tiles"]) > 1:
        axes.set(xticks=[], yticks=[])
        return
    across, down = names(image, "columns"), names(image, "rows")
    axes.set_xticks([i + 0.5 for i in range(len(across))], across)
    axes.set_yticks([i + 0.5 for i in range(len(down))], down)
    if max(map(len, across)) * len(across) > 44:
        axes.tick_params(axis="x", labelrotation=90)


def _scale(axes: Axes, image: Image) -> None:
    low, high = _limits(image)
    parts = [i / (STEPS - 1) for i in range(STEPS)]
    axes.legend(
        handles=[
            Patch(facecolor=(INK, part), edgecolor=FAINT, linewidth=0.8, label=number(low + part * (high - low)))
            for part in parts
        ],
        title=fill(image["value_label"], 60),
        loc="lower left",
        bbox_to_anchor=(0, 1.01 if len(image["tiles"]) == 1 else 1.06),
        ncols=STEPS,
        fontsize=10,
        title_fontsize=10,
        handlelength=1.2,
        columnspacing=1.2,
        borderaxespad=0.2,
        alignment="left",
    )


def names(image: Image, side: str) -> list[str]:
    """The names of the columns or rows, or their numbers from 1."""
    count = shape(image)[side == "columns"]
    return [spaced(name) for name in image[side]] or [str(i + 1) for i in range(count)]


def described(image: Image) -> str:
    """What a screen reader says: what is shown, in how many cells, and where the extremes are."""
    rows, columns = shape(image)
    low, high = (number(limit) for limit in image["limits"])
    size = f"{plural(rows, 'row')} ({image['y_label']}) and {plural(columns, 'column')} ({image['x_label']})"
    tiles = "" if len(image["tiles"]) == 1 else f"{len(image['tiles'])} matrices of "
    found = [(value, tile["name"], r, c) for tile in image["tiles"] for r, c, value in _cells(tile["values"])]
    finite = [cell for cell in found if math.isfinite(cell[0])]
    parts = [f"{image['value_label']}, in shades from {low} to {high}: {tiles}{size}."]
    if finite:
        parts.append(f"The largest is {_placed(image, max(finite))}, the smallest {_placed(image, min(finite))}.")
    return " ".join([*parts, TABLE_BELOW])


def note(image: Image) -> str:
    """How many cells are blank because their number is not finite; empty if none are."""
    blank = sum(not math.isfinite(value) for tile in image["tiles"] for *_, value in _cells(tile["values"]))
    return f"{plural(blank, 'cell')} blank: no finite number." if blank else ""


def _placed(image: Image, found: tuple[float, str, int, int]) -> str:
    value, name, r, c = found
    where = f"row {names(image, 'rows')[r]}, column {names(image, 'columns')[c]}"
    return f"{number(value)} in {where}" + (f" of {spaced(name)}" if len(image["tiles"]) > 1 else "")


def _cells(values: Sequence[Sequence[float]]) -> Iterator[tuple[int, int, float]]:
    return ((r, c, float(value)) for r, row in enumerate(values) for c, value in enumerate(row))


def _limits(image: Image) -> tuple[float, float]:
    """The numbers of the faintest and the fullest shade, whose difference must be a float too."""
    low, high = (capped(float(limit), log=False) for limit in image["limits"])
    return low, high


def _fullness(value: float, limits: Sequence[float]) -> float:
    """0 for the faintest number and 1 for the fullest; numbers beyond them look like the nearest."""
    low, high = limits
    return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5


def _short(value: float) -> str:
    """Two decimals, as little as a cell has room for."""
    if abs(value) >= 1e5:
        return number(value)
    decimals = 2 if abs(value) < 1 else 1 if abs(value) < 10 else 0
    text = f"{value:.{decimals}f}".replace("-", "−").removeprefix("0").replace("−0.", "−.")
    return "0" if text in (".00", "−.00") else text
