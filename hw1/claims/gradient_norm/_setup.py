"""Stacks of dense classifiers, how they go downhill and what is measured: what the experiments of this family share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw1.data import CLASSES
from hw1.settings import Dense
from hw1.streams import Draw

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.measures.gradients import Objective
    from hw1.training import Stack, Trained

Measure = Callable[["Stack"], "Tensor"]
Record = Mapping[str, Measure]
Watch = Callable[[int, "Tensor"], None]


@dataclass(frozen=True, kw_only=True)
class Nets(Dense):
    """Data and net."""

    data: str = "mnist1d"
    test: int = 10  # measured in `sharpness_and_batch` alone; MNIST-1D draws them with the others
    activation: str = "tanh"
    stack: int = 12


@dataclass(frozen=True, kw_only=True)
class Descent(Nets):
    """Full batches of gradient descent on the squared error of one-hot targets."""

    train: int = 100
    widths: tuple[int, ...] = (32, 32)
    updates: int
    records: int  # measurements after the start, evenly spaced


def descend(
    stack: Stack, x: Tensor, y: Tensor, setting: Descent, *, lr: float, record: Record, on_update: Watch | None = None
) -> Trained:
    """Train a stack on its own inputs and targets, as `hw1.training.train` does, and measure `record` on the way."""
    from hw1.training import Recipe, train

    recipe = Recipe(optimizer="sgd", lr=lr, updates=setting.updates)
    at = evenly(setting.updates, setting.records + 1)
    return train(stack, x, y, recipe, loss="squared", per_replica=True, record=record, at=at, on_update=on_update)


def evenly(updates: int, n: int) -> list[int]:
    """At most n evenly spaced numbers of updates, the first and the last of a training among them."""
    return [int(step) for step in np.unique(np.linspace(0, updates, n).astype(int))]


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Labels (seeds, n) as targets of the squared error, (seeds, n, classes)."""
    return np.eye(CLASSES, dtype=np.float32)[labels]


def drawn(stack: Stack, seeds: Sequence[int], draw: Draw, purpose: str, *, uniform: bool = False) -> Tensor:
    """One vector per seed, (K, P): standard normal, or uniform between -1 and 1."""
    rngs = [draw(seed, purpose) for seed in seeds]
    return stack.place(np.stack([r.uniform(-1, 1, stack.P) if uniform else r.standard_normal(stack.P) for r in rngs]))


def lanczos(objective: Objective, start: Tensor, *, iterations: int, tolerance: float) -> Measure:
    """A record of the Hessian's largest eigenvalue and of whether Lanczos missed its tolerance (0 or 1): (K, 2)."""
    import torch

    from hw1.measures.curvature import sharpness

    def top(stack: Stack) -> Tensor:
        found = sharpness(stack, objective, start, iterations=iterations, tolerance=tolerance)
        return torch.stack([found.value, (~found.converged).to(found.value)], dim=1)

    return top
