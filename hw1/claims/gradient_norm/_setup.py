"""Stacks of classifiers with their data: what the experiments of this family share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw1.data import CLASSES, Problem, problem
from hw1.data import external_data as external_data  # of the data that `full` reads

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream


@dataclass(frozen=True, kw_only=True)
class Classification:
    """Data and net."""

    data: str = "mnist1d"  # or digits, cifar10
    train: int  # examples
    test: int = 10
    widths: tuple[int, ...]  # units in each hidden layer
    activation: str = "tanh"
    stack: int


def prepared(
    setting: Classification, *, seeds: Sequence[int], draw: Draw, device: str, double: bool = False
) -> "tuple[Stack, Problem]":
    """One net and one data set per seed; `double` for float64."""
    from hw1.nets.dense import dense, initialised
    from hw1.training import stack

    data = problem(setting.data, train=setting.train, test=setting.test, rngs=[draw(seed, "data") for seed in seeds])
    inputs = data.x_train.shape[-1]
    nets = initialised(
        lambda: dense(setting.widths, inputs=inputs, outputs=CLASSES, activation=setting.activation),
        [draw(seed, "init") for seed in seeds],
    )
    return stack([net.double() for net in nets] if double else nets, device), data


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Labels (seeds, n) as targets of the squared error, (seeds, n, classes)."""
    return np.eye(CLASSES, dtype=np.float32)[labels]


def drawn(stack: "Stack", seeds: Sequence[int], draw: Draw, purpose: str, *, uniform: bool = False) -> "Tensor":
    """One vector per seed, (K, P): standard normal, or uniform between -1 and 1."""
    rngs = [draw(seed, purpose) for seed in seeds]
    shape = stack.P
    return stack.place(np.stack([rng.uniform(-1, 1, shape) if uniform else rng.standard_normal(shape) for rng in rngs]))
