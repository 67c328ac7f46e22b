"""A claim in several environments: a row for each with the effect and its interval, and what the source reports."""

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from hw1.report.strip import WIDTH, Scale, axis_at, interval_at, references, scale_of, text_at
from hw1.report.svg import TABLE_BELOW, framed
from hw1.report.words import interval, number, plural, spaced

Record = Mapping[str, Any]
TOP, ROW, BELOW = 40.0, 22.0, 36.0  # user units, as in the strip


def forest(records: Mapping[str, Record], name: str) -> Markup:
    """The forest plot of one claim as an `svg` element.

    Parameters
    ----------
    records : decisions on the same claim, by the letter of their environment
    name : begins its identifiers
    """
    how = next(iter(records.values()))["scale"]
    published = published_of(records)
    ends = [record["verdict"][key] for record in records.values() for key in ("low", "effect", "high")]
    ends += [] if published is None else [published["low"], published["high"]]
    scale = scale_of(how, ends)
    rows = len(records) + (published is not None)
    bottom = TOP + ROW * rows
    parts = [axis_at(bottom, scale, how["name"]), references(scale, how, bottom), *_rows(records, scale)]
    if published is not None:
        parts.append(_mark(TOP + ROW * (rows - 1), scale, published))
    title = f"{spaced(how['name'])} in {plural(len(records), 'environment')}"
    box = f"0 0 {WIDTH:g} {bottom + BELOW:g}"
    return framed(name, box, title, _described(records, published), Markup().join(parts), kind="strip forest")


def published_of(records: Mapping[str, Record]) -> Mapping[str, Any] | None:
    """What the source reports; manifests of older versions say nothing of it."""
    return next((r["published"] for r in records.values() if r.get("published")), None)


def _rows(records: Mapping[str, Record], scale: Scale) -> Iterator[Markup]:
    for i, (letter, record) in enumerate(records.items()):
        y = TOP + ROW * i
        yield text_at(4, y + 4, letter)
        yield interval_at(y, scale, record["verdict"])


def _mark(y: float, scale: Scale, published: Mapping[str, Any]) -> Markup:
    """The published range as a thin box; a single number as a narrow one."""
    low, high = scale(published["low"]), scale(published["high"])
    box = Markup('<rect class="published" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="10"/>')
    named = text_at((low + high) / 2, y + 16, "published")
    return box.format(low - 2, y - 5, high - low + 4) + named


def _described(records: Mapping[str, Record], published: Mapping[str, Any] | None) -> str:
    parts = [f"{letter}: {r['verdict']['outcome']}, {interval(r['verdict'])}." for letter, r in records.items()]
    if published is not None:
        parts.append(f"Published: {reported(published)}.")
    return " ".join([*parts, TABLE_BELOW])


def reported(published: Mapping[str, Any]) -> str:
    """The published number or range."""
    low, high = number(published["low"]), number(published["high"])
    return low if low == high else f"{low} to {high}"
