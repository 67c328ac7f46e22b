"""`summary`: what a run showed, in few words, for terminals, the step summaries of CI and badges."""

from argparse import ArgumentParser, Namespace
from collections.abc import Generator
from pathlib import Path

from hw1 import writing
from hw1.commands.machine import text
from hw1.exits import DONE, OTHER, WRONG
from hw1.manifest.reading import read
from hw1.manifest.summary import closing, table

HELP = "what a run showed, as a table; in Markdown for the summary of a CI step, and as a badge"

STATUSES = {
    DONE: "every claim as registered",
    OTHER: "a claim is not as registered, or has no verdict",
    WRONG: "the manifest cannot be read, or the badge cannot be written",
}


def arguments(parser: ArgumentParser) -> None:
    """The manifest, and in which form."""
    parser.add_argument("manifest", metavar="MANIFEST", help="a run writes .hw1/manifest.json")
    parser.add_argument(
        "--markdown", action="store_true", help="as Markdown, surprises first: append it to $GITHUB_STEP_SUMMARY"
    )
    parser.add_argument(
        "--badge", type=text, metavar="FILE", help="also write a badge there: FILE.svg, or FILE.json for shields.io"
    )


def command(options: Namespace) -> Generator[str, None, int]:
    """Print the summary; the status says whether all claims came out as registered."""
    if options.badge is not None:
        writing.check("--badge", options.badge, writing.BADGE, {"the manifest": options.manifest})
        _check_badge(options.badge)
    manifest = read(Path(options.manifest))
    decided, without = manifest["decisions"], manifest["without_verdict"]
    if options.badge is not None:
        from hw1.report.badges import badge

        writing.write(options.badge, badge(manifest, Path(options.badge).suffix), writing.BADGE)
    if options.markdown:
        from hw1.report.steps import lines

        yield from lines(manifest)
    else:
        yield from [*table(decided, without), *closing(decided, without)]
    return OTHER if without or not all(one["as_registered"] for one in decided) else DONE


def _check_badge(path: str) -> None:
    if Path(path).suffix not in (".svg", ".json"):
        raise ValueError(f"--badge {path}: name it .svg for a picture, or .json for the endpoint badge of shields.io")
