"""`site`: a folder of static pages from the manifests of runs."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from hw1.commands.machine import text
from hw1.manifest.reading import read

HELP = "a site of static pages from the manifests of runs: a gallery of the claims, and a page for each"


def arguments(parser: ArgumentParser) -> None:
    """The folder, and the manifests."""
    parser.add_argument("folder", type=text, metavar="DIR", help="new or empty, or an earlier site, which is renewed")
    parser.add_argument(
        "manifests",
        nargs="+",
        metavar="MANIFEST",
        help="a run writes .hw1/manifest.json; several are joined: of fast and full, of claims and trained controls",
    )


def command(options: Namespace) -> Iterator[str]:
    """Write the site."""
    from hw1.report.site import check_site, joined, site, write_site  # loads matplotlib

    folder = Path(options.folder)
    check_site(folder)
    files = site(joined({name: read(Path(name)) for name in options.manifests}))
    write_site(folder, files)
    yield f"site: {folder / 'index.html'}, {len(files)} files"
