"""Images are drawn in shades that read without colour, beside the same numbers in words and in a table."""

import math
import re

import pytest

from hw1.report.drawing import draw
from hw1.report.shades import described, mosaic
from hw1.report.tables import tables

EYE = [[1.0, 0.0], [0.25, 0.75]]


def image(*matrices, limits=(0.0, 1.0), **changes):
    made = {"x_label": "predicted", "y_label": "true", "value_label": "share", "title": "", "columns": [], "rows": []}
    tiles = [{"name": f"filter_{i}", "values": m, "low": [], "high": []} for i, m in enumerate(matrices or [EYE])]
    return {**made, "tiles": tiles, "limits": list(limits), **changes}


def svg(made):
    (drawn,) = draw({"title": "t", "panels": [made]}, "f", ["deep"])
    return drawn


def shades(drawn):
    """How full each cell is, in the order of drawing, empty ones left out; the legend's four come last."""
    found = re.findall(r"style=\"fill: var\(--ink\);?( (?:fill-)?opacity: [\d.]+)?[^\"]*\"", drawn.svg)
    return [float(part.rpartition(" ")[2]) if part else 1.0 for part in found]


def test_a_cell_is_as_full_as_its_number_is_large_between_the_limits():
    legend = [0.25, 0.5, 0.75, 1]
    assert shades(svg(image([[0.0, 0.25], [0.5, 1.0]]))) == [0.25, 0.5, 1, *legend]
    signed = svg(image([[-1.0, 0.0], [1.0, 9.0]], limits=(-2.0, 2.0)))
    assert shades(signed) == [0.25, 0.5, 0.75, 1, *legend]
    assert re.findall(r">(−?\d)</text>", signed.svg)[-5:] == ["−2", "−1", "0", "1", "2"]


def test_shades_are_of_one_ink_that_day_and_night_choose():
    drawn = svg(image(EYE, EYE))
    assert not re.search(r"#[0-9a-f]{6}|var\(--c\d\)|font-family", drawn.svg)


def test_cells_say_their_number_where_there_is_room_in_ink_or_in_paper():
    written = svg(image([[0.9, -0.04, -0.001], [12.3, 2.5, -1.02]], limits=(0.0, 1.0)))
    texts = re.findall(r">(−?[\d.]+)</text>", written.svg)
    assert texts[-11:-5] == [".90", "−.04", "0", "12", "2.5", "−1.0"]
    assert re.search(r"fill: var\(--paper\)[^>]*>\.90<", written.svg)
    assert not re.search(r"fill: var\(--paper\)[^>]*>−\.04<", written.svg)
    assert ">.90<" not in svg(image([[0.9] * 200])).svg


def test_numbers_that_are_not_finite_leave_blank_cells_that_are_counted():
    drawn = svg(image([[1.0, math.inf], [math.inf, 0.5]]))
    assert drawn.note == "2 cells blank: no finite number."
    assert shades(drawn) == [1, 0.5, 0.25, 0.5, 0.75, 1]
    assert "largest is 1 in row 1, column 1, the smallest 0.5 in row 2, column 2." in described(
        image([[1.0, math.inf], [math.inf, 0.5]])
    )
    assert svg(image([[math.inf]])).note == "1 cell blank: no finite number."


def test_huge_numbers_have_their_shades_and_few_digits():
    drawn = svg(image([[1e308, -1e308], [0.0, 123456.0]], limits=(-1e308, 1e308)))
    assert shades(drawn)[:3] == [1, 0.5, 0.5]  # the second is empty
    texts = re.findall(r">([^<]+)</text>", drawn.svg)
    assert {"10³⁰⁸", "−1 × 10³⁰⁸", "123,456"} <= set(texts)
    assert max(map(len, texts)) < 12
    assert "not measured" not in drawn.svg


def test_one_number_alone_has_a_shade():
    assert shades(svg(image([[3.0]], limits=(3.0, 3.0))))[0] == 0.5


def test_the_description_says_what_is_shown_and_where_the_extremes_are():
    assert described(image(rows=["cat", "big_dog"], columns=["cat", "big_dog"])) == (
        "share, in shades from 0 to 1: 2 rows (true) and 2 columns (predicted). "
        "The largest is 1 in row cat, column cat, the smallest 0 in row cat, column big dog. "
        "The same numbers are in the table that follows."
    )
    assert "3 matrices of 2 rows" in described(image(EYE, EYE, EYE))
    assert "in row 1, column 1 of filter 1" in described(image([[0.5]], [[0.7]]))


@pytest.mark.parametrize(
    ("tiles", "matrix", "expected"), [(1, EYE, (1, 1)), (32, EYE, (5, 7)), (16, [[1.0] * 5], (6, 3))]
)
def test_tiles_lie_in_a_rectangle_that_holds_them_all(tiles, matrix, expected):
    down, across = mosaic(image(*[matrix] * tiles))
    assert (down, across) == expected
    assert down * across >= tiles > (down - 1) * across


def test_the_table_holds_the_numbers_of_the_image():
    (one,) = tables(image(rows=["cat", "dog"], columns=["cat", "dog"]))
    assert (one.head, one.rows) == (["true", "cat", "dog"], [["cat", "1", "0"], ["dog", "0.25", "0.75"]])
    (many,) = tables(image(EYE, [[math.inf, -1.0], [0.0, 0.0]]))
    assert many.rows[2] == ["filter 1, 1", "∞", "−1"]
    banded = image()
    banded["tiles"][0] |= {"low": [[0.5, 0.0], [0.0, 0.5]], "high": [[1.0, 0.5], [0.5, 1.0]]}
    (quartiles,) = tables(banded)
    assert quartiles.rows[1] == ["2", "0.25 [0, 0.5]", "0.75 [0.5, 1]"]
    assert quartiles.caption == "share; columns: predicted; median [quartiles] over the seeds"


def test_panels_and_images_stand_in_one_figure_in_their_order():
    panel = {"x_label": "x", "y_label": "y", "title": "a", "x_log": False, "y_log": False, "ticks": []}
    panel |= {"levels": {}, "places": {}}
    panel["series"] = [{"name": "deep", "x": [0, 1], "y": [0, 1], "low": [], "high": [], "mark": "line"}]
    drawn = draw({"title": "t", "panels": [panel, image(title="b"), panel]}, "f", ["deep"])
    assert [one.title for one in drawn] == ["a", "b", "a"]
