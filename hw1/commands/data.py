"""`data`: which data sets there are, and where others are looked for."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1.commands.machine import text

HELP = "which data sets there are, and where others are looked for"


def arguments(parser: ArgumentParser) -> None:
    """A data set to fetch, and the folder."""
    add = parser.add_argument
    add("name", nargs="?", choices=("cifar10",), help="fetch this one into the folder, with torchvision")
    add("--data", type=text, metavar="DIR", help="folder to look in (default: the variable HW1_DATA)")


def command(options: Namespace) -> Iterator[str]:
    """Fetch a data set if one is named; then the data sets and where they are."""
    from hw1.data import available, fetch

    if options.name:
        yield fetch(options.name, options.data)
    for name, state in available(options.data).items():
        yield f"{name}: {state}"
