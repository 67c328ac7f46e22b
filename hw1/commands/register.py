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
        yield from _differences()
        return
    claims = [find_claim(name) for name in options.claims]
    known = answers(options)
    tables = {}
    for experiment in experiments_of(claims):
        seeds = registration.seeds_of(registration.DEVELOPMENT, experiment.seeds("fast"))
        tables[experiment.name, "fast"] = known.tables(experiment, experiment.setting("fast"), seeds)
    yield from registration.register(claims, tables)


def _differences() -> Iterator[str]:
    """What is not as registered, then and now; and what registering it would redraw."""
    claims = all_claims()
    states = {(claim, tier): registration.status(claim, tier) for claim in claims for tier in claim.tiers}
    differ = {place: state for place, state in states.items() if state != "registered"}
    for (claim, tier), state in differ.items():
        yield f"{claim.name} [{tier}]: {state}"
        for name, (then, now) in (registration.changes(claim, tier) or {}).items():
            yield f"  {name}: {then!r} -> {now!r}"
    gone = set(registration.registered(claims[0])) - {claim.name for claim in claims}
    yield from (f"{name}: registered, but there is no such claim" for name in sorted(gone))
    if differ:
        named = list(dict.fromkeys(claim for claim, _ in differ))
        yield f"to register: python -m hw1 register {' '.join(claim.name for claim in named)}"
        yield from (f"  {line}" for line in registration.consequences(named))
    yield f"{len(states) - len(differ)} of {len(states)} as registered (claims by tier)"
