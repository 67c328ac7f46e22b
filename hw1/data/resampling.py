"""Which examples a net is trained on: bootstrap samples, subsets, and numbers of each class, replica by replica."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hw1.data.problems import Problem

__all__ = ["bootstrap", "by_class", "repeated", "resampled", "subsets"]

Rows = NDArray[np.int64]  # (replicas, examples)


def bootstrap(n: int, rngs: Sequence[np.random.Generator]) -> Rows:
    """n of n examples drawn with repetition, (replicas, n): 1 - (1 - 1/n)^n of them, 63 %, occur.

    References
    ----------
    Breiman, Machine Learning 24 (1996) 123, doi:10.1007/BF00058655
    """
    return np.stack([rng.integers(n, size=n) for rng in rngs])


def subsets(n: int, size: int, rngs: Sequence[np.random.Generator]) -> Rows:
    """`size` of n examples drawn without repetition, (replicas, size); a larger subset of equal streams holds them."""
    if not 1 <= size <= n:
        raise ValueError(f"{size} of {n} examples cannot be drawn without repetition. Use 1 to {n}.")
    return np.stack([rng.permutation(n)[:size] for rng in rngs])


def by_class(labels: NDArray[np.integer], counts: Sequence[int]) -> Rows:
    """The first counts[c] examples of each class c, (replicas, sum of counts), class by class.

    Parameters
    ----------
    labels : (replicas, examples), in an order that is random
    counts : of each class
    """
    return np.stack([np.concatenate([_first(own, c, count) for c, count in enumerate(counts)]) for own in labels])


def _first(labels: NDArray[np.integer], c: int, count: int) -> Rows:
    rows = np.flatnonzero(labels == c)
    if len(rows) < count:
        raise ValueError(
            f"There are {len(rows)} examples of class {c}, not {count}. Choose data with this class, draw more "
            f"examples, or ask for fewer."
        )
    return rows[:count].astype(np.int64)


def repeated(data: Problem, members: int) -> Problem:
    """Each seed's data for each of its members in a row."""
    return Problem(**{name: np.repeat(values, members, axis=0) for name, values in vars(data).items()})


def resampled(data: Problem, rows: Rows) -> Problem:
    """The problem with these rows as its training examples; they keep the scale of all, and the test examples stay."""
    if len(rows) != len(data.y_train):
        raise ValueError(f"Rows for {len(rows)} replicas do not fit data of {len(data.y_train)}. Give rows for each.")
    x, y = data.x_train, data.y_train
    return replace(data, x_train=np.take_along_axis(x, rows[..., None], 1), y_train=np.take_along_axis(y, rows, 1))
