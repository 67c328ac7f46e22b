"""What matplotlib writes, made fit to stand in a page: titled, themed by the page, with identifiers of its own."""

import io
import re
from pathlib import Path

from markupsafe import Markup
from matplotlib.figure import Figure

TABLE_BELOW = "The same numbers are in the table that follows."  # how descriptions end in a page that has it
INK, FAINT, PAPER = "#1a1a1b", "#c9c9cb", "#fefefd"
# Okabe and Ito's colours, which people with colour blindness tell apart, without the yellow that vanishes on paper.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a5a00", "#56b4e9")
# The page says what these are, by day and by night.
_THEME = {INK: "var(--ink)", FAINT: "var(--line)", PAPER: "var(--paper)"} | {
    color: f"var(--c{i})" for i, color in enumerate(PALETTE)
}
_HEAD = re.compile(r"^.*?<svg [^>]*viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
_DROPPED = re.compile(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|font-family: [^;\"]*;?|<!--.*?-->", re.DOTALL)
_COLOURS, _STRIP = (
    (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8") for name in ("theme.css", "strip.css")
)
_SIZE = re.compile(r'^<svg class="([^"]*)" viewBox="0 0 ([\d.]+) ([\d.]+)"')
_PATH = re.compile(r' d="[^"]*"')
_PLACE = re.compile(r"\d+\.\d{2,}")
_BLANK = re.compile(r"<g id=\"[^\"]*\">\s*</g>|<defs>\s*</defs>")


def inline(figure: Figure, name: str, title: str, description: str) -> Markup:
    """A figure as an `svg` element; the same figure gives the same bytes.

    Parameters
    ----------
    name : begins every identifier, unique in the page
    title, description : what a screen reader says in place of the picture
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    head = _HEAD.match(text)
    assert head is not None, "matplotlib begins with <svg viewBox=...>"
    body = _named(_BLANK.sub("", _DROPPED.sub("", text[head.end() : text.rindex("</svg>")])), name)
    return framed(name, head[1], title, description, Markup(_themed(body)), kind="plot")  # noqa: S704 matplotlib escapes


def standalone(svg: Markup) -> str:
    """An `svg` element as a file, by day and by night in its own colours, its coordinates to a tenth of a pixel."""
    head = _SIZE.match(svg)
    assert head is not None, "made by `framed`, from the origin on"
    kind, *sides = head.groups()
    width, height = (f"{float(side):.4g}" for side in sides)
    own = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"{svg[len("<svg") :]}'
    rules = _COLOURS + (_STRIP if kind.startswith("strip") else "")
    style = f"<style>{' '.join(rules.split())} svg {{ font-family: system-ui, sans-serif; }}</style>"
    paper = f'<rect width="{width}" height="{height}" fill="var(--paper)"/>'
    title, end, drawn = own.replace(f" {TABLE_BELOW}", "").partition("</desc>")
    return f"{title}{end}{style}{paper}{_PATH.sub(_shorter, drawn)}\n"


def _shorter(path: re.Match[str]) -> str:
    return _PLACE.sub(lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), path[0])


def framed(name: str, box: str, title: str, description: str, body: Markup, kind: str) -> Markup:
    """Drawing commands as one image with a name and a description; its inner texts are hidden from screen readers."""
    return Markup(
        '<svg class="{}" viewBox="{}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc><g aria-hidden="true">{}</g></svg>'
    ).format(kind, box, name, name, name, title, name, description, body)


def _named(text: str, name: str) -> str:
    """Identifiers that other figures of the page do not have; those that nothing refers to go."""
    used = set(re.findall(r"(?:xlink:href=\"|url\()#([\w.-]+)", text))
    text = re.sub(r" id=\"([\w.-]+)\"", lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    return re.sub(r"(?:xlink:)?(href=\"|url\()#", rf"\1#{name}-", text)


def _themed(text: str) -> str:
    for color, variable in _THEME.items():
        text = text.replace(color, variable)
    return re.sub(r"\s*\n\s*", " ", text)
