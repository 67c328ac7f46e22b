"""Figures are drawn so that they can be told apart, and what has no place on an axis is counted."""

import math
import re

import pytest
from matplotlib.figure import Figure

from hw1.report.axes import frame_of, limits, name_axes
from hw1.report.drawing import DASHES, MARKERS, described, draw
from hw1.report.strip import LEFT, RIGHT, Scale, _named, axis_at, stacked
from hw1.report.svg import PALETTE
from hw1.report.tables import MOST, tables
from hw1.report.words import duration, marked, number

ARMS = ("deep", "shallow")


def panel(*series, **changes):
    made = {"x_label": "updates", "y_label": "loss", "title": "", "x_log": False, "y_log": True, "ticks": []}
    return {**made, "levels": {}, "places": {}, "series": list(series), **changes}


def series(name="deep", x=(1, 2, 3), y=(1.0, 2.0, 3.0), mark="line", low=(), high=()):
    return {"name": name, "x": list(x), "y": list(y), "low": list(low), "high": list(high), "mark": mark}


def svg(*panels, arms=ARMS):
    return draw({"title": "t", "panels": panels}, "f", arms)


def test_numbers_that_have_no_place_stand_at_the_edge_and_are_counted():
    (drawn,) = svg(panel(series(y=(math.inf, 1.0, 0.0)), series("shallow", y=(1.0, math.inf, 2.0))))
    assert drawn.note == (
        "▲ at the upper edge: 2 infinite numbers. "
        "▼ at the lower edge: 1 number, zero or below, which a logarithmic axis cannot show."
    )
    frame = frame_of(panel(series(y=(math.inf, 1.0, 0.0))))
    assert frame.place((1, 2, 3), (math.inf, 1.0, 0.0))[1].tolist() == [frame.y[1], 1.0, frame.y[0]]


def test_a_band_whose_quartile_is_infinite_is_filled_to_the_edge():
    (drawn,) = svg(panel(series(low=(0.5, 1, 2), high=(2, math.inf, math.inf)), y_log=False))
    assert "fill-opacity: 0.16" in drawn.svg
    assert drawn.note == ""


def test_a_panel_of_infinities_only_is_drawn():
    (drawn,) = svg(panel(series(y=(math.inf,) * 3)))
    assert "3 infinite numbers" in drawn.note


@pytest.mark.parametrize("mark", ["line", "points"])
def test_arms_differ_in_marker_line_and_colour_and_keep_them_in_every_panel(mark):
    both = svg(panel(series(mark=mark), series("shallow", mark=mark)), panel(series("shallow", mark=mark)))
    assert "var(--c0)" in both[0].svg
    assert "var(--c1)" in both[0].svg
    assert "var(--c1)" in both[1].svg
    assert "var(--c0)" not in both[1].svg
    if mark == "line":
        assert "stroke-dasharray" in both[0].svg
    assert len({(i % len(PALETTE), i % len(DASHES), i % len(MARKERS)) for i in range(24)}) == 24


def test_a_reference_curve_is_in_ink_beside_arms():
    (drawn,) = svg(panel(series(), series("target")))
    assert "var(--c1)" not in drawn.svg
    assert ">target<" in drawn.svg


