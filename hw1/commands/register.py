"""`register`: freeze claims before their evidence is run."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1.commands.machine import add_machine, results_of
from hw1.commands.names import named
from hw1.registry import all_claims, find_claim, registration

HELP = "freeze claims before their evidence is run; without names: show what differs"


def arguments(parser: ArgumentParser) -> None:
    """Claims, and what to keep of them."""
    parser.add_argument("claims", nargs="*", metavar="CLAIM")
    parser.add_argument(
        "--digests",
        action="store_true",
        help="keep digests of what registered claims (default: all) score on blocks 0 and 1, which tell a refactoring "
        "from a change; trains what is not in the store",
    )
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """Freeze the named claims, or keep their digests; without names, say which differ from their registration."""
    if options.digests:
        yield from registration.keep_digests(named(options.claims), results_of(options).tables)
    elif options.claims:
        claims = [find_claim(name) for name in options.claims]
        yield from registration.register(claims, results_of(options).tables)
    else:
        yield from _differences()


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
