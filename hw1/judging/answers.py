"""From questions to decisions: the seeds and cells of a question, its score and verdict, and further looks."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from hw1.blocks import DEVELOPMENT, EVIDENCE, block_of, seeds_of
from hw1.judging.decisions import Decision, Question, judged, judged_in_same_arms, judged_on_tables
from hw1.judging.repeated import check_seeds_differ
from hw1.registry.registration import check_score
from hw1.running.cells import Cell
from hw1.running.results import Results
from hw1.statistics import Score
from hw1.tables import Tables


class Answers:
    """Decides questions from results.

    Parameters
    ----------
    block : of the seeds of registered claims; all others are judged on block 0
    seeds : overrides n0
    looks : how many may be taken
    """

    def __init__(self, results: Results, *, block: int = EVIDENCE, seeds: int | None = None, looks: int = 1):
        self.results = results
        self.judged: dict[Question, Tables] = {}  # with the tables of the n0 seeds of the first look
        self._block, self._seeds, self._looks = block, seeds, looks
        self._cells: dict[tuple[Question, int], list[Cell]] = {}  # their keys take a second to make for all claims

    def train(self, questions: Sequence[Question]) -> None:
        """Compute the cells of the first look of all questions; what went wrong is raised by `decide`."""
        self.results.compute(self.first_cells(questions))

    def first_cells(self, questions: Sequence[Question]) -> list[Cell]:
        """The cells of the first look of all questions, but for those that can have none: `decide` says why."""
        found: list[Cell] = []
        for question in questions:
            with suppress(ValueError):
                found += self.cells(question)
        return found

    def decide(self, question: Question) -> Decision:
        """Judge n0 seeds, and while that is inconclusive and looks are left, 2 n0 and 4 n0.

        Raises
        ------
        CellError : where cells of this question cannot be computed
        """
        for look in range(1, self._looks + 1):
            decision = self._decision(question, look)
            if decision.verdict.outcome != "inconclusive":
                break
        return decision

    def cells(self, question: Question, look: int = 1) -> list[Cell]:
        """The cells that hold the seeds of a look."""
        if (question, look) not in self._cells:
            seeds = self.seeds(question, look)
            self._cells[question, look] = self.results.cells(question.experiment, question.setting, seeds)
        return self._cells[question, look]

    def seeds(self, question: Question, look: int = 1) -> range:
        """The seeds of a look: of the given block, or of block 0 where the claim is not what was registered."""
        block = self._block if question.status == "registered" else DEVELOPMENT
        return seeds_of(block, self._n0(question) * 2 ** (look - 1))

    def _n0(self, question: Question) -> int:
        return self._seeds or question.n0

    def _decision(self, question: Question, look: int) -> Decision:
        cells, seeds, n0 = self.cells(question, look), self.seeds(question, look), self._n0(question)
        tables, seconds = self.results.collect(cells, seeds)
        check_seeds_differ(tables)
        score = _score(question, tables)
        self.judged.setdefault(question, tables)
        return Decision(
            question=question,
            verdict=judged(question, score, n0, twin=question.control),
            status=question.status,
            table_control=judged_on_tables(question, tables, n0),
            same_arms=judged_in_same_arms(question, score, n0),
            seconds=seconds,
            block=block_of(seeds[0]),
            score=score,
            note="; ".join(self._notes(question, cells)),
        )

    def _notes(self, question: Question, cells: Sequence[Cell]) -> Iterator[str]:
        """What a reader must know of these seeds beside their number."""
        if self._seeds is not None:
            yield f"not the registered n of {question.n0} seeds"
        if halved := self.results.halved(cells):
            yield f"{halved} of {len(cells)} cells did not fit into memory side by side and were computed in halves"


def _score(question: Question, tables: Tables) -> Score:
    """The claim's score, which must be what was registered where the claim is."""
    score = question.claim(tables, question.setting)
    if question.status == "registered":
        check_score(question.claim, question.tier, score)
    return score
