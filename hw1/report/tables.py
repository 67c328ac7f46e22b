"""The numbers of a figure as tables: the same as in the picture, for those who cannot or would not read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from hw1.report import shades
from hw1.report.words import number, plural, spaced

MOST = 60  # rows; longer series are thinned, and the manifest has them whole


@dataclass(frozen=True)
class Table:
    """Headings, rows of texts (the first of each names the row), and what they are."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(panel: Mapping[str, Any]) -> list[Table]:
    """The tables of a panel: one per set of x positions, one for the arms of a strip, one per cloud of points.

    An image has one, with a row per row of its matrices.
    """
    if "tiles" in panel:
        return [_matrices(panel)]
    points = [series for series in panel["series"] if series["mark"] == "points"]
    lines = [series for series in panel["series"] if series["mark"] != "points"]
    groups: dict[tuple[float, ...], list[Mapping[str, Any]]] = {}
    for series in lines:
        groups.setdefault(tuple(series["x"]), []).append(series)
    found = [_lines(panel, x, group) for x, group in groups.items()]
    if panel["ticks"]:
        return [*found, *([_strip(panel, points)] if points else [])]
    return [*found, *(_cloud(panel, series) for series in points)]


def _lines(panel: Mapping[str, Any], x: Sequence[float], group: Sequence[Mapping[str, Any]]) -> Table:
    """A row per x: the number, or median with quartiles, of every series."""
    every = -(-len(x) // MOST)
    kept = sorted({*range(0, len(x), every), len(x) - 1}) if x else []
    thinned = f"; {len(kept)} of {len(x)} rows, all are in the manifest" if every > 1 else ""
    banded = "; median [quartiles] over the seeds" if any(series["low"] for series in group) else ""
    places = panel["ticks"]
    heads = [panel["x_label"] or "arm", *(spaced(series["name"]) for series in group)]
    rows = [[_place(x[i], places), *(_cell(series, i) for series in group)] for i in kept]
    return Table(f"{panel['y_label']}{banded}{thinned}", heads, rows)


def _strip(panel: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> Table:
    """A column per arm, every seed's number in rising order."""
    heads = ["rank", *(spaced(series["name"]) for series in points)]
    columns = [map(number, sorted(series["y"])) for series in points]
    rows = [[str(rank), *row] for rank, row in enumerate(zip_longest(*columns, fillvalue=""), start=1)]
    return Table(f"{panel['y_label']}; every seed, in rising order", heads, rows)


def _cloud(panel: Mapping[str, Any], series: Mapping[str, Any]) -> Table:
    pairs = sorted(zip(series["x"], series["y"], strict=True))
    rows = [[number(x), number(y)] for x, y in pairs]
    return Table(f"{spaced(series['name'])}: {plural(len(rows), 'point')}", [panel["x_label"], panel["y_label"]], rows)


def _matrices(image: Mapping[str, Any]) -> Table:
    """The rows of all matrices below each other."""
    tiles = image["tiles"]
    banded = "; median [quartiles] over the seeds" if any(tile["low"] for tile in tiles) else ""
    rows = [
        [f"{spaced(tile['name'])}, {row}" if len(tiles) > 1 else row, *_matrix_row(tile, r)]
        for tile in tiles
        for r, row in enumerate(shades.names(image, "rows"))
    ]
    caption = f"{image['value_label']}; columns: {image['x_label']}{banded}"
    return Table(caption, [image["y_label"], *shades.names(image, "columns")], rows)


def _matrix_row(tile: Mapping[str, Any], r: int) -> list[str]:
    ends = (tile["low"][r], tile["high"][r]) if tile["low"] else ()
    return [_banded(*cell) for cell in zip(tile["values"][r], *ends, strict=True)]


def _place(x: float, ticks: Sequence[str]) -> str:
    named = float(x).is_integer() and 0 <= x < len(ticks)
    return spaced(ticks[int(x)]) if named else number(x)


def _cell(series: Mapping[str, Any], i: int) -> str:
    ends = (series["low"][i], series["high"][i]) if series["low"] else ()
    label = series["labels"][i] if series.get("labels") else ""
    return _banded(series["y"][i], *ends) + (f" ({label})" if label else "")


def _banded(middle: float, *ends: float) -> str:
    return f"{number(middle)} [{', '.join(map(number, ends))}]" if ends else number(middle)
