"""MNIST-1D: ten one-dimensional shapes, moved, stretched and drowned in noise; made on the spot, new for each seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw1.data.split import Split

__all__ = ["TEMPLATES", "Draws", "mnist1d", "signals"]

Floats = NDArray[np.float64]

PADDING = (36, 60)  # zeros behind the shape, both ends included: the more, the narrower the shape
SCALE, SHEAR, CORRELATED, INDEPENDENT = 0.4, 0.75, 0.25, 0.02
SHIFTS, POINTS, LENGTH = 48, 72, 40  # numbers of shifts; of points before and after the last subsampling

_STROKES = np.array(
    [
        [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
        [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
        [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
        [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
        [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
        [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
        [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
        [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
    ]
)
TEMPLATES: Floats = (_STROKES - _STROKES[:, :1]) / _STROKES.std(1, keepdims=True) / 6
"""float64 of shape (10, 12): the shapes of the digits 0 to 9, from 0 to 0."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """What is random in n signals: integers and uniform numbers of [0, 1) of shape (n,), normal ones of (n, 72)."""

    padding: NDArray[np.int64]
    scale: Floats
    shift: NDArray[np.int64]
    correlated: Floats
    independent: Floats
    shear: Floats

    @classmethod
    def of(cls, rng: np.random.Generator, n: int) -> Draws:
        """Draw all of it."""
        low, high = PADDING
        return cls(
            padding=rng.integers(low, high + 1, n),
            scale=rng.random(n),
            shift=rng.integers(SHIFTS, size=n),
            correlated=rng.standard_normal((n, POINTS)),
            independent=rng.standard_normal((n, POINTS)),
            shear=rng.random(n),
        )


def mnist1d(rng: np.random.Generator, *, train: int, test: int) -> Split:
    """New examples in the published distribution, standardised by mean and deviation of all training numbers.

    The package standardises by the test part too; the published sizes are 4,000 and 1,000. Here 4,000 take 0.04 s, so
    that each arm makes its own again: 15 of 270 core-seconds of image_classifier and parameter_count, which use most.

    Parameters
    ----------
    rng : draws everything
    train, test : numbers of examples; in both together the classes are as equal as can be

    Returns
    -------
    Split with 40 features and 10 classes

    References
    ----------
    Greydanus and Kobak, ICML 2024, arXiv:2011.14439
    """
    if train < 1 or test < 1:
        raise ValueError(f"{train} training and {test} test examples do not make a split. Ask for at least 1 of each.")
    labels = rng.permutation(np.arange(train + test) % len(TEMPLATES))
    x = signals(labels, Draws.of(rng, train + test))
    x = ((x - x[:train].mean()) / x[:train].std()).astype(np.float32)
    return Split(x_train=x[:train], y_train=labels[:train], x_test=x[train:], y_test=labels[train:], classes=10)


def signals(labels: NDArray[np.integer], draws: Draws) -> Floats:
    """Transform the templates of n labels as drawn: (n, 40), before standardisation."""
    from scipy.ndimage import gaussian_filter1d

    clean = _stretched(TEMPLATES[labels], draws.padding) * (1 + SCALE * (draws.scale - 0.5))[:, None]
    clean = _rolled(clean, draws.shift)
    # Correlated noise fills what the shape leaves free; the shape itself is nowhere exactly 0, see `_stretched`.
    noise = gaussian_filter1d(CORRELATED * draws.correlated, 2, axis=1)
    noisy = np.where(clean != 0, clean, noise) + INDEPENDENT * draws.independent
    sheared = noisy - SHEAR * (draws.shear - 0.5)[:, None] * np.linspace(-0.5, 0.5, POINTS)
    return _at(sheared, np.broadcast_to(np.linspace(0, POINTS - 1, LENGTH), (len(labels), LENGTH)))


def _stretched(shapes: Floats, padding: NDArray[np.int64]) -> Floats:
    """Shapes (n, 12) with their own number of zeros behind, each read at 72 even places from end to end."""
    padded = np.zeros((len(shapes), shapes.shape[1] + PADDING[1]))
    padded[:, : shapes.shape[1]] = shapes + 1e-8  # so that a zero of the shape is not taken for free space
    last = shapes.shape[1] + padding - 1
    return _at(padded, np.arange(POINTS) * last[:, None] / (POINTS - 1))


def _rolled(x: Floats, shift: NDArray[np.int64]) -> Floats:
    """Each row moved to the right by its shift; what leaves on the right comes in on the left."""
    rolled: Floats = np.take_along_axis(x, (np.arange(x.shape[1]) - shift[:, None]) % x.shape[1], axis=1)
    return rolled


def _at(x: Floats, places: Floats) -> Floats:
    """Rows of x read at fractional places, linearly between neighbours; both of shape (n, ...)."""
    left = np.minimum(places.astype(np.int64), x.shape[1] - 2)
    low, high = (np.take_along_axis(x, left + i, axis=1) for i in (0, 1))
    read: Floats = low + (high - low) * (places - left)
    return read
