"""The part of `compare` that compares one run with a reference of the wheel."""

from argparse import ArgumentParser, Namespace
from collections.abc import Generator
from pathlib import Path

from hw1 import writing
from hw1.commands.machine import text
from hw1.comparison.references import names
from hw1.exits import DONE, OTHER

OWN = ("against", "expected", "markdown", "first", "write")
OTHERS = ("output", "strict", "common")


def arguments(parser: ArgumentParser) -> None:
    """The reference, and what to say of it."""
    group = parser.add_argument_group("one run beside a reference that hw1 carries")
    add = group.add_argument
    add("--reference", action="store_true", help="compare the run with the reference most like its environment")
    add("--against", type=text, metavar="NAME", help=f"another reference: {', '.join(names()) or 'there is none'}")
    add("--expected", type=text, metavar="FILE", help="known deviations: CLAIM or CLAIM [TIER] in each line, # why")
    add("--markdown", action="store_true", help="as Markdown, to paste into an issue upstream")
    add("--first", action="store_true", help="no run: train for seconds here, and compare the first losses alone")
    add("--write", type=text, metavar="FILE", help="make a reference of the run, with first losses of this environment")


def check(options: Namespace) -> None:
    """Refuse what cannot work together; ValueError in one line."""
    wrong = [name for name in (OTHERS if options.reference else OWN) if getattr(options, name)]
    if wrong:
        way = "belongs to" if not options.reference else "cannot be combined with"
        raise ValueError(f"--{wrong[0]} {way} --reference: {'add it' if not options.reference else 'leave one out'}")
    if options.first and (options.paths or options.expected or options.markdown or options.write):
        raise ValueError(
            "--first trains here and reads no run: leave out the manifest, --expected, --markdown and --write"
        )
    wanted = 0 if options.first else 1
    if options.reference and len(options.paths) != wanted:
        raise ValueError(f"--reference compares one run with a reference: give one manifest, not {len(options.paths)}")


def command(options: Namespace) -> Generator[str, None, int]:
    """Compare the run, or the first losses of trainings here, with a reference; the exit status says what moved."""
    if options.first:
        return (yield from _first(options))
    path = Path(options.paths[0])
    if options.write is not None:
        return (yield from _made(path, options.write))
    from hw1.comparison.beside import lines
    from hw1.comparison.held import held

    found = held(path, options.against, Path(options.expected) if options.expected else None)
    if options.markdown:
        from hw1.report.upstream import issue

        yield from issue(found)
    else:
        yield from lines(found)
    return found.status


def _first(options: Namespace) -> Generator[str, None, int]:
    from hw1.comparison.numerics import lines, numerics

    found = numerics(options.against)
    yield from lines(found)
    return OTHER if found.by_more_than_rounding else DONE


def _made(path: Path, output: str) -> Generator[str, None, int]:
    from hw1.comparison.numerics import measured
    from hw1.comparison.references import written
    from hw1.manifest.reading import read

    writing.check("--write", output, writing.REFERENCE, {"the run": path})
    manifest = read(path)
    writing.write(output, written(manifest, measured(manifest["environment"])), writing.REFERENCE)
    yield f"reference: {output}"
    return DONE
