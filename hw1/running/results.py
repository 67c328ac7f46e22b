"""Results: the tables of experiments, read from a store and computed where they are missing in it."""

from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Any, Self

from hw1.machine.devices import CPU, Device
from hw1.registry import Experiment
from hw1.replaced import Replacements
from hw1.running.cells import Cell, cells_of, collect
from hw1.running.cluster import on_cluster
from hw1.running.computing import CellError, LeftError, Watcher, compute
from hw1.running.costs import costs_of
from hw1.running.missing import missing_lines
from hw1.running.progress import Silent, minutes
from hw1.running.shards import Shard, Share
from hw1.running.store import MEMORY, Store
from hw1.tables import Tables


class Results:
    """Computes cells and collects their tables.

    Parameters
    ----------
    store : the file that keeps them
    device, jobs : what computes, and with how many processes
    dask : address or scheduler file of the cluster to compute on
    measure : whether to learn first how long cells take that were never computed
    until : when computing must have ended, on the clock of `time.monotonic`; see `hw1.running.computing.compute`
    own : what stands in place of ours
    """

    def __init__(
        self,
        store: str | Path = MEMORY,
        *,
        device: Device = CPU,
        jobs: int = 1,
        dask: str = "",
        measure: bool = False,
        until: float = inf,
        own: Replacements | None = None,
        watcher: Watcher | None = None,
    ):
        if own and own.hold_code and str(store) != MEMORY:
            raise ValueError(f"results with a net, data or optimizer of your own are not kept in {store}")
        self.device, self.store = device, Store(store)
        self._jobs, self._dask, self._measure, self._own = jobs, dask, measure, own
        self._until = until
        self._watcher = watcher or Silent()
        self._asked: dict[str, Cell] = {}
        self._failed: dict[str, str] = {}
        self._left: dict[str, str] = {}  # why, by the keys of cells that are left for another run, the longest first
        self._tables: dict[tuple[str, ...], tuple[Tables, dict[str, float]]] = {}

    def cells(
        self, experiment: Experiment, setting: Any, seeds: Sequence[int], arms: Sequence[str] | None = None
    ) -> list[Cell]:
        """The cells of an experiment that hold some seeds, of all its arms or of some."""
        return cells_of(experiment, setting, arms or experiment.arms, seeds, self.device, self._own)

    def tables(
        self, experiment: Experiment, setting: Any, seeds: Sequence[int], arms: Sequence[str] | None = None
    ) -> Tables:
        """The tables of an experiment for some seeds, computed where they are missing."""
        return self.collect(self.cells(experiment, setting, seeds, arms), seeds)[0]

    def collect(self, cells: Sequence[Cell], seeds: Sequence[int]) -> tuple[Tables, dict[str, float]]:
        """The joined tables of cells for some seeds, and the seconds that each arm took; what is missing is computed.

        Raises
        ------
        ValueError : where data are missing
        CellError : where cells failed
        """
        self.compute(cells)
        self.check(cells)
        wanted = tuple(cell.key for cell in cells) + tuple(map(str, seeds))
        if wanted not in self._tables:
            self._tables[wanted] = collect(cells, seeds, self.store)
        return self._tables[wanted]

    def compute(self, cells: Sequence[Cell]) -> None:
        """Compute what is missing, can be computed and has not failed before; `check` says what went wrong."""
        able = [cell for cell in cells if not self._error(cell) and cell.key not in self._left]
        self._asked |= {cell.key: cell for cell in able}
        try:
            with on_cluster(self._dask):
                compute(
                    able, self.store, jobs=self._jobs, watcher=self._watcher, measure=self._measure, until=self._until
                )
        except CellError as error:
            self._failed |= error.errors
        if self._until < inf:
            self._leave([cell for cell in able if not self.store.has(cell.key) and cell.key not in self._failed])

    def complete(self, cells: Sequence[Cell]) -> bool:
        """Whether nothing of these cells is missing in the store."""
        return all(self.store.has(cell.key) for cell in cells)

    def say(self, text: str) -> None:
        """Tell whoever watches."""
        self._watcher.say(text)

    def check(self, cells: Sequence[Cell]) -> None:
        """Raise ValueError where some of these cells lack data, CellError where they failed, or LeftError."""
        failed = {cell.key: self._failed[cell.key] for cell in cells if cell.key in self._failed}
        if failed:
            raise CellError(failed)
        wanted = {cell.key for cell in cells}
        if left := {key: why for key, why in self._left.items() if key in wanted}:
            raise LeftError(left)

    def compute_share(self, cells: Sequence[Cell], shard: Shard) -> Share:
        """Compute a shard's share of some cells; what went wrong is in the share."""
        mine = shard.share(cells)
        known = sum(not self._error(cell) and self.store.has(cell.key) for cell in mine)
        self.compute(mine)
        errors = {str(cell): error for cell in mine if (error := self._error(cell))}
        return Share(shard=shard, cells=mine, total=len({cell.place for cell in cells}), known=known, errors=errors)

    def missing(self) -> list[str]:
        """What was needed and is not there, for a reader."""
        return list(missing_lines([c for k, c in self._asked.items() if not self.store.has(k)], self._failed))

    def halved(self, cells: Sequence[Cell]) -> int:
        """How many of these cells did not fit into memory side by side."""
        return sum("halved" in self.store.about(cell.key) for cell in cells)

    def carried(self, cells: Sequence[Cell]) -> int:
        """How many of these cells are results of earlier code, see `hw1.running.carrying`."""
        return sum("carried" in self.store.about(cell.key) for cell in cells)

    def close(self) -> None:
        """Close the store; tables that were read stay."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _leave(self, cells: Sequence[Cell]) -> None:
        """Leave cells for another run; what the longest should take tells whether it can fit into any."""
        if not cells:
            return
        costs = costs_of(cells, self.store)
        takes = {cell.key: costs.seconds(cell.label) or 0.0 for cell in cells}
        reasons = {key: f": a cell should take {minutes(seconds)}" if seconds else "" for key, seconds in takes.items()}
        self._left |= {key: f"left for another run{reasons[key]}" for key in sorted(takes, key=lambda key: -takes[key])}

    def _error(self, cell: Cell) -> str:
        """Why a cell is not computed: the data it lacks, or how it failed; empty where nothing is wrong."""
        try:
            return self._failed.get(cell.key, "")
        except ValueError as error:
            return str(error)
