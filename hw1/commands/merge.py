"""`merge`: the results of several machines, or shards, in one store."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack

from hw1.commands.machine import text
from hw1.running.merging import merge
from hw1.running.store import MEMORY, Store

HELP = "merge several stores, such as shards leave, into one"


def arguments(parser: ArgumentParser) -> None:
    """The stores to read, and the one to write."""
    parser.add_argument("stores", nargs="+", metavar="STORE", help="stores to read; they are left as they are")
    parser.add_argument(
        "--store",
        type=text,
        default=".hw1/results.sqlite",
        metavar="FILE",
        help="the store to bring them into (default %(default)s)",
    )


def command(options: Namespace) -> Iterator[str]:
    """Merge all, or nothing where two stores contradict each other."""
    if options.store == MEMORY:
        raise ValueError("--store :memory: would leave nothing behind: name a file to bring the results into")
    with ExitStack() as opened:
        sources = [opened.enter_context(Store(path, create=False)) for path in options.stores]
        target = opened.enter_context(Store(options.store))
        merged = merge(target, sources)
        for store in (*sources, target):
            for name in store.found_damaged():
                yield f"{store.path}: {name} is damaged and was left out"
    yield f"{options.store}: {merged.new} cells are new, {merged.known} were known; from {', '.join(options.stores)}"
