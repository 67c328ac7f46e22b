"""The first losses of some trainings: seconds tell whether numbers moved, and whether by rounding or by more."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hw1.blocks import EVIDENCE, seeds_of
from hw1.machine.devices import CPU
from hw1.registry import Experiment
from hw1.running.cells import cells_of
from hw1.running.workers import Ended, run_cell, task_of

Losses = Mapping[str, Sequence[Sequence[float]]]  # by experiment: updates, and of each the losses of the first seeds

AT = (0, 1, 2, 5, 10, 20)  # updates after which losses are kept
SEEDS = 3  # of a stack, whose nets all train


class Enough(Ended):
    """Ends a training whose first losses are known."""


class First:
    """Listens to the first training of a cell and ends it after the last of `AT`."""

    def __init__(self) -> None:
        self.losses: list[list[float]] = []

    def __call__(self, update: int, updates: int, losses: Any) -> None:
        """Keep the losses of an update."""
        if update in AT:
            self.losses.append([float(loss) for loss in losses[:SEEDS].detach().cpu().double()])
        if update >= min(AT[-1], updates):
            raise Enough


def first_losses(some: Sequence[Experiment]) -> Iterator[tuple[str, list[list[float]]]]:
    """Name and first losses of the first arm of experiments, on the seeds of the evidence, on this machine's CPU.

    An experiment that trains no net with `hw1.training` has none, and is left out.

    Raises
    ------
    RuntimeError : where a training fails
    """
    for one in some:
        setting, listener = one.setting("fast"), First()
        (cell, *_) = cells_of(one, setting, one.arms[:1], seeds_of(EVIDENCE, 1), CPU)
        try:
            ended = run_cell(task_of(cell), listener=listener)
        except Enough:
            yield one.name, listener.losses
            continue
        if ended.error:
            raise RuntimeError(f"{cell} failed:\n{ended.error}")
