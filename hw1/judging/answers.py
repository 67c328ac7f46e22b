"""From questions to decisions: the seeds and cells of a question, its score and verdict, look by look."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hw1.blocks import DEVELOPMENT, EVIDENCE, block_of, seeds_of
from hw1.judging.decisions import Decision, Question, design_of, judged, judged_in_same_arms, judged_on_tables
from hw1.judging.further import Place, further_looks
from hw1.judging.repeated import check_seeds_differ
from hw1.registry import package_of, readers
from hw1.registry.registration import check_score
from hw1.registry.unread import check_unread
from hw1.running.cells import Cell
from hw1.running.computing import LeftError
from hw1.running.results import Results
from hw1.running.store import StoreError
from hw1.statistics import Design, Score
from hw1.statistics.looks import TAKEN
from hw1.tables import Tables

# Yields the places whose cells are needed next, and returns the decision.
Process = Generator[tuple[Place, ...], None, Decision]


class Answers:
    """Decides questions from results.

    Parameters
    ----------
    block : of the seeds of registered claims; all others are judged on block 0
    seeds : one look of so many seeds in place of those that are registered
    looks : how many may be taken
    figures : whether figures will be drawn of what is judged, which takes arms that no claim may read
    """

    def __init__(
        self,
        results: Results,
        *,
        block: int = EVIDENCE,
        seeds: int | None = None,
        looks: int = TAKEN,
        figures: bool = True,
    ):
        self.results = results
        self.judged: dict[Question, Tables] = {}  # with the tables of the last look that was taken
        self.trained: dict[Question, tuple[str, ...]] = {}  # the arms of these tables
        self.block, self._seeds, self._looks, self._figures = block, seeds, looks, figures
        self._asked: set[Question] = set()
        self._alone: set[Question] = set()  # for which there was no time but for what they read
        self._new: set[Place] = set()  # whose cells were not all in the store
        self._cells: dict[Place, list[Cell]] = {}  # their keys take a second to make for all claims
        self._decided: dict[Question, Decision] = {}

    def ask(self, questions: Sequence[Question]) -> None:
        """Say what will be asked, before anything is: where all claims of an experiment are, figures are drawn."""
        self._asked |= {*questions}

    def train(self, questions: Sequence[Question]) -> None:
        """Compute what all questions need together; what went wrong is raised by `decide`.

        Those whose look is in the store go on first, so that what they need next is computed beside the others' look.
        """
        self.ask(questions)
        open_ = {question: self._process(question) for question in questions}
        wanted = self._wanted(open_, open_)
        while wanted:
            ready = [question for question in wanted if all(map(self._complete, wanted[question]))]
            if not ready:
                self._compute(_distinct(wanted))
                ready = list(wanted)
            wanted = {one: its for one, its in wanted.items() if one not in ready} | self._wanted(open_, ready)

    def needed(self, questions: Sequence[Question]) -> dict[Place, list[Cell]]:
        """The new cells of the first look of which any are missing in the store, for every question that takes it.

        Whatever else a store holds, it names the same cells: so shards agree, each with a store of its own that has
        all earlier looks and some of these cells. Empty where every question is decided, or cannot be.
        """
        self.ask(questions)
        open_, known = {question: self._process(question) for question in questions}, set()
        while wanted := _distinct(self._wanted(open_, open_)):
            new = {place: [cell for cell in self.cells(*place) if cell.place not in known] for place in wanted}
            if not all(map(self._complete, wanted)):
                return {place: cells for place, cells in new.items() if cells}
            known |= {cell.place for cells in new.values() for cell in cells}
        return {}

    def decide(self, question: Question) -> Decision:
        """Judge the seeds of the first look, and while they do not decide and looks are left, those of the next.

        Where the time that was given did not allow arms that a question does not read, it is judged without them.

        Raises
        ------
        CellError : where cells of this question cannot be computed
        """
        if question not in self._decided:
            try:
                self._decided[question] = self._ended(self._process(question))
            except LeftError as left:
                self._decided[question] = self._ended_alone(question, left)
        return self._decided[question]

    def _ended_alone(self, question: Question, left: LeftError) -> Decision:
        """The decision without the arms that the question, and the claim of a control, do not read."""
        both = {question, replace(question, control=False)}
        own = {one for one in both if self.arms(one) != one.arms}
        if not own:
            raise left
        before = self.judged.copy(), self.trained.copy()
        self._set_alone(self._alone | own)
        try:
            return self._ended(self._process(question))
        except LeftError:
            self.judged, self.trained = before  # of looks that were taken with all arms, for their figures
            self._set_alone(self._alone - own)
            raise

    def _set_alone(self, alone: set[Question]) -> None:
        """Say for which questions there is no time but for what they read; their cells are others then."""
        changed, self._alone = alone ^ self._alone, alone
        self._cells = {place: cells for place, cells in self._cells.items() if place[0] not in changed}

    def _ended(self, process: Process) -> Decision:
        try:
            while True:
                self._compute(next(process))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def cells(self, question: Question, look: int = 1) -> list[Cell]:
        """The cells that hold the arms and the seeds of a look."""
        if (question, look) not in self._cells:
            arms, seeds = self.arms(question, look), self.seeds(question, look)
            self._cells[question, look] = self.results.cells(question.experiment, question.setting, seeds, arms)
        return self._cells[question, look]

    def arms(self, question: Question, look: int = 1) -> tuple[str, ...]:
        """The arms of a look: those that the question reads, or all where figures are drawn of them.

        Figures show whole experiments. They are drawn in `fast`, where an experiment takes seconds, and in `full`,
        where it takes hours, of the first look of an experiment of which every claim is asked.
        """
        tier, experiment = question.tier, question.experiment
        if not self._figures or question.control or question in self._alone:
            return question.arms
        if tier == "fast":
            return experiment.arms
        known = readers(experiment, package_of(experiment.module))
        every = {Question(claim, tier) for claim in known if tier in claim.tiers}
        return experiment.arms if look == 1 and every <= self._asked else question.arms

    def seeds(self, question: Question, look: int = 1) -> range:
        """The seeds of a look: of the given block, or of block 0 where the claim is not what was registered."""
        block = DEVELOPMENT if question.status.startswith("development") else self.block
        return seeds_of(block, self.design(question).sizes[look - 1])

    def design(self, question: Question) -> Design:
        """The looks that may be taken: those that are registered, or one of so many seeds as were asked for."""
        design = design_of(question, self._looks)
        return design if self._seeds is None else Design.fixed(self._seeds, alpha=design.alpha, p0=design.p0)

    def _wanted(self, open_: dict[Question, Process], some: Iterable[Question]) -> dict[Question, tuple[Place, ...]]:
        """What the processes of some questions need next; those that have ended, or cannot go on, are taken out."""
        wanted: dict[Question, tuple[Place, ...]] = {}
        for question in list(some):
            try:
                places = next(open_[question])
                for place in places:
                    self.cells(*place)
                wanted[question] = places
            except StopIteration as end:
                self._decided[question] = end.value
                del open_[question]
            except StoreError:
                raise
            except (Exception, SystemExit):  # of a claim's own code, too; `decide` says what went wrong
                del open_[question]
        return wanted

    def _compute(self, wanted: Sequence[Place]) -> None:
        new = [place for place in wanted if not self._complete(place)]
        self._new |= {*new}
        for line in further_looks(new, self.design):
            self.results.say(line)
        self.results.compute([cell for place in wanted for cell in self.cells(*place)])

    def _complete(self, place: Place) -> bool:
        """Whether no cell of a look is missing in the store; one whose data are missing is."""
        try:
            return self.results.complete(self.cells(*place))
        except ValueError:
            return False

    def _process(self, question: Question) -> Process:
        if question.control and not question.positive:
            claim = replace(question, control=False)
            yield (question, 1), (claim, 1)  # together, though the claim's look is not known before it is decided
            look = (yield from self._process(claim)).verdict.look
            yield ((question, look),)
            return self._decision(question, look)
        looks = range(1, len(self.design(question).sizes) + 1)
        for look in looks:
            yield ((question, look),)
            decision = self._decision(question, look)
            if decision.verdict.outcome in ("holds", "refuted"):
                break
        return (yield from self._with_positive_twin(decision, looks[look:]))

    def _with_positive_twin(self, decision: Decision, looks: Sequence[int]) -> Process:
        """The decision, after the twin on the tables that must hold has taken looks of its own."""
        question, twin = decision.question, decision.table_control
        for look in looks if question.positive else ():
            if twin is None or twin.outcome != "inconclusive":
                break
            yield ((question, look),)
            tables, _ = self.results.collect(self.cells(question, look), self.seeds(question, look))
            twin = judged_on_tables(question, tables, self.design(question))
        return replace(decision, table_control=twin)

    def _decision(self, question: Question, look: int) -> Decision:
        cells, seeds, design = self.cells(question, look), self.seeds(question, look), self.design(question)
        tables, took = self.results.collect(cells, seeds)
        if all(known is not tables for known in self.judged.values()):  # the claims of an experiment share its tables
            check_seeds_differ(tables)
        score, arms = _score(question, tables), self.arms(question, look)
        idle = [arm for arm in arms if arm not in question.arms]
        if idle and (question, look) in self._new:  # what is stored was asked when it was computed; 10 ms for a claim
            check_unread(question.claim, question.tier, question.setting, score, tables, idle)
        self.judged[question], self.trained[question] = tables, arms
        return Decision(
            question=question,
            verdict=judged(question, score, design),
            design=design,
            status=question.status,
            table_control=judged_on_tables(question, tables, design),
            same_arms=judged_in_same_arms(question, score, design),
            took=took,
            block=block_of(seeds[0]),
            score=score,
            note="; ".join(self._notes(cells)),
        )

    def _notes(self, cells: Sequence[Cell]) -> Iterator[str]:
        """What a reader must know of these seeds beside their number."""
        if self._seeds is not None:
            yield f"one look of {self._seeds} seeds, not the registered looks"
        if halved := self.results.halved(cells):
            yield f"{halved} of {len(cells)} cells did not fit into memory side by side and were computed in halves"
        if carried := self.results.carried(cells):
            yield f"{carried} of {len(cells)} cells are of earlier code, equal to the present one's on other seeds"


def _score(question: Question, tables: Tables) -> Score:
    """The score of the claim, or of its trained control; it must be what was registered where the claim is."""
    claim = question.claim
    score = claim.of_control(tables, question.setting) if question.control else claim(tables, question.setting)
    if question.status == "registered":
        check_score(claim, question.tier, score)
    return score


def _distinct(wanted: Mapping[Question, Sequence[Place]]) -> list[Place]:
    """Each place once, in the order of the questions."""
    return list(dict.fromkeys(place for places in wanted.values() for place in places))
