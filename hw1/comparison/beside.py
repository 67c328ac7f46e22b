"""A run beside a reference in words for a terminal; as an issue in Markdown it is in `hw1.report.upstream`."""

from collections.abc import Iterator

from hw1.comparison.claims import ALPHA
from hw1.comparison.environments import Environment
from hw1.comparison.held import Held, bits
from hw1.comparison.words import TITLES, row
from hw1.documents import printable
from hw1.manifest.summary import aligned

__all__ = ["SHOWN", "counts", "lines"]

SHOWN = ("changed", "moved", "apart")  # claim by claim; of the others, how many
_FACTS = ("torch", "python", "numpy", "device", "precision")


def lines(held: Held) -> Iterator[str]:
    """The whole comparison; others' texts break and steer nothing."""
    yield from map(printable, _lines(held))


def counts(held: Held) -> Iterator[str]:
    """How many claims differ and how, one line each for bits, for all seeds together and for known deviations."""
    same, scores = bits(held.news)
    kinds = ", ".join(f"{len(group)} {TITLES[kind]}" for kind in TITLES if (group := held.of(kind)))
    yield f"{len(held.news)} claims: {kinds or 'none is left to compare'}"
    yield f"to the last bit: {same} of {scores} scores on seeds that both have"
    yield (
        f"all seeds together lean one way with p {held.p:.2g}; a movement is reported at {ALPHA:g}, or where a claim "
        f"alone has p {ALPHA:g} over {max(sum(len(one.changes) for one in held.found), 1)}"
    )
    if held.known:
        yield f"known deviations, not counted: {', '.join(one.title for one in held.known)}"
    yield from (f"{one.place}: {one.title} no longer deviates: remove this line" for one in held.unseen)
    if held.left:
        yield f"not asked for in this run: {held.left} more claims of the reference"
    if held.new:
        yield f"not in the reference: {held.new} more claims of this run"


def _lines(held: Held) -> Iterator[str]:
    yield from (f"{one.letter}  {one.name}: {_facts(one)}" for one in held.some)
    for kind in SHOWN:
        if group := held.of(kind):
            yield from ("", f"{TITLES[kind]}: {len(group)}", *aligned([row(one, held.some) for one in group]))
    yield from ("", *counts(held), "", held.conclusion)


def _facts(one: Environment) -> str:
    return ", ".join(f"{name} {one.facts[name]}" for name in _FACTS if name in one.facts)