def test_a_long_label_is_broken_where_slanted_names_leave_a_low_axis():
    figure = Figure(figsize=(5, 3), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xticks(range(6), ["learning rates, second"] * 6, rotation=30, ha="right")
    name_axes(axes, {"x_label": "solution", "y_label": "rise of the loss nearby (nats)"})
    figure.draw_without_rendering()
    label = axes.yaxis.label.get_window_extent()
    assert axes.yaxis.label.get_text().split("\n") == ["rise of the loss nearby", "(nats)"]
    assert label.height <= axes.bbox.height


def test_a_text_stands_beside_its_point_and_its_number():
    path = {**series(x=(1, 3, 2), y=(1.0, 2.0, math.inf)), "labels": ["10 %", "", "97 %"]}
    (drawn,) = svg(panel(path, y_log=False))
    assert ">10 %<" in drawn.svg
    assert ">97 %<" not in drawn.svg  # its point is beyond the axis
    (table,) = tables(panel(path))
    assert table.rows == [["1", "1 (10 %)"], ["3", "2"], ["2", "∞ (97 %)"]]


def test_no_colour_and_no_font_of_the_drawing_library_is_left():
    (drawn,) = svg(panel(series(low=(1, 1, 1), high=(3, 3, 3)), levels={"a": 2}, places={"b": 2}))
    assert not re.search(r"#[0-9a-f]{6}", drawn.svg)
    assert "font-family" not in drawn.svg


def test_points_of_an_arm_lie_side_by_side_always_the_same_way():
    strips = panel(series(x=(0, 0, 0), mark="points"), series("shallow", x=(1, 1), y=(1, 2), mark="points"), ticks=ARMS)
    first, second = svg(strips), svg(strips)
    assert first == second
    assert len(set(re.findall(r"<use href=\"#f-0-\w+\" x=\"([\d.]+)\"", first[0].svg))) > 4


def test_limits_come_from_finite_numbers_that_the_axis_has_a_place_for():
    assert limits([1.0, 2.0, math.inf, math.nan], log=False) == pytest.approx((0.94, 2.06))
    low, high = limits([0.0, 1.0, 100.0, math.inf], log=True)
    assert 0.7 < low < 1
    assert 100 < high < 140
    assert limits([5.0], log=False) == pytest.approx((4.7, 5.3))
    assert frame_of(panel(ticks=ARMS)).x == (-0.6, 1.6)


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("value", [1.7e308, 1e200, 1e-200, 5e-324])
def test_an_axis_ends_before_its_length_is_no_number(log, value):
    """The difference of 1e308 and its negative is infinite, and so is its quotient by 1e-308."""
    for pair in ((value, -value), (value, 1.0), (value, 1.1 * value)):
        low, high = limits(pair, log=log)
        assert -math.inf < low < high < math.inf
        assert not log or high / low < math.inf
        assert LEFT <= Scale(low, high, log)(value) <= RIGHT
        assert Scale(low, high, log).ticks() is not None


def test_numbers_beyond_the_ends_of_an_axis_stand_at_its_edge_and_are_counted():
    (drawn,) = svg(panel(series(y=(1e200, -1e300, 0.0)), y_log=False))
    up, down = "▲ at the upper edge: 1 number beyond 10¹⁰⁰. ", "▼ at the lower edge: 1 negative number beyond 10¹⁰⁰."
    assert drawn.note == up + down
    (drawn,) = svg(panel(series(y=(1e-200, 1.0, 2.0), x=(1.0, 1e300, 2.0))))
    low = "▼ at the lower edge: 1 number, below 10⁻¹⁰⁰, which a logarithmic axis cannot show. "
    assert drawn.note == low + "1 number beside the axis, in the table only."


def test_the_description_says_where_each_series_begins_and_ends():
    text = described(panel(series(), series("shallow", mark="points"), levels={"chance": 0.1}))
    assert text == (
        "loss (logarithmic) over updates. deep: 1 at 1, 3 at 3. shallow: 3 points between 1 and 3. chance is at 0.1. "
        "The same numbers are in the table that follows."
    )


def test_tables_hold_the_numbers_of_the_picture():
    banded, cloud = tables(panel(series(low=(0.5, 1, 2), high=(2, 3, math.inf)), series("pairs", mark="points")))
    assert banded.rows[2] == ["3", "3 [2, ∞]"]
    assert cloud.rows == [["1", "1"], ["2", "2"], ["3", "3"]]
    (ranked,) = tables(panel(series(y=(3, 1), mark="points"), series("b", y=(2,), mark="points"), ticks=["deep", "b"]))
    assert ranked.rows == [["1", "1", "2"], ["2", "3", ""]]


def test_long_series_are_thinned_and_say_so():
    (table,) = tables(panel(series(x=range(1000), y=range(1000))))
    assert len(table.rows) <= MOST + 1
    assert [table.rows[0][0], table.rows[-1][0]] == ["0", "999"]
    assert "of 1000 rows" in table.caption


def test_dots_that_would_cover_each_other_are_stacked_and_stay_inside():
    heights = stacked([10.0] * 30 + [200.0])
    assert len(set(heights[:30])) == 30
    assert max(heights) - min(heights) < 80
    assert heights[30] == stacked([1.0])[0]


def test_a_scale_puts_infinities_at_its_ends():
    scale = Scale(1.0, 100.0, log=True)
    assert scale(math.inf) == scale(100.0) > scale(10.0) > scale(1.0) == scale(0.0)
    assert scale.ticks() == [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0] or len(scale.ticks()) <= 7


@pytest.mark.parametrize(("high", "shown"), [(3e5, "1 10 100 1,000 10,000 100,000"), (9e7, "1 100 10,000 10⁶")])
def test_the_numbers_of_an_axis_stand_apart_and_under_their_ticks(high, shown):
    scale = Scale(0.5, high, log=True)
    found = re.findall(r'x="([\d.]+)" y="16.0" text-anchor="middle">([^<]+)</text>', axis_at(0.0, scale, "ratio"))
    assert [text for _, text in found] == shown.split()
    assert all(
        float(x) == pytest.approx(scale(tick), abs=0.05) for (x, _), tick in zip(found, _named(scale), strict=True)
    )


def test_numbers_and_times_are_written_as_by_hand():
    values = (0.1234, -2.0, 123456.0, 1.5e-7, 1e-5, math.inf, -math.inf, 0.0)
    assert [number(v) for v in values] == ["0.123", "−2", "123,456", "1.5 × 10⁻⁷", "10⁻⁵", "∞", "−∞", "0"]
    assert [duration(s) for s in (0.2, 75, 600, 7200)] == ["under 1 s", "75 s", "10 min", "2.0 h"]


def test_sources_are_linked_where_they_hold_an_address():
    assert str(marked("Zhang, arXiv:1611.03530, p. 2 <b>")) == (
        'Zhang, <a href="https://arxiv.org/abs/1611.03530">arXiv:1611.03530</a>, p. 2 &lt;b&gt;'
    )


def test_backquotes_are_code_in_which_nothing_is_a_link_or_an_element():
    assert str(marked("`a <b>` and `arXiv:1611.03530`, not a ` alone")) == (
        "<code>a &lt;b&gt;</code> and <code>arXiv:1611.03530</code>, not a ` alone"
    )
