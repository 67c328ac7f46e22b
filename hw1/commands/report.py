"""`report`: the page of a run that is over."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from hw1 import writing

HELP = "one page of HTML from the manifest of a run"


def arguments(parser: ArgumentParser) -> None:
    """The manifest and the page."""
    parser.add_argument("manifest", metavar="MANIFEST", help="a run writes .hw1/manifest.json")
    parser.add_argument("--output", metavar="FILE", help="default: MANIFEST with .html")


def command(options: Namespace) -> Iterator[str]:
    """Write the page."""
    from hw1.report import write_page  # loads matplotlib

    manifest = Path(options.manifest)
    output = manifest.parent / f"{manifest.stem}.html" if options.output is None else Path(options.output)
    writing.check("--output", output if options.output is None else options.output, writing.PAGE)
    write_page(manifest, output)
    yield f"report: {output}"
