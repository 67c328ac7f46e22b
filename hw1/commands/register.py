"""`register`: freeze claims before their evidence is run."""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from hw1.commands.machine import add_machine, given, results_of
from hw1.commands.names import named
from hw1.exits import DONE, OTHER
from hw1.registry import (
    Claim,
    Experiment,
    all_claims,
    experiments_of,
    find_claim,
    redraws,
    registering,
    registration,
    renewing,
)
from hw1.registry.entries import Cells
from hw1.running.results import Results

HELP = "freeze claims before their evidence is run; without names: show what differs"


STATUSES = {DONE: "done, or nothing to do", OTHER: "claims were left, as they need --redraw"}


def arguments(parser: ArgumentParser) -> None:
    """Claims, why their seeds are redrawn, and what to keep of them."""
    parser.add_argument("claims", nargs="*", metavar="CLAIM")
    parser.add_argument(
        "--redraw",
        metavar="REASON",
        help="redraw the seeds of experiments whose evidence may have been seen; the reason is kept in redraws.json",
    )
    parser.add_argument(
        "--unrun",
        metavar="REASON",
        help="register another setting of the tier full, or a first one, which nobody has run so far: no seed is "
        "redrawn, and the reason is kept in registered.json",
    )
    parser.add_argument(
        "--digests",
        action="store_true",
        help="keep digests of what registered claims (default: all) score on blocks 0 and 1, which tell a refactoring "
        "from a change; trains what is not in the store",
    )
    parser.add_argument(
        "--unread",
        action="store_true",
        help="keep which arms registered claims (default: all) do not read, so that full and check need not train "
        "them; done anyway for a claim that is registered now",
    )
    add_machine(parser)


def command(options: Namespace) -> Generator[str, None, int]:
    """Freeze the named claims, or keep more of them; without names, say which differ from their registration."""
    for option, reason in (("--redraw", options.redraw), ("--unrun", options.unrun)):
        if reason is not None:
            _check(option, reason, options)
    if options.digests and options.unread:
        raise ValueError("--digests and --unread each keep their own: one command for each")
    if options.digests or options.unread:
        results, keep = results_of(options), renewing.keep_digests if options.digests else renewing.keep_unread
        yield from keep(named(options.claims), results.tables, _cells(results))
    elif options.claims:
        return (yield from _registered(options))
    else:
        yield from _differences(options)
    return DONE


def _check(option: str, reason: str, options: Namespace) -> None:
    if options.digests or options.unread or not options.claims:
        kept = "--unread" if options.unread else "--digests"
        raise ValueError(f"{option} belongs to claims that are registered anew: name them, and leave out {kept}")
    if None not in (options.redraw, options.unrun):
        raise ValueError("--redraw and --unrun exclude each other: seeds are redrawn, or they are not")
    redraws.check_reason(reason, option)


def _registered(options: Namespace) -> Generator[str, None, int]:
    """Register the named claims; 1 where some are left, and then the command that would register them."""
    claims = list(dict.fromkeys(find_claim(name) for name in options.claims))
    results = results_of(options)
    if options.unrun is not None:
        yield from renewing.resettle(claims, results.tables, _cells(results), options.unrun)
        return DONE
    left = yield from registering.register(claims, results.tables, _cells(results), options.redraw or "")
    if left:
        yield "nothing of this is done without a reason; with one:"
        yield f'  {_again(options, left)} --redraw "REASON"'
        if all(map(renewing.is_unrun, left)):
            yield "or, where nobody has run the tier full, which alone differs:"
            yield f'  {_again(options, left)} --unrun "REASON"'
    return OTHER if left else DONE


def _differences(options: Namespace) -> Iterator[str]:
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
        yield from _to_register(list(dict.fromkeys(claim for claim, _ in differ)), options)
    if elsewhere := registration.made_elsewhere(claims):
        yield elsewhere
    yield f"{len(states) - len(differ)} of {len(states)} as registered (claims by tier)"


def _to_register(claims: Sequence[Claim], options: Namespace) -> Iterator[str]:
    yield f"to register: {_again(options, claims)}"
    for experiment in experiments_of(claims):
        yield from (
            f"  unless scores are what they were, {line}" for line in registration.redrawn(experiment, claims[0])
        )


def _again(options: Namespace, claims: Sequence[Claim]) -> str:
    """The command that registers claims with these options, as a shell takes it."""
    package = ["--claims", options.package] if options.package else []
    names = [claim.name for claim in claims]
    return shlex.join(["python", "-m", "hw1", *package, "register", *names, *given(options)])


def _cells(results: Results) -> Cells:
    """Counts the cells of tables, and those that are not in the store."""

    def count(experiment: Experiment, setting: Any, seeds: Sequence[int]) -> tuple[int, int]:
        cells = results.cells(experiment, setting, seeds)
        return len(cells), sum(not results.store.has(cell.key) for cell in cells)

    return count
