"""`register`: freeze claims before their evidence is run."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1 import registration
from hw1.commands.machine import add_machine, answers
from hw1.registry import all_claims, experiments_of, find_claim

HELP = "freeze claims before their evidence is run; without names: show what differs"


def arguments(parser: ArgumentParser) -> None:
    """Claims."""
    parser.add_argument("claims", nargs="*", metavar="CLAIM")
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """Freeze the named claims; without names, say which claims differ from their registration."""
    if not options.claims:
        states = [(c, tier, registration.status(c, tier)) for c in all_claims() for tier in c.tiers]
        yield from (f"{claim.name} [{tier}]: {state}" for claim, tier, state in states)
        return
    claims = [find_claim(name) for name in options.claims]
    known = answers(options)
    tables = {}
    for experiment in experiments_of(claims):
        seeds = registration.seeds_of(registration.DEVELOPMENT, experiment.seeds("fast"))
        tables[experiment.name, "fast"] = known.tables(experiment, experiment.setting("fast"), seeds)
    yield from registration.register(claims, tables)
