"""`carry`: results of earlier code, where the present code would compute the same."""

from argparse import ArgumentParser, Namespace
from collections.abc import Generator

from hw1 import exits
from hw1.commands.machine import add_machine, results_of
from hw1.running.carrying import Carried, carry
from hw1.running.store import MEMORY, Store

HELP = "take over results of earlier code where the present code gives the same bytes for a sample of each arm"
STATUSES = {exits.OTHER: "the present code gives other numbers for some arms, or they depend on something else"}


def arguments(parser: ArgumentParser) -> None:
    """The store of the earlier code, and the one to take its results over into."""
    parser.add_argument("earlier", metavar="STORE", help="results of earlier code; it is left as it is")
    add_machine(parser)


def command(options: Namespace) -> Generator[str, None, int]:
    """A line for each arm in each setting."""
    if options.store == MEMORY:
        raise ValueError("--store :memory: would leave nothing behind: name a file to take the results over into")
    with Store(options.earlier, create=False) as source:
        taken = left = 0
        for one in carry(source, results_of(options)):
            left += one.cells if one.why else 0
            taken += 0 if one.why else one.cells
            if one.cells:
                yield _line(one)
    yield f"{options.store}: {taken} cells taken over from {options.earlier}, {left} left"
    return exits.OTHER if left else exits.DONE


def _line(one: Carried) -> str:
    cells = f"{one.cells} cell{'s' if one.cells > 1 else ''}"
    on = f"; compared on {len(one.witness)} seeds from {one.witness[0]} up" if one.witness else ""
    return f"{one.label}: {cells} left: {one.why}{on}" if one.why else f"{one.label}: {cells} taken over{on}"
