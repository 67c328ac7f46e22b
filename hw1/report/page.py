"""The page: a template filled with the contents of a manifest. The same manifest gives the same bytes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

from hw1 import writing
from hw1.manifest.reading import ManifestError, read, revived
from hw1.manifest.summary import seconds
from hw1.report import words
from hw1.report.contents import Entry, families

TEMPLATES = Path(__file__).parent / "templates"
FILTERS: Sequence[Callable[..., str]] = (
    *(
        words.number,
        words.duration,
        words.ends,
        words.interval,
        words.ranged,
        words.spaced,
        words.titled,
        words.plural,
        words.marked,
        words.redrawn,
        words.resettled,
        words.untrained,
    ),
    *(words.decided, words.measured, words.certainty, words.calibrated, words.judged, words.planned, words.assayed),
)


def write_page(manifest: Path, output: Path) -> None:
    """Make a page of a manifest.

    Raises
    ------
    ManifestError : in one line, where the manifest cannot be read, or is what would be written
    OutputError : where the page cannot be written, or what is there is no page of hw1
    """
    _check_apart(manifest, output)
    _write(read(manifest), manifest, output)


def write_page_of(made: Mapping[str, Any], manifest: Path, output: Path) -> None:
    """Make a page of what a manifest holds, or was to hold, where the file itself could not be written.

    Raises
    ------
    ManifestError : in one line, where the manifest is what would be written
    OutputError : where the page cannot be written, or what is there is no page of hw1
    """
    _check_apart(manifest, output)
    _write(revived(dict(made)), manifest, output)


def _check_apart(manifest: Path, output: Path) -> None:
    if writing.same(output, manifest):
        raise ManifestError(f"{output} is the manifest itself: give another file for the page.")


def _write(made: Mapping[str, Any], manifest: Path, output: Path) -> None:
    try:
        page = render(made)
    except (KeyError, UndefinedError) as error:
        raise ManifestError(f"{manifest} lacks {error}: another version of hw1 wrote it; run again.") from error
    writing.write(output, page, writing.PAGE)


def render(manifest: Mapping[str, Any]) -> str:
    """The whole page as text, from a manifest as `read` gives it."""
    found = families(manifest)
    entries = [entry for family in found for chapter in family.chapters for entry in chapter.entries]
    without = manifest.get("without_verdict", ())
    template = environment().get_template("page.html")
    return template.render(
        manifest=manifest,
        families=found,
        entries=entries,
        elsewhere=sorted({one.get("made_elsewhere", "") for one in manifest["experiments"]} - {""}),
        totals=totals(manifest["decisions"]),
        counts=counts(entries, without),
        without=without,
        symbols=words.SYMBOLS,
        css=css(),
    )


def css() -> str:
    """Colours by day and by night, and what is set in them."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("theme.css", "style.css", "strip.css"))


def totals(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The bound on any false decision, and the seconds; cells that several claims read count once."""
    return {"alpha": sum(record["verdict"]["alpha"] for record in records), "seconds": seconds(records)}


def counts(entries: Sequence[Entry], without: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many claims there are of each outcome, how many are as expected, and how many were asked."""
    outcomes = [entry.record["verdict"]["outcome"] for entry in entries]
    judged = {(entry.record["claim"], entry.record["tier"]) for entry in entries}
    alone = {(one["claim"], one["tier"]) for one in without} - judged  # a trained control belongs to its claim
    return {
        "claims": len(entries),
        "asked": len(entries) + len(alone),
        "without": len(alone),
        "expected": sum(entry.record["as_registered"] for entry in entries),
        "registered": sum(entry.record["status"] == "registered" for entry in entries),
        **{outcome: outcomes.count(outcome) for outcome in words.SYMBOLS},
    }


def environment() -> Environment:
    """The templates, with our numbers and words as filters."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({function.__name__: function for function in FILTERS})
    return made
