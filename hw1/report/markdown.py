"""Texts that others wrote, as Markdown in which they are only texts: no elements, no links, no cells of their own."""

import re
from collections.abc import Mapping
from typing import Any

from hw1.documents import printable

_OPENING = re.compile(r"<(?=[A-Za-z/!?])")  # of an element, a comment or an address


def words(text: str) -> str:
    """A text on one line; its own emphasis and code stay, as claims use them in their sentences."""
    return _OPENING.sub("&lt;", " ".join(printable(text).split())).replace("](", "]\\(")


def versions(environment: Mapping[str, Any]) -> str:
    """torch, Python, the device of a run and the processor, if it is named, from its manifest's environment."""
    torch, python, device = (words(str(environment[name])) for name in ("torch", "python", "device"))
    processor = f" ({words(str(environment['processor']))})" if "processor" in environment else ""
    return f"torch {torch}, Python {python}, {device}{processor}"


def cell(text: str) -> str:
    """A text in a row of a table; a stroke in it ends no cell, also after backslashes."""
    return re.sub(r"(\\*)\|", r"\1\1\\|", text)


def code(text: str) -> str:
    """A text as code, so that nothing in it is Markdown, whatever marks of code it has itself."""
    line = " ".join(printable(text).split())
    longest = max(map(len, re.findall("`+", line)), default=0)
    fence, room = "`" * (longest + 1), " " * bool(longest)
    return f"{fence}{room}{line}{room}{fence}"
