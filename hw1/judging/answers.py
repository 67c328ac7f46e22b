"""From questions to decisions: which cells are needed, computed where they are missing, and judged."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw1.blocks import DEVELOPMENT, EVIDENCE, block_of, seeds_of
from hw1.judging.decisions import Decision, Question, judged, judged_in_same_arms
from hw1.machine.devices import CPU, Device
from hw1.registry import Experiment
from hw1.registry.registration import check_score
from hw1.replaced import Replacements
from hw1.running.cells import Cell, cells_of, collect
from hw1.running.cluster import on_cluster
from hw1.running.computing import CellError, Watcher, compute
from hw1.running.missing import missing_lines
from hw1.running.shards import Shard, Share
from hw1.running.store import MEMORY, Store
from hw1.tables import Tables


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to answer: see the options of the plugin, which have the same names."""

    device: Device = CPU
    store: str | Path = MEMORY
    seeds: int | None = None  # overrides n0
    looks: int = 1
    block: int = EVIDENCE
    jobs: int = 1
    own: Replacements | None = None  # what stands in place of ours
    dask: str = ""  # address or scheduler file of the cluster to compute on
    measure: bool = False  # learn first how long cells take that were never computed
    shard: Shard | None = None  # compute this share of the cells and judge nothing


class Answers:
    """Answers questions from the store, and computes what is missing in it."""

    def __init__(self, options: Options, watcher: Watcher):
        if options.own and options.own.hold_code and str(options.store) != MEMORY:
            raise ValueError(f"results with a net, data or optimizer of one's own are not kept in {options.store}")
        self.options = options
        self.watcher = watcher
        self.store = Store(options.store)
        self.judged: dict[Question, Tables] = {}  # with the tables of the n0 seeds of the first look
        self.share: Share | None = None  # of the shard, when it was computed
        self._asked: dict[str, Cell] = {}
        self._failed: dict[str, str] = {}
        self._tables: dict[tuple[str, ...], tuple[Tables, float]] = {}
        self._cells_of: dict[tuple[Question, int], list[Cell]] = {}  # their keys take a second to make for all claims

    def train(self, questions: Sequence[Question]) -> None:
        """Compute the union of the cells of the first look; failures are kept and raised by `decide`."""
        cells: list[Cell] = []
        for question in questions:
            with suppress(ValueError):  # the error of the claims that need them
                cells += self._cells(question, 1)
        if self.options.shard:
            self.share = self.compute_share(cells, self.options.shard)
        else:
            self._compute([cell for cell in cells if not _lacks(cell)])

    def compute_share(self, cells: Sequence[Cell], shard: Shard) -> Share:
        """Compute a shard's share of some cells; what went wrong is in the share."""
        mine = shard.share(cells)
        errors = {str(cell): lack for cell in mine if (lack := _lacks(cell))}
        able = [cell for cell in mine if str(cell) not in errors]
        known = sum(self.store.has(cell.key) for cell in able)
        self._compute(able)
        errors |= {str(cell): self._failed[cell.key] for cell in able if cell.key in self._failed}
        total = len({cell.place for cell in cells})
        return Share(shard=shard, cells=mine, total=total, known=known, errors=errors)

    def check_share(self, question: Question) -> None:
        """Nothing, or the error of the cells of a question that were in this run's share and could not be computed.

        Raises
        ------
        ValueError : where data are missing
        CellError : where cells failed
        """
        mine = {cell.place for cell in self.share.cells} if self.share else set()
        keys = [cell.key for cell in self._cells(question, 1) if cell.place in mine]
        failed = {key: self._failed[key] for key in keys if key in self._failed}
        if failed:
            raise CellError(failed)

    def missing(self) -> list[str]:
        """What this run needed and does not have, in words."""
        return list(missing_lines([c for k, c in self._asked.items() if not self.store.has(k)], self._failed))

    def decide(self, question: Question) -> Decision:
        """Judge n0 seeds, and while that is inconclusive and looks are left, 2 n0 and 4 n0.

        Raises
        ------
        CellError : where cells of this question cannot be computed
        """
        for look in range(1, self.options.looks + 1):
            decision = self._look(question, look)
            if decision.verdict.outcome != "inconclusive":
                break
        return decision

    def tables(
        self, experiment: Experiment, setting: Any, seeds: Sequence[int], arms: Sequence[str] | None = None
    ) -> Tables:
        """The tables of an experiment for some seeds, computed where they are missing."""
        cells = cells_of(experiment, setting, arms or experiment.arms, seeds, self.options.device, self.options.own)
        return self._collect(cells, seeds)[0]

    def _look(self, question: Question, look: int) -> Decision:
        claim, setting = question.claim, question.setting
        seeds = self.seeds(question, look)
        tables, seconds = self._collect(self._cells(question, look), seeds)
        score = claim(tables, setting)
        if question.status == "registered":
            check_score(claim, question.tier, score)
        n0 = self.options.seeds or question.n0
        on_tables = not (question.control or claim.control.trains)
        self.judged.setdefault(question, tables)
        return Decision(
            question=question,
            verdict=judged(question, score, n0, twin=question.control),
            status=question.status,
            table_control=judged(question, claim(claim.control.twin(tables), setting), n0, twin=True)
            if on_tables
            else None,
            same_arms=judged_in_same_arms(question, score, n0),
            seconds=seconds,
            block=block_of(seeds[0]),
            score=score,
            note="; ".join(self._notes(question, look)),
        )

    def _notes(self, question: Question, look: int) -> Iterator[str]:
        """What a reader must know of these seeds beside their number."""
        if self.options.seeds is not None:
            yield f"not the registered n of {question.n0} seeds"
        cells = self._cells(question, look)
        halved = sum("halved" in self.store.about(cell.key) for cell in cells)
        if halved:
            yield f"{halved} of {len(cells)} cells did not fit into memory side by side and were computed in halves"

    def seeds(self, question: Question, look: int = 1) -> range:
        """The seeds of a look: of the block asked for, or of block 0 where the claim is not what was registered."""
        block = self.options.block if question.status == "registered" else DEVELOPMENT
        return seeds_of(block, (self.options.seeds or question.n0) * 2 ** (look - 1))

    def _cells(self, question: Question, look: int) -> list[Cell]:
        if (question, look) not in self._cells_of:
            experiment, seeds, options = question.experiment, self.seeds(question, look), self.options
            cells = cells_of(experiment, question.setting, experiment.arms, seeds, options.device, options.own)
            self._cells_of[question, look] = cells
        return self._cells_of[question, look]

    def _collect(self, cells: Sequence[Cell], seeds: Sequence[int]) -> tuple[Tables, float]:
        self._compute(cells)
        failed = {cell.key: self._failed[cell.key] for cell in cells if cell.key in self._failed}
        if failed:
            raise CellError(failed)
        wanted = tuple(cell.key for cell in cells) + tuple(map(str, seeds))
        if wanted not in self._tables:
            self._tables[wanted] = collect(cells, seeds, self.store)
        return self._tables[wanted]

    def _compute(self, cells: Sequence[Cell]) -> None:
        """Compute what is missing and has not failed before in this run."""
        self._asked |= {cell.key: cell for cell in cells}
        left = [cell for cell in cells if cell.key not in self._failed]
        try:
            options = self.options
            with on_cluster(options.dask):
                compute(left, self.store, jobs=options.jobs, watcher=self.watcher, measure=options.measure)
        except CellError as error:
            self._failed |= error.errors


def _lacks(cell: Cell) -> str:
    """What data a cell lacks, in words; empty where it lacks none."""
    try:
        return "" if cell.key else "no key"
    except ValueError as error:
        return str(error)
