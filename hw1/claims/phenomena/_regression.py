"""A linear target of features that are learned fast and features that are learned slowly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw1.streams import Draw

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Features:
    """Numbers of features, of examples, and what the target is made of."""

    examples: int
    test: int
    fast: int
    slow: int
    slow_scale: float  # deviation of the slow features; that of the fast ones is 1
    fast_signal: float  # variance of the target that the fast features carry
    slow_signal: float
    noise: float  # deviation of what is added to the target


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """One regression per seed: inputs (seeds, n, features) and targets (seeds, n, 1), float32."""

    x_train: Floats
    y_train: Floats
    x_test: Floats
    y_test: Floats


def regression(features: Features, seeds: Sequence[int], draw: Draw) -> Regression:
    """Examples for each seed, from its streams "inputs", "target" and "noise".

    The inputs are normal and independent. The target does not depend on `slow_scale`: where a feature is small, the
    coefficient that the target has for it is as much larger.
    """
    made = [_examples(features, seed, draw) for seed in seeds]
    x, y = (np.stack(parts).astype(np.float32) for parts in zip(*made, strict=True))
    n = features.examples
    return Regression(x_train=x[:, :n], y_train=y[:, :n], x_test=x[:, n:], y_test=y[:, n:])


def _examples(features: Features, seed: int, draw: Draw) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    numbers, signals = (features.fast, features.slow), (features.fast_signal, features.slow_signal)
    size = np.concatenate([np.full(n, np.sqrt(signal / n)) for n, signal in zip(numbers, signals, strict=True)])
    coefficients = size * draw(seed, "target").choice([-1.0, 1.0], len(size))
    n = features.examples + features.test
    x = draw(seed, "inputs").standard_normal((n, len(size)))
    y = x @ coefficients + features.noise * draw(seed, "noise").standard_normal(n)
    return x * np.repeat([1.0, features.slow_scale], numbers), y[:, None]
