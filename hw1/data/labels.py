"""Labels made wrong on purpose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["corrupt"]


def corrupt(
    labels: NDArray[np.integer], fraction: float, classes: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Redraw the labels of a random part of the examples, uniformly over all classes.

    A redrawn label may by chance be the true one (one in `classes`), as in the source. With streams of the same key
    the sets are nested: a larger fraction redraws the same examples to the same labels, and more.

    Parameters
    ----------
    labels : integers of shape (n,) in [0, classes); not modified
    fraction : of the examples, in [0, 1]; exactly ``round(fraction * n)`` are redrawn, halves to the even number

    Returns
    -------
    labels, corrupted : int64 and bool of shape (n,); `corrupted` marks the redrawn examples

    References
    ----------
    Zhang et al., ICLR 2017, arXiv:1611.03530, section 2.1 ("partially corrupted labels")
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise TypeError(f"Labels of shape {labels.shape} and type {labels.dtype} are not classes. Pass (n,) integers.")
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction={fraction} is not a part of the examples. Use a number from 0 to 1.")
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(f"Labels {labels.min()} to {labels.max()} are not all in 0..{classes - 1}. Check `classes`.")
    order = rng.permutation(labels.size)  # both draws ignore the fraction: this is what nests the sets
    drawn = rng.integers(classes, size=labels.size)
    corrupted = np.zeros(labels.size, dtype=bool)
    corrupted[order[: round(fraction * labels.size)]] = True
    return np.where(corrupted, drawn, labels).astype(np.int64), corrupted
