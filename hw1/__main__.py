"""hw1 by hand: `python -m hw1 COMMAND`; `python -m hw1 --help` says which there are."""

import argparse
import io
import os
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from hw1 import exits
from hw1.commands import (
    card,
    carry,
    check,
    compare,
    costs,
    data,
    demo,
    flake,
    listing,
    merge,
    pages,
    pilot,
    register,
    report,
    run,
    sabotage,
    scales,
    site,
    summary,
    tables,
    test,
)
from hw1.commands.errors import told
from hw1.commands.machine import text
from hw1.exits import DONE, INTERRUPTED, UNREAD
from hw1.registry import claims_of
from hw1.writing import OutputError

COMMANDS = {
    "list": listing,
    "run": run,
    "demo": demo,
    "test": test,
    "register": register,
    "pilot": pilot,
    "report": report,
    "site": site,
    "summary": summary,
    "pages": pages,
    "scales": scales,
    "card": card,
    "flake": flake,
    "sabotage": sabotage,
    "check": check,
    "compare": compare,
    "tables": tables,
    "data": data,
    "merge": merge,
    "carry": carry,
    "costs": costs,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status, see `hw1.exits`; wrong input is one line on stderr."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parsed(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name, or a terminal without our signs
    try:
        with claims_of(options.package), ExitStack() as options.opened:
            return _printed(options.command(options))
    except KeyboardInterrupt:
        print("hw1: interrupted; what was computed is stored, and the same command goes on from there", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        _drop_output()
        return UNREAD
    except (Exception, SystemExit) as error:
        status, said = told(error, options.package, words)
        print(said, file=sys.stderr)
        return status


def _printed(lines: Iterator[str]) -> int:
    """Print what a command yields; what it returns is the exit status, 0 where that is nothing."""
    while True:
        try:
            line = next(lines)
        except StopIteration as end:
            return int(end.value or DONE)
        try:
            print(line, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            _drop_output()
            raise OutputError(f"the output cannot be written ({error.strerror}): send it elsewhere") from error


def _drop_output() -> None:
    """What is left to print would fail again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """The options; what a command does not know is handed to it where it has a place for the `rest`."""
    parser = _parser()
    options, unknown = parser.parse_known_args(words)
    if not hasattr(options, "rest"):
        lone = [word for word in unknown if "=" in word and not word.startswith("-")]
        if lone and "set" in options:
            parser.error(f"{' '.join(lone)}: each field needs a --set of its own, as in --set {lone[0]}")
        return parser.parse_args(words)  # which refuses what is unknown
    options.rest = unknown
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hw1",
        description="The claims of a first deep-learning course, by hand.",
        epilog=exits.table(exits.STATUSES),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--claims", dest="package", type=text, metavar="PACKAGE", help="your own claims in place of hw1's (hw1.claims)"
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        verb = verbs.add_parser(
            name,
            help=module.HELP,
            description=f"{module.HELP[:1].upper()}{module.HELP[1:]}.",
            epilog=exits.table(getattr(module, "STATUSES", {})),
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=getattr(module, "ABBREVIATIONS", True),
        )
        module.arguments(verb)
        verb.set_defaults(command=module.command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
