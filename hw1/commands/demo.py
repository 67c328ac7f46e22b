"""`demo`: in half a minute a belief that holds, one that fails, and what becomes of both in a broken library."""

import sys
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Iterator

from hw1.blocks import EVIDENCE
from hw1.commands.machine import processes
from hw1.exits import DONE, OTHER
from hw1.judging.decisions import Decision, Question
from hw1.machine.cores import cores
from hw1.registry import find_claim
from hw1.running.progress import Progress
from hw1.running.results import Results
from hw1.running.store import MEMORY
from hw1.trust.sabotage.cells import Planted
from hw1.trust.sabotage.faults import FAULTS
from hw1.trust.sabotage.judging import TIER, Seen, answers_from, seen

HELP = "half a minute: a belief that holds, one that fails, and a broken library that is caught"

STATUSES = {DONE: "everything came out as announced", OTHER: "something did not"}

# Two claims of one experiment, the cheapest whose sentences need no explanation: 22 s on one core of an EPYC.
CLAIMS = "random_labels_are_memorised", "random_labels_take_at_most_three_and_a_half_times_as_long"
FAULT = FAULTS["rate_0"]


def arguments(parser: ArgumentParser) -> None:
    """How many processes."""
    parser.add_argument(
        "--jobs", type=processes, metavar="N", help="processes of one thread each (default: one per core)"
    )


def command(options: Namespace) -> Generator[str, None, int]:
    """Judge both claims on their evidence, twice: with hw1 as it is, and with a fault planted. Nothing is kept."""
    if options.package:
        raise ValueError("demo shows claims of hw1 itself: leave out --claims")
    claims = [find_claim(name) for name in CLAIMS]
    jobs, watcher = options.jobs or cores(), Progress(sys.stderr)
    yield "Two beliefs about random labels (Zhang et al. 2017), on 12 seeds that nobody tuned on:\n"
    with Results(MEMORY, jobs=jobs, watcher=watcher) as results:
        answers = answers_from(results, EVIDENCE)
        questions = [Question(claim, TIER) for claim in claims]
        answers.train(questions)
        decided = [answers.decide(question) for question in questions]
    for decision in decided:
        yield from _told(decision)
    yield f"The same with hw1 broken on purpose. {FAULT.words}\n"
    with Planted(FAULT, MEMORY, jobs=jobs, watcher=watcher) as broken:
        caught = seen(claims, FAULT.name, answers_from(broken, EVIDENCE))
    for one in caught:
        yield from _caught(one)
    yield "All claims: python -m hw1 list. All verdicts: python -m hw1 test."
    return DONE if all(one.as_registered for one in decided) and not any(one.green for one in caught) else OTHER


def _told(decision: Decision) -> Iterator[str]:
    """The sentence of a claim, its verdict, and what was expected."""
    yield from _sentence(decision.question.claim.sentence)
    expected = "as registered" if decision.as_registered else f"expected: {decision.question.claim.expect}"
    yield f"  -> {decision.verdict}\n     {expected}\n"


def _caught(one: Seen) -> Iterator[str]:
    yield from _sentence(one.claim.sentence)
    said = "no verdict, as too few nets trained" if one.outcome == "invalid" else one.outcome
    yield f"  -> {'not caught' if one.green else 'its test fails'}: {said}\n"


def _sentence(text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="  ")
