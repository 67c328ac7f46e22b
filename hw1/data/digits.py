"""Real handwritten digits that come with scikit-learn: 1,797 images of 8 x 8 pixels (UCI optdigits, test part)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hw1.data.split import Split

__all__ = ["digits"]


def digits(rng: np.random.Generator, *, train: int, test: int) -> Split:
    """Random split of the digits, standardised by one mean and one deviation over all training pixels.

    One scale for all pixels, as three are always 0 and others nearly so: scaled each by its own deviation in 200
    training images, the largest test pixel has size 57 (median of 50 splits, at worst 170); as it is, at most 1.9.

    Parameters
    ----------
    rng : draws the split
    train, test : numbers of images, together at most 1797

    Returns
    -------
    Split with 64 features and 10 classes

    References
    ----------
    Alpaydin and Kaynak, UCI repository 1998, doi:10.24432/C50P49
    """
    pixels, labels = _all()
    if train < 1 or test < 1 or train + test > len(labels):
        raise ValueError(
            f"{train} training and {test} test digits cannot be drawn from {len(labels)}. "
            f"Ask for at least 1 of each and {len(labels)} together."
        )
    order = rng.permutation(len(labels))
    first, second = order[:train], order[train : train + test]
    mean, deviation = pixels[first].mean(), pixels[first].std()
    x = ((pixels - mean) / deviation).astype(np.float32)
    y = labels.astype(np.int64)
    return Split(x_train=x[first], y_train=y[first], x_test=x[second], y_test=y[second], classes=10)


@cache  # the file takes 30 ms to read, and an arm draws from it for each of its seeds
def _all() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All images, (1797, 64), and their labels, for reading only."""
    from sklearn.datasets import load_digits  # half a second, paid only by experiments on digits

    pixels, labels = load_digits(return_X_y=True)
    pixels.flags.writeable = labels.flags.writeable = False
    return pixels, labels
