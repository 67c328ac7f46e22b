"""Classification problems: a data set drawn afresh for each seed, scaled by its training part, seeds side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw1.data.addition import addition, modulus_of
from hw1.data.cifar10 import Part, cifar10, cifar10_digest
from hw1.data.digits import digits
from hw1.data.mnist1d import mnist1d
from hw1.data.split import CLASSES, Split
from hw1.replaced import replacement

__all__ = ["CLASSES", "SHAPES", "Problem", "external_data", "number_of_classes", "problem"]


class _Shapes(dict[str, tuple[int, int, int]]):
    """Shapes by name; in a setting of one's own every name gives that of the user's data (`hw1.replaced`)."""

    def __getitem__(self, data: str) -> tuple[int, int, int]:
        own = replacement("data", data)
        if own is not None:
            return own.shape  # type: ignore[no-any-return]
        _require_known(data)
        modulus = modulus_of(data)
        return super().__getitem__(data) if modulus is None else (1, 1, 2 * modulus)


SHAPES = _Shapes({"mnist1d": (1, 1, 40), "digits": (1, 8, 8), "cifar10": (3, 32, 32)})  # channels, height, width

Floats = NDArray[np.float32]
Scale = Callable[[NDArray[np.uint8], NDArray[np.uint8]], tuple[Floats, Floats]]  # training and test images to rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """One data set per seed: inputs (seeds, examples, features) float32, true labels (seeds, examples) int64."""

    x_train: Floats
    y_train: NDArray[np.int64]
    x_test: Floats
    y_test: NDArray[np.int64]


def problem(
    data: str, *, train: int, test: int, rngs: Sequence[np.random.Generator], scale: str = "channels"
) -> Problem:
    """Draw one data set per generator and stack them; in a setting of one's own, of the user's data (`hw1.replaced`).

    Parameters
    ----------
    data : "digits", "mnist1d", "cifar10" from the folder of `--hw1-data`, or "addition_mod_23" with any number
    train, test : numbers of examples, without a common one
    rngs : one generator per seed, from a stream of its own
    scale : of CIFAR-10. "channels": whole images by channel, row and column, each channel with mean 0 and deviation 1
        over the training images that were drawn; "whitened": the central 28 x 28 pixels by row, column and channel,
        each image with mean 0 and deviation 1 (Zhang et al. 2017, arXiv:1611.03530, appendix A)

    Raises
    ------
    ValueError
        for an unknown name, or more examples than there are
    """
    _require_known(data)
    if scale not in _SCALES:
        raise ValueError(f"scale={scale!r} is unknown. Use one of {', '.join(_SCALES)}.")
    own = replacement("data", data)
    if own is None:
        splits = [_split(data, train, test, rng, _SCALES[scale]) for rng in rngs]
    else:
        splits = [own.draw(rng, train=train, test=test) for rng in rngs]
    return Problem(
        x_train=np.stack([split.x_train for split in splits]),
        y_train=np.stack([split.y_train for split in splits]),
        x_test=np.stack([split.x_test for split in splits]),
        y_test=np.stack([split.y_test for split in splits]),
    )


def _require_known(data: str) -> None:
    if data not in SHAPES and modulus_of(data) is None:
        raise ValueError(f"data={data!r} is unknown. Use one of {', '.join(SHAPES)}, addition_mod_23.")


def number_of_classes(data: str) -> int:
    """Classes of a data set, and so outputs of a net for it; ten in a setting of one's own (`hw1.replaced`)."""
    _require_known(data)
    modulus = modulus_of(data)
    return CLASSES if modulus is None or replacement("data", data) is not None else modulus


def external_data(setting: object) -> str:
    """Digest of the data from outside that some field of a setting names; empty where all are bundled or generated."""
    return cifar10_digest() if "cifar10" in _texts(vars(setting)) else ""


def _texts(value: object) -> set[str]:
    """The texts in a value, and in the values that it holds."""
    if isinstance(value, str):
        return {value}
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return {text for one in inside for text in _texts(one)}


def _split(data: str, train: int, test: int, rng: np.random.Generator, scale: Scale) -> Split:
    if data == "cifar10":
        return _cifar10(train, test, rng, scale)
    if (modulus := modulus_of(data)) is not None:
        return addition(rng, modulus=modulus, train=train, test=test)
    return {"digits": digits, "mnist1d": mnist1d}[data](rng, train=train, test=test)


def _cifar10(train: int, test: int, rng: np.random.Generator, scale: Scale) -> Split:
    both = cifar10()
    (images, y), (images_test, y_test) = _drawn(both.train, train, rng), _drawn(both.test, test, rng)
    x, x_test = scale(images, images_test)
    return Split(x_train=x, y_train=y, x_test=x_test, y_test=y_test, classes=CLASSES)


def _drawn(part: Part, n: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    if n > len(part.labels):
        raise ValueError(f"{n} images cannot be drawn from {len(part.labels)}. Use a smaller `train` or `test`.")
    rows = np.sort(rng.permutation(len(part.labels))[:n])
    return part.images[rows], part.labels[rows]


def _by_channels(images: NDArray[np.uint8], others: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    mean, deviation = _channel_scale(images)
    return _planes(images, mean, deviation), _planes(others, mean, deviation)


def _channel_scale(images: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Mean and deviation of each channel, from counts of the 256 values: exact, and without a copy in floats."""
    values = np.arange(256)
    shares = np.stack([np.bincount(images[..., c].ravel(), minlength=256) for c in range(images.shape[-1])])
    shares = shares / shares.sum(1, keepdims=True)
    mean = shares @ values
    return mean.astype(np.float32), np.sqrt(shares @ values**2 - mean**2).astype(np.float32)


def _planes(images: NDArray[np.uint8], mean: Floats, deviation: Floats) -> Floats:
    scaled = (images.astype(np.float32) - mean) / deviation
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2)).reshape(len(images), -1)


def _whitened(*parts: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    first, second = map(_white, parts)
    return first, second


def _white(images: NDArray[np.uint8]) -> Floats:
    flat = images[:, 2:-2, 2:-2].reshape(len(images), -1).astype(np.float32)
    # A uniform image has no deviation; the source bounds it by the inverse root of the number of values.
    scale = np.maximum(flat.std(1, keepdims=True), flat.shape[1] ** -0.5)
    white: Floats = (flat - flat.mean(1, keepdims=True)) / scale
    return white


_SCALES: dict[str, Scale] = {"channels": _by_channels, "whitened": _whitened}
