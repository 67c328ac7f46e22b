"""hw1 by hand: `python -m hw1 list | run | pilot | register | card | report | data`."""

import argparse
import sys
from collections.abc import Sequence

from hw1 import commands
from hw1.computing import CellError
from hw1.registration import EVIDENCE, RegistrationError
from hw1.registry import TIERS
from hw1.store import StoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; wrong input is one line on stderr and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        for line in options.command(options):
            print(line, flush=True)
    except (ValueError, CellError, RegistrationError, StoreError) as error:
        print(f"hw1: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hw1", description="The claims of a first deep-learning course, by hand."
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    verb = verbs.add_parser("list", help="families, experiments and claims, and what is registered")
    verb.set_defaults(command=commands.listing)
    verb = verbs.add_parser("run", help="train one experiment, show its tables and what its claims score")
    verb.add_argument("experiment")
    verb.add_argument("--tier", default="fast", choices=TIERS)
    verb.add_argument("--arms", nargs="+", metavar="ARM", help="only these arms (default: all)")
    verb.add_argument("--seeds", type=int, metavar="N", help="number of seeds (default: as registered)")
    verb.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the setting")
    verb.add_argument(
        "--block", type=int, default=0, metavar="B", help=f"block of seeds (default 0; {EVIDENCE} is the evidence)"
    )
    _add_machine(verb)
    verb.set_defaults(command=commands.run)
    verb = verbs.add_parser(
        "register", help="freeze claims before their evidence is run; without names: show what differs"
    )
    verb.add_argument("claims", nargs="*", metavar="CLAIM")
    _add_machine(verb)
    verb.set_defaults(command=commands.register)
    verb = verbs.add_parser("pilot", help="96 development seeds: may a claim be in the fast tier?")
    verb.add_argument("names", nargs="*", metavar="CLAIM|EXPERIMENT", help="default: all of the fast tier")
    verb.add_argument("--write", metavar="FILE", help="keep the table as Markdown")
    _add_machine(verb)
    verb.set_defaults(command=commands.pilot)
    verb = verbs.add_parser("report", help="one page of HTML from the manifest of a run")
    verb.add_argument("manifest", metavar="MANIFEST", help="a run writes .hw1/manifest.json")
    verb.add_argument("--output", metavar="FILE", help="default: MANIFEST with .html")
    verb.set_defaults(command=commands.report)
    verb = verbs.add_parser("card", help="calibration cards: false holds, flake, distance from the margin")
    verb.add_argument("names", nargs="*", metavar="CLAIM|EXPERIMENT")
    verb.add_argument("--all", action="store_true", help="of every claim of the tier")
    verb.add_argument("--tier", default="fast", choices=TIERS)
    verb.add_argument("--block", type=int, default=EVIDENCE, metavar="B", help="default 1, the evidence")
    _add_machine(verb)
    verb.set_defaults(command=commands.cards)
    verb = verbs.add_parser("data", help="the data sets there are, and where others are looked for")
    verb.add_argument("name", nargs="?", choices=("cifar10",), help="fetch this one into the folder, with torchvision")
    verb.add_argument("--data", metavar="DIR", help="folder to look in (default: the variable HW1_DATA)")
    verb.set_defaults(command=commands.data)
    return parser


def _add_machine(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--data", metavar="DIR", help="folder with downloaded data (default: the variable HW1_DATA)")
    verb.add_argument("--gpu", action="store_true", help="require a CUDA GPU")
    verb.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    verb.add_argument(
        "--store", default=".hw1/results.sqlite", metavar="FILE", help="results (default .hw1/results.sqlite)"
    )
    verb.add_argument("--jobs", type=int, metavar="N", help="processes of one thread each (default: cores; 1 on a GPU)")


if __name__ == "__main__":
    sys.exit(main())
