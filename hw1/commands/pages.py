"""`pages`: the families' pages under docs/, renewed from the manifest of a run."""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from hw1.commands.machine import text
from hw1.manifest.reading import read

HELP = "renew the families' pages in Markdown from the manifest of a run"


def arguments(parser: ArgumentParser) -> None:
    """The manifest, and the folder of the pages."""
    parser.add_argument("manifest", metavar="MANIFEST", help="a run writes .hw1/manifest.json")
    parser.add_argument("--write", type=text, metavar="DIR", default="docs/families", help="default: docs/families")


def command(options: Namespace) -> Iterator[str]:
    """Write the pages of the families in a manifest, and say which."""
    from hw1.report import families  # loads matplotlib

    asked = shlex.join(["python", "-m", "hw1", "pages", options.manifest, "--write", options.write])
    manifest = read(Path(options.manifest))
    for path in families.update(Path(options.write), manifest, asked):
        yield f"page: {path}"
    for family in families.untouched(manifest):
        yield f"{family}: no claim of it got a verdict in that run, so its page stays as it is"
