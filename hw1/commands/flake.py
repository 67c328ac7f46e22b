"""`flake`: judge claims on fresh blocks of seeds, and bound the rate at which their tests are red by chance."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from hw1 import writing
from hw1.blocks import seeds_of
from hw1.commands.machine import add_machine, check_write, given, results_of
from hw1.commands.names import named
from hw1.judging.answers import Answers
from hw1.judging.decisions import Decision, Question
from hw1.machine.environment import made_with
from hw1.registry import TIERS, Claim
from hw1.registry.registration import is_registered
from hw1.trust import flakes
from hw1.trust.pool import Pool, Seen

HELP = "judge claims on fresh blocks of seeds: how often would a test be red by chance?"


def arguments(parser: ArgumentParser) -> None:
    """Claims, blocks, and where what they showed is kept."""
    add = parser.add_argument
    add("names", nargs="*", metavar="CLAIM|EXPERIMENT|FAMILY", help="default: all of the tier")
    add("--blocks", metavar="A:B", help="blocks A to B - 1, each judged look by look; without it, show what is pooled")
    add("--tier", default="fast", choices=TIERS)
    add("--pool", default=".hw1/flake.json", metavar="FILE", help="verdicts on blocks so far (default .hw1/flake.json)")
    add("--write", metavar="FILE", help="keep the table as Markdown")
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """Blocks that are not in the pool yet, one after the other; then the table of all that are."""
    blocks = _blocks(options.blocks)
    if options.blocks is None and (idle := given(options)):
        raise ValueError(f"{idle[0]} belongs to --blocks, and without these nothing is computed: leave it out")
    writing.check("--pool", options.pool, writing.POOL, {"the store": options.store})
    check_write(options, {"the pool": options.pool})
    asked = named(options.names, options.tier)
    claims = [claim for claim in asked if is_registered(claim, options.tier)]
    yield from (f"{claim.name}: not registered, left out" for claim in asked if claim not in claims)
    pool = Pool(Path(options.pool), options.tier)
    if blocks:
        yield from _witnessed(claims, pool, options)
    for block in blocks:
        yield from _judged(block, claims, pool, options)
    yield from flakes.table(claims, pool)
    if options.write is not None:
        names = [*options.names, *(["--tier", options.tier] if options.tier != "fast" else [])]
        span = ["--blocks", options.blocks] if options.blocks else []
        call = " ".join(["python -m hw1 flake", *names, *span, "--write FILE"])
        writing.write(options.write, flakes.markdown(claims, pool, call), writing.MARKDOWN)


def _witnessed(claims: Sequence[Claim], pool: Pool, options: Namespace) -> Iterator[str]:
    """What the code gives on block 1: the blocks that follow will count under a later code that gives the same."""
    here = made_with()
    questions = [Question(claim, options.tier) for claim in claims if not pool.has_digest(claim, here)]
    if not questions:
        return
    # In `fast` the digests of all pools are of all arms; in `full`, of what one claim reads, whatever else was named.
    answers = Answers(results_of(options), figures=options.tier == "fast")
    answers.train(questions)
    for question in questions:
        answers.decide(question)
        pool.add_digest(question.claim, here, answers.judged[question])
    answers.results.close()
    carried = sum(bool(pool.carried(question.claim)) for question in questions)
    yield f"block 1: known for {len(questions)} claims; for {carried} of them, blocks of earlier code count"


def _judged(block: int, claims: Sequence[Claim], pool: Pool, options: Namespace) -> Iterator[str]:
    """One block of the claims that have not been judged on it; each is kept as soon as it is."""
    questions = [Question(claim, options.tier) for claim in claims if block not in pool.of(claim)]
    if not questions:
        return
    answers = Answers(results_of(options), block=block, figures=False)
    answers.train(questions)
    red: list[Decision] = []
    for question in questions:
        decision = answers.decide(question)
        pool.add(question.claim, block, Seen.of(decision, made_with()))
        red += [] if decision.as_registered else [decision]
    answers.results.close()
    yield f"block {block}: {len(questions) - len(red)} of {len(questions)} as registered"
    yield from (f"  {decision}" for decision in red)


def _blocks(text: str | None) -> range:
    """`200:220` is 200 to 219, `200` is that one."""
    if text is None:
        return range(0)
    first, colon, end = text.partition(":")
    if not (first.isdigit() and (end.isdigit() or not colon)):
        raise ValueError(f"--blocks {text}: write A:B for the blocks A to B - 1, such as 200:220")
    blocks = range(int(first), int(end) if colon else int(first) + 1)
    seeds_of(blocks[-1] if blocks else 0, 1)
    if not blocks or blocks[0] < flakes.FIRST:
        raise ValueError(f"--blocks {text}: give at least one block, {flakes.FIRST} or above: those below are reserved")
    return blocks
