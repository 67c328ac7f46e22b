"""The page of a comparison: every claim with the verdicts side by side, a forest plot and what the seeds say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hw1 import writing
from hw1.comparison import Compared, Environment
from hw1.comparison.environments import differing, label
from hw1.comparison.words import TITLES, closing, heterogeneity
from hw1.report.forest import forest, published_of, reported
from hw1.report.page import css, environment
from hw1.report.words import SYMBOLS


@dataclass(frozen=True)
class Entry:
    """What the page shows of a claim; no plot where it cannot be compared."""

    id: str
    claim: str
    control: str
    of: Compared
    words: Sequence[str]
    plot: Markup
    published: Mapping[str, Any] | None


def write_comparison(some: Sequence[Environment], found: Sequence[Compared], output: Path) -> None:
    """Write the page; the same manifests give the same bytes. OutputError where it cannot be written."""
    writing.write(output, render_comparison(some, found), writing.PAGE)


def render_comparison(some: Sequence[Environment], found: Sequence[Compared]) -> str:
    """The page as text."""
    apart = differing(some)
    entries = [_entry(one, i) for i, one in enumerate(found)]
    groups = {kind: [entry for entry in entries if entry.of.kind == kind] for kind in TITLES}
    page = environment()
    page.filters["reported"] = reported
    return page.get_template("comparison.html").render(
        environments=some,
        labels={one.letter: label(one, apart) for one in some},
        apart=apart,
        facts=dict.fromkeys(name for one in some for name in one.facts),
        groups={kind: group for kind, group in groups.items() if group},
        titles=TITLES,
        counts={kind: len(group) for kind, group in groups.items()},
        closing=closing(found),
        symbols=SYMBOLS,
        css=css(),
    )


def _entry(one: Compared, number: int) -> Entry:
    key = f"compared-{number}"
    plot = Markup() if one.why else forest(one.records, f"{key}-forest")
    _, _, claim, _, control = one.key
    return Entry(key, claim, control, one, heterogeneity(one), plot, published_of(one.records))
