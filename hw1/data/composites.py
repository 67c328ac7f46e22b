"""Inputs of two features side by side, each of which tells the class alone: a simple one and a complex one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["half_line", "shuffled_columns", "slabs"]

Floats = NDArray[np.float64]
Labels = NDArray[np.integer]

GAP = 0.1  # half of what lies between the classes on a half-line, in units of its length
FILLED = 0.5  # share of a slab's width in which its points lie: the rest keeps the classes apart


def half_line(labels: Labels, rng: np.random.Generator, *, wrong: float = 0.0) -> Floats:
    """A number for each label, uniform from `GAP` to 1, below 0 for class 0: one threshold tells the classes apart.

    Parameters
    ----------
    labels : 0 or 1, (n,)
    wrong : share of the examples, each with this probability, whose number has the other class's sign

    References
    ----------
    Shah et al., NeurIPS 2020, arXiv:2006.07710, section 3.1 (linear and noisy linear blocks)
    """
    _check_binary(labels)
    if not 0 <= wrong <= 1:
        raise ValueError(f"wrong={wrong} is no share of the examples. Use a number from 0 to 1.")
    size = rng.uniform(GAP, 1, len(labels))
    turned = rng.random(len(labels)) < wrong
    return np.where((labels == 1) != turned, size, -size)


def slabs(labels: Labels, k: int, rng: np.random.Generator) -> Floats:
    """A number from -1 to 1 for each label, in one of k slabs that belong to class 0 and class 1 by turns.

    To tell the classes apart takes k - 1 thresholds. Each slab of a class is as likely as its others.

    Parameters
    ----------
    labels : 0 or 1, (n,)
    k : number of slabs, at least 2

    References
    ----------
    Shah et al., NeurIPS 2020, arXiv:2006.07710, section 3.1 (k-slab blocks)
    """
    _check_binary(labels)
    if k < 2:
        raise ValueError(f"{k} slabs do not hold two classes. Use at least 2.")
    of_class = np.array([len(range(c, k, 2)) for c in (0, 1)])
    slab = labels + 2 * rng.integers(of_class[labels])
    within = 0.5 + FILLED * rng.uniform(-0.5, 0.5, len(labels))
    return np.asarray(2 * (slab + within) / k - 1, dtype=np.float64)


def shuffled_columns(
    x: NDArray[np.floating], columns: Sequence[int], rngs: Sequence[np.random.Generator]
) -> NDArray[np.floating]:
    """Inputs whose values in some columns are dealt anew among the examples of each replica, whole rows together.

    What such columns tell of the class is gone, and their distribution is as it was.

    Parameters
    ----------
    x : (replicas, examples, features); not modified
    columns : of the features, at least one
    rngs : one per replica

    References
    ----------
    Breiman, Machine Learning 45 (2001) 5, doi:10.1023/A:1010933404324, section 10 (importance by permutation)
    """
    if not columns:
        raise ValueError("No columns to shuffle. Name at least one.")
    shuffled = x.copy()
    for own, rng in zip(shuffled, rngs, strict=True):
        own[:, columns] = own[rng.permutation(len(own))][:, columns]
    return shuffled


def _check_binary(labels: Labels) -> None:
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"Labels from {labels.min()} to {labels.max()} are not those of two classes. Use 0 and 1.")
