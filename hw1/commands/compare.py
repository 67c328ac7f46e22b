"""`compare`: the same claims in several environments."""

from argparse import ArgumentParser, Namespace
from collections.abc import Generator
from pathlib import Path

from hw1 import writing
from hw1.commands import reference
from hw1.commands.machine import text
from hw1.comparison import compared, environments, lines, status
from hw1.data.places import use_folder
from hw1.exits import DONE, OTHER, WRONG

HELP = "the same claims in several environments, or one beside a reference: did a verdict change, did the seeds move?"


STATUSES = {
    DONE: "the same verdicts",
    OTHER: "a verdict changed (with --strict or --reference also: seeds moved under the same verdict)",
    WRONG: "a claim or a file cannot be compared",
}


def arguments(parser: ArgumentParser) -> None:
    """Manifests and stores, the page, and what counts."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        metavar="MANIFEST",
        help="of a run, a store, or a folder of manifests; the first is the reference",
    )
    add("--output", metavar="FILE", help="also a page of HTML with forest plots")
    add("--strict", action="store_true", help="status 1 also where seeds moved under the same verdict")
    add("--common", action="store_true", help="ignore claims that only some of the runs were asked for")
    add(
        "--data",
        type=text,
        metavar="DIR",
        help="folder with downloaded data, where a store holds results of the full tier",
    )
    reference.arguments(parser)


def command(options: Namespace) -> Generator[str, None, int]:
    """Compare, and return the exit status."""
    reference.check(options)
    use_folder(options.data)
    if options.reference:
        return (yield from reference.command(options))
    if not options.paths:
        raise ValueError("no manifest was named: name two or more, or one and --reference")
    if options.output is not None:
        inputs = {f"the input {path}": path for path in options.paths}
        writing.check("--output", options.output, writing.PAGE, inputs)
    some = environments([Path(path) for path in options.paths])
    found = compared(some)
    yield from lines(some, found)
    if options.output is not None:
        from hw1.report import write_comparison  # loads matplotlib

        write_comparison(some, found, Path(options.output))
        yield f"comparison: {options.output}"
    return status(found, strict=options.strict, common=options.common)
