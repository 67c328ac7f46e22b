"""How long kinds of cells will take that were never computed here: a training is started, timed and stopped."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from hw1.running.cells import Cell
from hw1.running.processes import ends_with, in_processes
from hw1.running.workers import Ended, Outcome, Task, run_cell, task_of

SECONDS = 5.0  # of training; the first update is not counted, as it allocates memory and loads libraries


class Enough(Ended):
    """Ends a cell whose duration is known."""

    def __init__(self, seconds: float):
        self.seconds = seconds


class Stopwatch:
    """Listens to the first training of a cell and ends it when its duration is clear: after 3 updates and 5 s, or 20 s.

    Parameters
    ----------
    clock : seconds, monotonic
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._began = clock, clock()

    def __call__(self, update: int, updates: int, losses: Any) -> None:  # noqa: ARG002 - a listener
        """Read the clock after an update."""
        now = self._clock()
        if update <= 1:
            self._first = now
            return
        spent = now - self._first
        if (update > 3 and spent >= SECONDS) or spent >= 4 * SECONDS:
            raise Enough(self._first - self._began + (updates - 1) * spent / (update - 1))


def measured(cells: Sequence[Cell], jobs: int) -> list[Outcome]:
    """What is known of cells when their first trainings have run for some seconds, in the order of the cells.

    Where a training was stopped there are seconds only, a lower bound: setup, and one training at the speed of its
    first updates, without further trainings and without what the cell measures besides. A cell without a training, or
    with a short one, has run to its end.
    """
    tasks = [task_of(cell) for cell in cells]
    if jobs == 1:
        return [begun(task) for task in tasks]
    found = {seen.key: seen for seen in in_processes(jobs, _in_worker, [(os.getpid(), task) for task in tasks])}
    return [found[task.key] for task in tasks]


def begun(task: Task) -> Outcome:
    """A cell's outcome, or the seconds that it will take."""
    try:
        return run_cell(task, listener=Stopwatch())
    except Enough as enough:
        return Outcome(key=task.key, seconds=enough.seconds)


def _in_worker(parent: int, task: Task) -> Outcome:
    ends_with(parent)
    return begun(task)
