"""Figures as files, for pages of Markdown: SVG that follows day and night, the same bytes for the same numbers."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from hw1 import writing
from hw1.report.contents import Picture, picture
from hw1.report.drawing import Drawn
from hw1.report.markdown import words
from hw1.report.svg import standalone

_ABOUT = re.compile(r"<desc[^>]*>(.*?)[.<]")  # what is drawn over what; the numbers of the series follow


def in_words(shown: Picture, panel: Drawn) -> str:
    """What stands in the place of a panel where pictures are not shown: its titles, and what is drawn over what."""
    about = _ABOUT.search(panel.svg)
    return ": ".join(filter(None, (escape(shown.title), escape(panel.title), about[1] if about else "")))


class Figures:
    """The figures that pages show, written when all pages are made.

    Parameters
    ----------
    folder : where the files are to lie, beside the pages
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, str] = {}

    def lines(self, account: Mapping[str, Any]) -> Iterator[str]:
        """Markdown that shows the first figure of an experiment; nothing where it has none, or none that was made."""
        name = f"{account['experiment']}-{account['tier']}"
        made = (picture(figure, name, account["arms"]) for figure in account.get("figures", ()))
        shown = next((one for one in made if one.panels), None)
        if shown is not None:
            yield f"\n{' '.join(self._images(shown, name))}\n"
            yield f"*{words(shown.title)}.* {words(shown.caption)}"

    def _images(self, shown: Picture, name: str) -> Iterator[str]:
        for i, panel in enumerate(shown.panels, start=1):
            file = f"{name}-{i}.svg"
            self._files[file] = standalone(panel.svg)
            yield f'<img src="{self._folder.name}/{file}" alt="{in_words(shown, panel)}" width="300">'

    def write(self) -> None:
        """Write the files; OutputError where one cannot be, or something else has its name."""
        for name, text in self._files.items():
            writing.write(self._folder / name, text, writing.FIGURE)
