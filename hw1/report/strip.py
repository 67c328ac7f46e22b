"""Every seed of a claim as a dot in the effect's own units, with the interval and the number to be passed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape
from matplotlib.ticker import LogLocator, MaxNLocator

from hw1.report.axes import limits
from hw1.report.svg import framed
from hw1.report.words import interval, number, plural, spaced

WIDTH, LEFT, RIGHT = 320.0, 12.0, 308.0  # user units; the page shows them 260 to 416 pixels wide
DOTS, RADIUS = 66.0, 3.4  # height of the dots' middle line
BAR, AXIS, BOTTOM = 118.0, 134.0, 168.0
LETTER = 6.4  # width of a letter or digit


@dataclass(frozen=True)
class Scale:
    """From an effect to its place; infinite effects stand at the ends."""

    low: float
    high: float
    log: bool

    def __call__(self, value: float) -> float:
        """The place of a value, in user units."""
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            value = math.log(value) if 0 < value < math.inf else math.copysign(math.inf, value - 1)
        else:
            low, high = self.low, self.high
        share = (value - low) / (high - low) if math.isfinite(value) else float(value > 0)
        return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)

    def holds(self, value: float) -> bool:
        """Whether a value has a place on the axis."""
        return math.isfinite(value) and (value > 0 or not self.log)

    def ticks(self) -> list[float]:
        """At most seven round numbers."""
        found = _log_ticks(self.low, self.high) if self.log else list(MaxNLocator(6).tick_values(self.low, self.high))
        return [float(tick) for tick in found if self.low <= tick <= self.high]


def strip(record: Mapping[str, Any], name: str) -> Markup:
    """The strip of one decision as an `svg` element; `name` begins its identifiers."""
    verdict, how = record["verdict"], record["scale"]
    scale = scale_of(how, [*record["effects"].values(), verdict["low"], verdict["high"], verdict["effect"]])
    parts = [
        axis_at(AXIS, scale, how["name"]),
        references(scale, how, AXIS),
        interval_at(BAR, scale, verdict),
        _dots(scale, record),
    ]
    title = f"{spaced(how['name'])}, one dot per seed"
    return framed(name, f"0 0 {WIDTH:g} {BOTTOM:g}", title, _described(record), Markup().join(parts), kind="strip")


def scale_of(how: Mapping[str, Any], values: Iterable[float]) -> Scale:
    """The scale on which values have their places, and so have the number to be passed and no effect."""
    neutral = [] if how["neutral"] is None else [how["neutral"]]
    return Scale(*limits([*values, how["threshold"], *neutral], log=how["log"]), how["log"])


def beyond(record: Mapping[str, Any]) -> str:
    """How many seeds have no place on the axis, in words; empty if none."""
    scale = Scale(1.0, 2.0, record["scale"]["log"])
    count = sum(not scale.holds(value) for value in record["effects"].values())
    what = "infinite or zero" if scale.log else "infinite"
    return f"{plural(count, 'seed')} beyond the axis ({what}), drawn as triangles at its end." if count else ""


def _described(record: Mapping[str, Any]) -> str:
    verdict, how = record["verdict"], record["scale"]
    side = f"{'above' if how['above'] else 'below'} {number(how['threshold'])}"
    return (
        f"{plural(verdict['n'], 'seed')}; the claim is seen {side}: {verdict['wins']} show it, "
        f"{verdict['losses']} contradict it. Effect {interval(verdict)}. The table of every seed follows."
    )


def axis_at(y: float, scale: Scale, label: str) -> Markup:
    """The axis with its ticks and label, 34 units high."""
    parts = [Markup('<path class="axis" d="M{} {}H{}"/>').format(LEFT, y, RIGHT)]
    parts += [Markup('<path class="axis" d="M{:.1f} {}v4"/>').format(scale(tick), y) for tick in scale.ticks()]
    parts += [text_at(scale(tick), y + 16, number(tick)) for tick in _named(scale)]
    return Markup().join([*parts, text_at(WIDTH / 2, y + 31, spaced(label))])


def _named(scale: Scale) -> list[float]:
    """The ticks whose numbers stand apart: all of them, or every second, third ... of them."""
    ticks = scale.ticks()
    for step in range(1, len(ticks)):
        room = [(scale(b) - scale(a), len(number(a)) + len(number(b))) for a, b in pairwise(ticks[::step])]
        if all(apart > LETTER / 2 * letters + 4 for apart, letters in room):
            return ticks[::step]
    return ticks[:1]


def references(scale: Scale, how: Mapping[str, Any], bottom: float) -> Markup:
    """The number to be passed with the side that shows the claim, and where there would be no effect."""
    at = scale(how["threshold"])
    edge = RIGHT if how["above"] else LEFT
    shade = Markup('<rect class="side" x="{:.1f}" y="26" width="{:.1f}" height="{}"/>')
    parts = [shade.format(min(at, edge), abs(edge - at), bottom - 26)]
    parts.append(Markup('<path class="threshold" d="M{:.1f} 26V{}"/>').format(at, bottom))
    passed = number(how["threshold"])
    parts.append(text_at(at, 10.0, f"claim: above {passed} →" if how["above"] else f"← claim: below {passed}"))
    if how["neutral"] is not None and how["neutral"] != how["threshold"]:
        none = scale(how["neutral"])
        parts.append(Markup('<path class="neutral" d="M{:.1f} 26V{}"/>').format(none, bottom))
        parts.append(text_at(none, 22.0, "no effect"))
    return Markup().join(parts)


def interval_at(y: float, scale: Scale, verdict: Mapping[str, Any]) -> Markup:
    """The interval as a bar, its middle as a diamond; an infinite end has no cap."""
    low, middle, high = (scale(verdict[key]) for key in ("low", "effect", "high"))
    parts = [Markup('<path class="bar" d="M{:.1f} {}H{:.1f}"/>').format(low, y, high)]
    for key, at in (("low", low), ("high", high)):
        if scale.holds(verdict[key]):
            parts.append(Markup('<path class="bar" d="M{:.1f} {}v10"/>').format(at, y - 5))
    parts.append(Markup('<path class="middle" d="M{:.1f} {}l5 5l-5 5l-5 -5z"/>').format(middle, y - 5))
    return Markup().join(parts)


def _dots(scale: Scale, record: Mapping[str, Any]) -> Markup:
    """Filled: the seed shows the claim. Open: it contradicts it. Cross: a tie."""
    effects, scores = record["effects"], record["scores"]
    seeds = sorted(effects, key=lambda seed: (scale(effects[seed]), int(seed)))
    places = [scale(effects[seed]) for seed in seeds]
    marks = [_mark(x, y, scores[s], effects[s], scale) for s, x, y in zip(seeds, places, stacked(places), strict=True)]
    return Markup().join(marks)


def _mark(x: float, y: float, score: float, effect: float, scale: Scale) -> Markup:
    kind = "won" if score > 0 else "lost" if score < 0 else "tie"
    if not scale.holds(effect):
        way = -1 if x < WIDTH / 2 else 1
        return Markup('<path class="{}" d="M{:.1f} {:.1f}l{} 4l{} 4z"/>').format(
            kind, x - way * 2, y - 4, way * 7, -way * 7
        )
    if kind == "tie":
        return Markup('<path class="tie" d="M{:.1f} {:.1f}l6 6m0 -6l-6 6"/>').format(x - 3, y - 3)
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(kind, x, y, RADIUS)


def stacked(places: Sequence[float]) -> list[float]:
    """Heights for dots at rising places: neighbours do not cover each other, and tall stacks are pressed together."""
    rows: list[list[int]] = []
    ends: list[float] = []
    for i, x in enumerate(places):
        free = next((row for row, end in enumerate(ends) if x - end >= 2 * RADIUS), len(ends))
        if free == len(ends):
            rows.append([])
            ends.append(x)
        rows[free].append(i)
        ends[free] = x
    step = min(2 * RADIUS + 0.6, 74 / max(len(rows) - 1, 1))
    height = {i: DOTS + step * ((row + 1) // 2) * (-1) ** row for row, found in enumerate(rows) for i in found}
    return [height[i] for i in range(len(places))]


def text_at(x: float, y: float, text: str) -> Markup:
    """Text around a place, moved inside the picture where it would leave it."""
    half = LETTER / 2 * len(text)
    anchor, near = ("start", 2.0) if x - half < 2 else ("end", WIDTH - 2) if x + half > WIDTH - 2 else ("middle", x)
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(near, y, anchor, escape(text))


def _log_ticks(low: float, high: float) -> Iterable[float]:
    few = math.log10(high / low) < 2.5
    return [float(t) for t in LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=7).tick_values(low, high)]
