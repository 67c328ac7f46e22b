"""Figures as files beside the families' pages: what is in them, and that they never take another file's place."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hw1.report.illustrations import Figures
from hw1.writing import OutputError

PAGES = Path(__file__).parents[2] / "docs/families"
SVG = "{http://www.w3.org/2000/svg}"


def panel(title=""):
    line = {"name": "deep", "x": [1, 2, 3], "y": [0.012345, 0.25, 0.5], "low": [], "high": [], "mark": "line"}
    points = {"name": "every <seed>", "x": [1, 2, 3], "y": [0.1, 0.3, 0.5], "low": [], "high": [], "mark": "points"}
    axes = {"x_label": "updates", "y_label": "loss", "title": title, "x_log": False, "y_log": True, "ticks": []}
    return {**axes, "levels": {}, "places": {}, "series": [line, points]}


@pytest.fixture
def account():
    first = {"title": "Deep & shallow", "caption": "What | follows.", "panels": [panel("on train"), panel("on test")]}
    figures = [{"name": "figure_broken", "error": "ValueError: no"}, first, {**first, "title": "Another"}]
    return {"experiment": "depth", "tier": "fast", "arms": ["deep"], "figures": figures}


def made(folder, account):
    figures = Figures(folder / "figures")
    lines = list(figures.lines(account))
    figures.write()
    return "\n".join(lines)


def test_the_first_figure_that_could_be_made_is_shown_panel_by_panel(tmp_path, account):
    text = made(tmp_path, account)
    assert re.findall(r'src="([^"]*)"', text) == ["figures/depth-fast-1.svg", "figures/depth-fast-2.svg"]
    assert 'alt="Deep &amp; shallow: on train: loss (logarithmic) over updates"' in text
    assert "*Deep & shallow.* What | follows." in text
    assert {file.name for file in (tmp_path / "figures").iterdir()} == {"depth-fast-1.svg", "depth-fast-2.svg"}


def test_a_file_is_a_picture_of_its_own_with_colours_for_day_and_night_and_all_its_words(tmp_path, account):
    made(tmp_path, account)
    file = tmp_path / "figures/depth-fast-1.svg"
    root = ElementTree.parse(file).getroot()
    assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text
    assert "deep: 0.0123 at 1, 0.5 at 3" in root.find(f"{SVG}desc").text
    assert "table" not in root.find(f"{SVG}desc").text
    words = {"".join(text.itertext()).strip() for text in root.iter(f"{SVG}text")}
    assert {"updates", "loss", "0.02", "0.05"} <= words, "paths are rounded, numbers that are read are not"
    used = set(re.findall(r"var\((--[\w]+)\)", file.read_text()))
    assert all(f"{name}:" in root.find(f"{SVG}style").text for name in used)


def test_the_same_numbers_give_the_same_bytes(tmp_path, account):
    one, two = (tmp_path / name for name in ("one", "two"))
    assert made(one, account) == made(two, account)
    files = [sorted((place / "figures").iterdir()) for place in (one, two)]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]


def test_without_a_figure_nothing_is_said_or_written(tmp_path, account):
    assert made(tmp_path, {**account, "figures": account["figures"][:1]}) == ""
    assert made(tmp_path, {key: value for key, value in account.items() if key != "figures"}) == ""
    assert not (tmp_path / "figures").exists()


def test_an_earlier_figure_is_renewed_and_another_picture_is_left(tmp_path, account):
    made(tmp_path, account)
    made(tmp_path, account)
    other = tmp_path / "figures/depth-fast-2.svg"
    other.write_text('<svg xmlns="http://www.w3.org/2000/svg"><!-- mine --></svg>')
    with pytest.raises(OutputError, match="not a figure of hw1"):
        made(tmp_path, account)
    assert "mine" in other.read_text()


def test_every_file_beside_the_pages_is_shown_and_every_one_shown_is_there():
    shown = {name for page in PAGES.glob("*.md") for name in re.findall(r'src="figures/([^"]*)"', page.read_text())}
    assert shown == {file.name for file in (PAGES / "figures").iterdir()}
    assert len(shown) > 50
