"""Further looks: which claims need more seeds, and how many, before these are trained."""

from collections.abc import Callable, Iterator, Sequence

from hw1.judging.decisions import Question
from hw1.statistics import Design

Place = tuple[Question, int]  # a question and a look, from 1


def further_looks(wanted: Sequence[Place], design: Callable[[Question], Design]) -> Iterator[str]:
    """A line for each look beyond the first of which anything is to be computed."""
    for look in sorted({look for _, look in wanted if look > 1}):
        some = [question for question, its in wanted if its == look]
        more = ", ".join(map(str, sorted({_more(question, look, design(question)) for question in some})))
        names = {question.experiment.name for question in some}
        yield (
            f"look {look}: {_counted(len(some), 'claim')} of {_counted(len(names), 'experiment')} "
            f"need{'s' if len(some) == 1 else ''} {more} more seeds"
        )


def _more(question: Question, look: int, design: Design) -> int:
    """Seeds since the look before, which for a negative control was the first."""
    before = 1 if question.control and not question.positive else look - 1
    return design.sizes[look - 1] - design.sizes[before - 1]


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
