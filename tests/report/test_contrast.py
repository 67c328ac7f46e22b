"""Every colour that pages use is told from its ground, by day, by night and in print: WCAG 2.2 AA, computed."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "hw1/report/templates"
TEXTS = ("ink", "quiet", "link", "for", "against", "open", "bad")  # 4.5 (1.4.3)
DRAWN = (
    "c0",
    "c1",
    "c2",
    "c3",
    "c4",
    "c5",
    "link",
    "quiet",
    "ink",
)  # lines, dots, outlines, borders of fields: 3 (1.4.11)


def themes():
    """The variables by day, by night and in print."""
    day, night = re.findall(r":root \{(.*?)\}", (TEMPLATES / "theme.css").read_text(), re.DOTALL)
    (paper,) = re.findall(r"@media print \{\s*:root \{(.*?)\}", (TEMPLATES / "style.css").read_text(), re.DOTALL)
    light = variables(day)
    return {"day": light, "night": light | variables(night), "print": light | variables(paper)}


def variables(rules):
    return dict(re.findall(r"--([\w-]+):\s*(#\w+);", rules))


def channels(colour):
    """Red, green, blue and opacity of #rgb, #rrggbb or #rrggbbaa, each from 0 to 1."""
    digits = colour[1:] if len(colour) > 4 else "".join(2 * digit for digit in colour[1:])
    return [int(digits[i : i + 2], 16) / 255 for i in range(0, 6, 2)], int(digits[6:8] or "ff", 16) / 255


def over(colour, ground, opacity=None):
    """A colour laid over an opaque one."""
    (above, alpha), (below, _) = channels(colour), channels(ground)
    alpha = alpha if opacity is None else opacity
    return "#" + "".join(f"{round(255 * (alpha * a + (1 - alpha) * b)):02x}" for a, b in zip(above, below, strict=True))


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour)[0]]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """The contrast ratio of two opaque colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_that_of_the_standard():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the grey that just fails
    assert over("#ffffff80", "#000000") == "#808080"


@pytest.mark.parametrize("name", ["day", "night", "print"])
def test_texts_and_drawings_are_told_from_their_grounds(name):
    theme = themes()[name]
    grounds = {one: theme[one] for one in ("paper", "card")}
    grounds["a surprise"] = over(theme["bad"], theme["paper"], 0.09)  # .unexpected of style.css
    grounds["the side of the claim"] = over(theme["side"], theme["paper"])
    low = [(one, at, contrast(theme[one], ground)) for one in TEXTS for at, ground in grounds.items()]
    assert [found for found in low if found[2] < 4.5] == []
    drawn = [(one, at, contrast(theme[one], ground)) for one in DRAWN for at, ground in grounds.items()]
    assert [found for found in drawn if found[2] < 3] == []
    assert contrast(theme["paper"], theme["link"]) >= 4.5, "the words of a button"


def test_the_mixture_of_a_surprise_is_the_one_that_is_computed_here():
    assert "color-mix(in srgb, var(--bad) 9%, transparent)" in (TEMPLATES / "style.css").read_text()


def test_no_colour_stands_outside_of_the_themes():
    for path in [*TEMPLATES.rglob("*.css")]:
        rules = re.sub(r":root \{.*?\}", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", rules), path.name
