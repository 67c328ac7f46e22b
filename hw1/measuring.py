"""How long cells will take of which none was ever computed here: their trainings are begun, measured and given up."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from hw1.cells import Cell
from hw1.workers import Task, ends_with, run_cell, task_of

SECONDS = 5.0  # of training; the first update is not counted, as memory is taken and libraries are loaded in it


class Enough(BaseException):
    """Ends a cell whose duration is known; no `except Exception` of an experiment holds it up."""

    def __init__(self, seconds: float):
        self.seconds = seconds


class Stopwatch:
    """Listens to the first training of a cell and ends it when its duration can be told: 3 updates and 5 s, or 20 s.

    Parameters
    ----------
    clock : seconds, monotonic
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._began = clock, clock()

    def __call__(self, update: int, updates: int, losses: Any) -> None:  # noqa: ARG002 - a listener
        """Look at the clock after an update."""
        now = self._clock()
        if update <= 1:
            self._first = now
            return
        spent = now - self._first
        if (update > 3 and spent >= SECONDS) or spent >= 4 * SECONDS:
            raise Enough(self._first - self._began + (updates - 1) * spent / (update - 1))


def durations(cells: Sequence[Cell], jobs: int) -> dict[str, float]:
    """Seconds of cells by label: setup, and one training at the speed of its first seconds.

    What a cell measures besides is not in it, nor are further trainings. Cells that cannot run tell nothing.
    """
    from joblib import Parallel, delayed, parallel_config

    tasks = [task_of(cell) for cell in cells]
    if jobs == 1:
        seen = [duration(task) for task in tasks]
    else:
        with parallel_config("loky", inner_max_num_threads=1):
            seen = Parallel(n_jobs=jobs, batch_size=1)(delayed(_in_worker)(os.getpid(), task) for task in tasks)
    return {cell.label: seconds for cell, seconds in zip(cells, seen, strict=True) if seconds}


def duration(task: Task) -> float:
    """Seconds that a cell will take; 0 where it cannot run. One without training, or a short one, runs to its end."""
    try:
        return run_cell(task, listener=Stopwatch()).seconds
    except Enough as enough:
        return enough.seconds


def _in_worker(parent: int, task: Task) -> float:
    ends_with(parent)
    return duration(task)
