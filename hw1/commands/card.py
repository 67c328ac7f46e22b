"""`card`: how claims behave where there is nothing to see, and how far they are from their margins."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1.commands.machine import add_machine, answers
from hw1.commands.names import named
from hw1.decisions import Question
from hw1.registration import EVIDENCE
from hw1.registry import TIERS, experiment_of
from hw1.summary import card_lines

HELP = "calibration cards: false holds, flake, distance from the margin"


def arguments(parser: ArgumentParser) -> None:
    """Claims, tier and block."""
    parser.add_argument("names", nargs="*", metavar="CLAIM|EXPERIMENT|FAMILY")
    parser.add_argument("--all", action="store_true", help="of every claim of the tier")
    parser.add_argument("--tier", default="fast", choices=TIERS)
    parser.add_argument("--block", type=int, default=EVIDENCE, metavar="B", help="default 1, the evidence")
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """Calibration cards of some claims."""
    if not options.names and not options.all:
        raise ValueError("no claim was named: name claims or experiments, or give --all")
    known = answers(options, block=options.block)
    for claim in (claim for claim in named(options.names) if options.tier in claim.tiers):
        made = known.decide(Question(claim, options.tier))
        revision = experiment_of(claim).revision
        yield f"{claim.name} [{options.tier}], revision {revision}, block {made.block}, {made.status}"
        yield from card_lines(made.card, made.score)
