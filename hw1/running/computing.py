"""Computing cells: on this machine or a cluster, stored as they arrive, tried again if a worker dies.

The longest come first; where there is a time by which all must have ended, those of the cheapest experiment do.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hw1.running.cells import Cell
from hw1.running.cluster import WorkerDiedError, active, remote_outcomes, threads
from hw1.running.costs import Costs, costs_of
from hw1.running.measuring import measured
from hw1.running.processes import available, dead_worker, first_line
from hw1.running.store import Entry, Store
from hw1.running.workers import Outcome, outcomes

__all__ = ["CellError", "LeftError", "Watcher", "Work", "compute"]

ROUNDS = 3  # a dead worker's cells are tried again twice, the last time each alone, which names the culprit


class CellError(RuntimeError):
    """Cells that could not be computed, with what went wrong by key; what was computed is stored."""

    def __init__(self, errors: Mapping[str, str]):
        self.errors = dict(errors)
        first, *others = self.errors.values()
        more = f"\n{len(others)} more cells failed" if others else ""
        super().__init__(f"{first.rstrip()}{more}")

    @property
    def line(self) -> str:
        """The first of them in one line: which cell, and the end of its traceback."""
        first, *others = next(iter(self.errors.values())).strip().splitlines()
        return f"{first} {others[-1].strip()}" if others else first


class LeftError(CellError):
    """Cells that were left for another run, as they should have ended after the time that was given."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be computed: cells, in their order; what is known of their seconds; how many at a time.

    For labels in `least` the seconds are a lower bound: only the first training was started. In `folder` the cells that
    run on this machine write how far they are, see `hw1.running.heartbeats`. No cell is started that should end after
    `until`, on the clock of `time.monotonic`.
    """

    cells: Sequence[Cell]
    costs: Costs
    jobs: int
    folder: Path
    least: frozenset[str] = frozenset()
    until: float = inf

    def latest(self, cell: Cell) -> float:
        """When a cell may be started at the latest; on a GPU the table does not know."""
        known = self.costs.seconds if cell.device.name == "cpu" else self.costs.known.get
        return self.until - (known(cell.label) or 0.0)


class Watcher:
    """Hears how a computation proceeds; this one ignores it."""

    def say(self, text: str) -> None:
        """What is computed next, and why, for a reader."""

    def warn(self, text: str) -> None:
        """What this machine lacks, for a reader; the same text may come again."""

    def measuring(self, kinds: int) -> None:
        """Before trainings of some kinds of cells are started to learn how long they take."""

    def start(self, work: Work) -> None:
        """Before the first cell."""

    def done(self, cell: Cell, seconds: float) -> None:
        """After each cell that is stored."""

    def failed(self, cell: Cell) -> None:
        """After each cell that failed, or is left for another run."""

    def stop(self) -> None:
        """After the last one, or an interruption."""


def compute(
    cells: Sequence[Cell], store: Store, *, jobs: int, watcher: Watcher, measure: bool = False, until: float = inf
) -> None:
    """Compute what is missing, and store each cell as it arrives.

    Parameters
    ----------
    jobs : processes on this machine, each with one thread; a cluster that joblib is set to use has its own number
    measure : whether to start trainings first of kinds of cells of which neither the store nor the table of costs
        knows how long they take
    until : when all must have ended, on the clock of `time.monotonic`: cells are started on this machine only while
        they should have, by what is known of their seconds; the others stay missing

    Raises
    ------
    CellError : naming the cells that failed, after all others were computed and stored
    ClusterError : where a cluster cannot be used
    StoreError : where the store cannot be written, before anything is computed
    """
    missing = list({cell.key: cell for cell in cells if not store.has(cell.key)}.values())
    for name in store.found_damaged():
        watcher.say(f"store {store.path}: {name} is damaged, is put aside and computed anew")
    if not missing:
        return
    store.check_writable()
    client = active()
    if client is None:
        jobs = _jobs(min(jobs, max(len(missing), 2)), watcher)
    with _folder() as folder:
        costs, started = costs_of(missing, store), dict[str, float]()
        if measure and client is None:
            ended, started = _measured([cell for cell in missing if not costs.sure(cell.label)], store, jobs, watcher)
            costs = replace(costs, known={**costs.known, **ended, **started})
            missing = [cell for cell in missing if not store.has(cell.key)]
            if not missing:
                return
        ordered = _longest_first(missing, costs) if until == inf else _cheapest_first(missing, costs)
        at_once = threads(client) if client else jobs
        work = Work(
            cells=ordered, costs=costs, jobs=at_once, folder=folder, least=frozenset(started), until=until
        )  # fmt: skip
        watcher.start(work)
        try:
            errors = _all_rounds(work, store, watcher, client)
        finally:
            watcher.stop()
    if errors:
        raise CellError(errors)


def _longest_first(cells: Sequence[Cell], costs: Costs) -> list[Cell]:
    """Cells of unknown length go first: one of them could be the longest."""
    return sorted(cells, key=lambda cell: -(costs.seconds(cell.label) or inf))


def _cheapest_first(cells: Sequence[Cell], costs: Costs) -> list[Cell]:
    """Experiment by experiment, by what is left of each; one with cells of unknown length goes last."""
    whole: dict[str, float] = {}
    for cell in cells:
        whole[cell.experiment.name] = whole.get(cell.experiment.name, 0.0) + (costs.seconds(cell.label) or inf)
    return sorted(_longest_first(cells, costs), key=lambda cell: (whole[cell.experiment.name], cell.experiment.name))


def _jobs(wanted: int, watcher: Watcher) -> int:
    """The processes that can be had here, and a word to the watcher if these are not all."""
    got, why = available(wanted)
    if why:
        watcher.warn(why)
    return got


@contextmanager
def _folder() -> Iterator[Path]:
    """Where the running cells write how far they are; where nothing can be written they go on without."""
    try:
        made = TemporaryDirectory(prefix="hw1-", ignore_cleanup_errors=True)
    except OSError:
        yield Path(os.devnull, "nowhere")
        return
    with made as name:
        yield Path(name)


def _measured(
    cells: Sequence[Cell], store: Store, jobs: int, watcher: Watcher
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds by label, of cells that ran to their end and are stored, and of those that were only started."""
    kinds = {cell.label: cell for cell in reversed(cells)}  # the first of each
    ended: dict[str, float] = {}
    started: dict[str, float] = {}
    if not kinds:
        return ended, started
    watcher.measuring(len(kinds))
    with suppress(dead_worker()):  # it will die again, and be named, when the cell is computed
        for cell, seen in zip(kinds.values(), measured(list(kinds.values()), jobs), strict=True):
            if seen.tables is not None:
                store.put(cell.key, cell.label, Entry(seen.tables, seen.seconds, _about(cell, seen)))
                ended[cell.label] = seen.seconds
            elif not seen.error:
                started[cell.label] = seen.seconds
    return ended, started


