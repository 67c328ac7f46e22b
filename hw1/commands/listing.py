"""`list`: families, experiments and claims, and what is registered; or what each claim takes of a user's."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1 import writing
from hw1.registry import experiments, registration

HELP = "families, experiments and claims, and what is registered"


def arguments(parser: ArgumentParser) -> None:
    """What to list, and where to keep it."""
    parser.add_argument(
        "--accepts", action="store_true", help="instead: which claims take a net, data, an optimizer or a function"
    )
    parser.add_argument("--write", metavar="FILE", help="keep what --accepts lists as Markdown")


def command(options: Namespace) -> Iterator[str]:
    """Families, experiments and claims; or the table."""
    if options.write is not None and not options.accepts:
        raise ValueError("--write keeps what --accepts lists: give both, or neither")
    yield from (_accepts(options) if options.accepts else _claims())


def _accepts(options: Namespace) -> Iterator[str]:
    from hw1.judging.accepting import page

    if options.write is not None:
        writing.check("--write", options.write, writing.MARKDOWN)
    lines = list(page())
    if options.write is None:
        yield from lines
    else:
        writing.write(options.write, "\n".join(lines) + "\n", writing.MARKDOWN)
        yield f"page: {options.write}"


def _claims() -> Iterator[str]:
    for experiment in experiments().values():
        arms = ", ".join(experiment.arms)
        yield f"{experiment.family} / {experiment.name} (revision {experiment.revision}): arms {arms}"
        for claim in experiment.claims:
            states = ", ".join(f"{tier} {registration.status(claim, tier)}" for tier in claim.tiers)
            yield f"  {claim.name}, expected: {claim.expect} [{states}]"
            yield f"    {claim.sentence}"
