"""Every link in the pages that people read leads to a file that is there, and to a heading in it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [path for folder in (".", "docs/**", "examples/**") for path in sorted(ROOT.glob(f"{folder}/*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose(page)):
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def test_the_pages_of_every_folder_are_read():
    named = {str(path.relative_to(ROOT)) for path in PAGES}
    assert named >= {
        "README.md",
        "docs/speed.md",
        "docs/evidence/pilot/interpolation.md",
        "examples/own_claims/README.md",
    }


def prose(page):
    """The text of a page without its blocks of code, in which brackets are not links."""
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def headings(page):
    """The anchors of a page, made from its headings in GitHub's way."""
    found = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}
