"""`card`: how claims behave where there is no effect, and how far they are from their margins.

Named claims have their cards printed whole; `--all` and `--write` make one table.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

from hw1 import writing
from hw1.blocks import EVIDENCE, seeds_of
from hw1.commands.machine import add_machine, check_write, results_of
from hw1.commands.names import named
from hw1.judging.answers import Answers
from hw1.judging.decisions import Decision, Question
from hw1.machine.environment import made_with
from hw1.manifest.summary import card_lines
from hw1.registry import TIERS
from hw1.trust import cards

HELP = "calibration cards: false holds, flake, distance from the margin"


def arguments(parser: ArgumentParser) -> None:
    """Claims, tier and block."""
    parser.add_argument("names", nargs="*", metavar="CLAIM|EXPERIMENT|FAMILY")
    parser.add_argument("--all", action="store_true", help="one table of every claim of the tier")
    parser.add_argument("--tier", default="fast", choices=TIERS)
    parser.add_argument("--block", type=int, default=EVIDENCE, metavar="B", help="default 1, the evidence")
    parser.add_argument("--write", metavar="FILE", help="keep the table as Markdown")
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """Calibration cards of some claims."""
    _check(options)
    questions = [Question(claim, options.tier) for claim in named(options.names, options.tier)]
    answers = Answers(results_of(options), block=options.block, figures=False)
    answers.train(questions)
    decisions = [answers.decide(question) for question in questions]
    yield from cards.table(decisions) if options.all else _whole(decisions)
    if options.write is not None:
        call = " ".join(["python -m hw1 card", *options.names, *(["--all"] if options.all else []), "--write FILE"])
        page = cards.markdown(decisions, f"{call} --block {options.block}", made_with())
        writing.write(options.write, page, writing.MARKDOWN)


def _check(options: Namespace) -> None:
    """Refuse what cannot work before anything is trained."""
    if not options.names and not options.all:
        raise ValueError("no claim was named: name claims or experiments, or give --all")
    if options.names and options.all:
        raise ValueError(f"--all means every claim, and {', '.join(options.names)} some: leave out one of the two")
    seeds_of(options.block, 1)
    check_write(options)


def _whole(decisions: Sequence[Decision]) -> Iterator[str]:
    for made in decisions:
        question = made.question
        where = f"revision {question.experiment.revision}, block {made.block}"
        yield f"{question.claim.name} [{question.tier}], {where}, {made.status}"
        yield from card_lines(made.card, made.score)
        if made.same_arms:
            yield f"  where all arms are the same: {made.same_arms}"