def _all_rounds(work: Work, store: Store, watcher: Watcher, client: Any) -> dict[str, str]:
    """Errors by key, of cells that failed or whose worker died in every round."""
    errors: dict[str, str] = {}
    late: set[str] = set()
    for attempt in range(ROUNDS):
        alone = attempt == ROUNDS - 1
        gone = {*errors, *late}
        left = [cell for cell in work.cells if cell.key not in gone and not store.has(cell.key)]
        for batch in [[cell] for cell in left] if alone else [left]:
            if batch:
                come = (
                    remote_outcomes(batch, client)
                    if client
                    else outcomes(
                        batch, work.jobs, str(work.folder), isolate=attempt > 0, say=watcher.warn, latest=work.latest
                    )
                )
                errors |= _round(batch, come, store, watcher, alone, late)
    return errors


def _round(
    cells: Sequence[Cell], come: Iterator[Outcome], store: Store, watcher: Watcher, alone: bool, late: set[str]
) -> dict[str, str]:
    """Store cells as they arrive; errors by key. Cells lost with a dead worker are simply still missing afterwards.

    The keys of those that came too late to be started are put to `late`.
    """
    errors = {}
    by_key = {cell.key: cell for cell in cells}
    try:
        for outcome in come:
            cell = by_key[outcome.key]
            if outcome.late:
                late.add(cell.key)
                watcher.failed(cell)
            elif outcome.tables is None:
                errors[cell.key] = f"{cell} failed:\n{outcome.error}"
                watcher.failed(cell)
            else:
                store.put(cell.key, cell.label, Entry(outcome.tables, outcome.seconds, _about(cell, outcome)))
                watcher.done(cell, outcome.seconds)
    except (dead_worker(), WorkerDiedError) as death:
        if alone:
            errors[cells[0].key] = f"{cells[0]}: its process died ({first_line(death)}); is memory short?"
    return errors


def _about(cell: Cell, outcome: Outcome) -> dict[str, Any]:
    """What is stored beside the tables; `halved` marks a cell that did not fit side by side, by the width that did."""
    halved = {"halved": outcome.width} if outcome.width < len(cell.seeds) else {}
    return {**cell.about, "date": datetime.now(UTC).isoformat(timespec="seconds"), **halved}
