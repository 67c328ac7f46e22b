"""The page in a real browser: it fits a phone, says nothing on the console, asks for nothing, and its filters work."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
# The page in frames of two widths, measured from outside: it has no script of its own.
HARNESS = (Path(__file__).parent / "harness.html").read_text(encoding="utf-8")


def test_the_page_fits_works_and_keeps_to_itself(page, decision, account, tmp_path, browsed):
    text = page(
        decision(),
        decision("a_surprise", ratio=0.5),
        decision("elsewhere", ratio=2.2, family="another_family", experiment="lost", as_registered=False),
        accounts=[account()],
    )
    file = tmp_path / "harness.html"
    file.write_text(HARNESS.replace("TEXT", json.dumps(text).replace("</", "<\\/")), encoding="utf-8")
    by_width, console = browsed(file.as_uri())
    assert console == []
    assert set(by_width) == {"320", "1400"}
    good, surprise, other = (f"claim-{name}-fast" for name in ("deeper_nets_fit_better", "a_surprise", "elsewhere"))
    for found in by_width.values():
        assert found["sideways"] <= 0, "the page scrolls sideways"
        assert found["wide"] == 0, "a picture is wider than the page"
        assert found["nowhere"] == [], "a link leads nowhere"
        assert found["asked"] == [], "the page asks for something"
        assert set(found["all"]) == set(found["again"]) == {good, surprise, other}
        assert found["show-holds"] == [good]
        assert found["show-refuted"] == [surprise]
        assert found["show-inconclusive"] == [other]
        assert set(found["show-unexpected"]) == {surprise, other}
        assert found["show-family-another_family"] == [other]
        assert set(found["show-family-function_fitting"]) == {good, surprise}
