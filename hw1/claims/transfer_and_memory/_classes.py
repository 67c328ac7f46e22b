"""Problems that hold some of the classes only."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hw1.data import Problem, resampled


def of_classes(data: Problem, classes: Sequence[int], *, train: int | None = None) -> Problem:
    """The examples of these classes, in their order; as many for each seed as the seed with the fewest has.

    Parameters
    ----------
    train : training examples of them all; None for as many as there are

    Raises
    ------
    ValueError
        where a seed has fewer training examples of these classes, or none for training or for testing
    """
    rows, test = _rows(data.y_train, classes), _rows(data.y_test, classes)
    if train is not None and not 1 <= train <= rows.shape[1]:
        raise ValueError(
            f"{train} training examples of classes {tuple(classes)} cannot be had: a seed has {rows.shape[1]}. Draw "
            f"more examples, or ask for fewer."
        )
    return replace(
        resampled(data, rows[:, :train]),
        x_test=np.take_along_axis(data.x_test, test[..., None], 1),
        y_test=np.take_along_axis(data.y_test, test, 1),
    )


def _rows(labels: NDArray[np.int64], classes: Sequence[int]) -> NDArray[np.int64]:
    """Places of the examples of some classes, (seeds, examples of the seed with the fewest)."""
    each = [np.flatnonzero(np.isin(own, classes)) for own in labels]
    fewest = min(len(rows) for rows in each)
    if not fewest:
        raise ValueError(
            f"no example of the classes {', '.join(map(str, classes))} was drawn: choose data that have them, or draw "
            f"more examples (`train`, `test`)"
        )
    return np.stack([rows[:fewest] for rows in each])
