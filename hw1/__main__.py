"""hw1 by hand: `python -m hw1 COMMAND`; `python -m hw1 --help` says which there are."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from hw1.commands import (
    card,
    check,
    compare,
    costs,
    data,
    flake,
    listing,
    merge,
    pages,
    pilot,
    register,
    report,
    run,
    sabotage,
    tables,
)
from hw1.registry import claims_of
from hw1.registry.registration import RegistrationError
from hw1.running.computing import CellError
from hw1.running.store import StoreError

COMMANDS = {
    "list": listing,
    "run": run,
    "register": register,
    "pilot": pilot,
    "report": report,
    "pages": pages,
    "card": card,
    "flake": flake,
    "sabotage": sabotage,
    "check": check,
    "compare": compare,
    "tables": tables,
    "data": data,
    "merge": merge,
    "costs": costs,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; wrong input is one line on stderr and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        with claims_of(options.package), ExitStack() as options.opened:
            return _printed(options.command(options))
    except (ValueError, CellError, RegistrationError, StoreError) as error:
        print(f"hw1: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("hw1: interrupted; what was computed is stored, and the same command goes on from there", file=sys.stderr)
        return 130  # as a shell says of a command that SIGINT ended
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as a shell says of a command that SIGPIPE ended


def _printed(lines: Iterator[str]) -> int:
    """Print what a command yields; what it returns is the exit status, 0 where that is nothing."""
    while True:
        try:
            print(next(lines), flush=True)
        except StopIteration as end:
            return int(end.value or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hw1", description="The claims of a first deep-learning course, by hand."
    )
    parser.add_argument(
        "--claims", dest="package", metavar="PACKAGE", help="your own claims in place of hw1's (hw1.claims)"
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        verb = verbs.add_parser(name, help=module.HELP)
        module.arguments(verb)
        verb.set_defaults(command=module.command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
