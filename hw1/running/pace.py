"""How much time is left: what cells should take, how much longer they take in this run, how far those are that run."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from hw1.running.cells import Cell
from hw1.running.computing import Work
from hw1.running.costs import Costs
from hw1.running.heartbeats import Heartbeat

PRIOR = 1.0  # seconds of cells that are taken to have run as expected; the first that ends outweighs them
# A training promises when it ends. Where a cell should take more than 1.5 times as long, it trains again or measures
# long afterwards; else the promise is believed.
BELIEVED = 1.5
ROUNDS = 10
LATE = 0.1  # of what it has taken: what a cell still needs that should have ended


@dataclass(frozen=True)
class Running:
    """A cell that runs: for how many seconds, and when its training promises to end, in seconds from its start."""

    cell: Cell
    seconds: float
    promised: float = 0.0

    def whole(self, expected: float) -> float:
        """Seconds from its start to its end, where so many are expected (0: nothing is)."""
        told = self.promised if expected < BELIEVED * self.promised else expected
        return max(told, (1 + LATE) * self.seconds)


class Pace:
    """What this run has shown of the time that cells take; kept from one computation of the run to the next.

    All cells are taken to be slower than was expected, or faster, by one factor: the machine's and its other work's.
    """

    def __init__(self) -> None:
        self._seen: dict[str, list[float]] = {}
        self._expected: dict[str, float] = {}
        self._scale: float | None = None
        self._spent = self._foreseen = PRIOR

    def expect(self, costs: Costs) -> None:
        """Learn what cells should take. What was expected first stays: a store soon holds this run's own cells."""
        self._scale = costs.scale if self._scale is None else self._scale
        at_first = replace(costs, scale=self._scale)
        for label in {*costs.known, *costs.table}:
            self._expected.setdefault(label, at_first.seconds(label) or 0.0)

    def done(self, label: str, seconds: float) -> None:
        """Learn from a cell that ended."""
        self._seen.setdefault(label, []).append(seconds)
        if label in self._expected:
            self._spent += seconds
            self._foreseen += self._expected[label]

    def seen(self, label: str) -> bool:
        """Whether such a cell ended in this run."""
        return label in self._seen

    def seconds(self, label: str, factor: float) -> float | None:
        """What a cell takes: what others of its label took in this run, or what was expected, times the factor."""
        if label in self._seen:
            return fmean(self._seen[label])
        return factor * self._expected[label] if label in self._expected else None

    def factor(self, running: Iterable[Running]) -> float:
        """Seconds by expected seconds, of the cells that ended and of what is over of those that run.

        How much of a running cell is over depends on the factor, unless its training promises when it ends; so the
        factor is found in rounds, in which cells that promise nothing follow the others.
        """
        parts = [(one, self._expected[one.cell.label]) for one in running if self._expected.get(one.cell.label)]
        spent = self._spent + sum(one.seconds for one, _ in parts)
        factor = self._spent / self._foreseen
        for _ in range(ROUNDS):
            over = (seconds * one.seconds / one.whole(factor * seconds) for one, seconds in parts)
            factor = spent / (self._foreseen + sum(over))
        return factor


class Left:
    """How much time is left of one computation.

    Parameters
    ----------
    started : on the clock that heartbeats are read by
    """

    def __init__(self, work: Work, pace: Pace, started: float = 0.0):
        self._work, self._pace, self._started = work, pace, started
        self._open = {cell.key: cell for cell in work.cells}
        self._took: list[tuple[Cell, float]] = []
        self._lost = 0
        pace.expect(work.costs)

    @property
    def counted(self) -> int:
        """Cells that are done."""
        return len(self._work.cells) - len(self._open) - self._lost

    def done(self, cell: Cell, seconds: float) -> None:
        """Count a cell and what it took."""
        del self._open[cell.key]
        self._took.append((cell, seconds))
        self._pace.done(cell.label, seconds)

    def dropped(self, cell: Cell) -> None:
        """Expect a cell no more: it failed."""
        self._lost += self._open.pop(cell.key, None) is not None

    def told(self, beats: Sequence[Heartbeat], now: float) -> tuple[str, float] | None:
        """Seconds left after "about"; "over" where of some cells only the beginning is known, "roughly" where most of
        the time is guessed from cells that are not like them; None where nothing is known."""
        running = {one.cell.key: one for one in self._running(beats, now)}
        said = self._said(running)
        if self._open and not said and not self._took:
            return None
        whole = {key: said[key] if key in said else self._guessed(cell, said) for key, cell in self._open.items()}
        rest = {key: seconds for key, seconds in whole.items() if key not in running}
        busy = {key: one.whole(whole[key]) - one.seconds for key, one in running.items()}
        return self._how(rest | busy, said), ends(list(busy.values()), list(rest.values()), self._work.jobs)

    def _running(self, beats: Sequence[Heartbeat], now: float) -> Iterator[Running]:
        """The cells that run; on a cluster, which sends no heartbeats, the first ones, for what no ended cell took."""
        here = [beat for beat in beats if beat.key in self._open]
        for beat in here:
            yield Running(self._open[beat.key], max(now - beat.began, 0.0), beat.expected or 0.0)
        if not here:
            first = list(self._open.values())[: self._work.jobs]
            ended = sum(seconds for _, seconds in self._took)
            spent = max(self._work.jobs * (now - self._started) - ended, 0.0)
            yield from (Running(cell, spent / self._work.jobs) for cell in first)

    def _said(self, running: Mapping[str, Running]) -> dict[str, float]:
        """Seconds of each cell of which something is known, from its beginning to its end."""
        factor = self._pace.factor(running.values())
        promised: dict[str, float] = {}
        for one in running.values():
            promised[one.cell.label] = max(promised.get(one.cell.label, 0.0), one.promised)
        each = {
            key: self._pace.seconds(cell.label, factor) or promised.get(cell.label, 0.0)
            for key, cell in self._open.items()
        }
        return {key: seconds for key, seconds in each.items() if seconds}

    def _guessed(self, cell: Cell, said: Mapping[str, float]) -> float:
        """What cells of its experiment take, or all."""
        told = [*self._took, *((self._open[key], seconds) for key, seconds in said.items())]
        alike = [seconds for one, seconds in told if one.experiment.name == cell.experiment.name]
        return median(alike or [seconds for _, seconds in told])

    def _how(self, rest: Mapping[str, float], said: Mapping[str, float]) -> str:
        labels = {key: cell.label for key, cell in self._open.items() if not self._pace.seen(cell.label)}
        if any(label in self._work.least for label in labels.values()):
            return "over"
        unsure = [key for key, label in labels.items() if key not in said or label in self._work.costs.guessed]
        return "roughly" if 2 * sum(rest[key] for key in unsure) > sum(rest.values()) else "about"


def ends(busy: Sequence[float], waiting: Sequence[float], jobs: int) -> float:
    """When the last cell ends if each process, once free, takes the next that waits.

    Parameters
    ----------
    busy : seconds that the running cells still need
    waiting : seconds of the others, in the order in which they are taken
    """
    free = [*busy, *[0.0] * (jobs - len(busy))]
    heapq.heapify(free)
    for seconds in waiting:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)
