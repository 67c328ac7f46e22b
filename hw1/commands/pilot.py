"""`pilot`: may a claim be in the fast tier?"""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1 import writing
from hw1.commands.machine import add_machine, check_write, results_of
from hw1.commands.names import named
from hw1.machine.environment import made_with
from hw1.registry import experiments_of
from hw1.trust import pilot

HELP = "train 96 development seeds and say which claims may be in the fast tier"


def arguments(parser: ArgumentParser) -> None:
    """Claims, and where to keep the table."""
    parser.add_argument("names", nargs="*", metavar="CLAIM|EXPERIMENT|FAMILY", help="default: all of the fast tier")
    parser.add_argument("--write", metavar="FILE", help="keep the table as Markdown")
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """96 development seeds of some claims or experiments; `--write` keeps the table."""
    check_write(options)
    claims = named(options.names, "fast")
    results = results_of(options)
    done = list(pilot.pilot(claims, results))
    yield from pilot.table(done)
    cost = pilot.seconds(experiments_of(claims), results)
    yield from (f"{name}: {seconds:.0f} s on one core" for name, seconds in cost.items())
    if options.write is not None:
        call = shlex.join(["python", "-m", "hw1", "pilot", *options.names, "--write", options.write])
        writing.write(options.write, pilot.markdown(done, cost, call, made_with()), writing.MARKDOWN)
