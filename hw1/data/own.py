"""A user's own data set, in the forms that people have; each seed draws its examples as from ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw1.data.columns import by_columns, is_frame, is_path, of_bunch
from hw1.data.folders import images_in
from hw1.data.forms import classes_of, collected, images_of, is_dataset, labels_of
from hw1.data.split import CLASSES, Split

__all__ = ["OwnExamples", "examples_of"]

Floats = NDArray[np.floating]


class OwnExamples:
    """Examples in memory; each seed draws its own training and test part, without a common one.

    Parameters
    ----------
    x : numbers of shape (n, features), (n, height, width), (n, channels, height, width) or, with 1, 3 or 4 channels,
        (n, height, width, channels)
    y : labels of any kind, of shape (n,), at most ten different ones; they are numbered in their order
    x_test, y_test : a test set of its own, from which the test parts are drawn; else both come from x and y

    Raises
    ------
    ValueError
        for examples that are no numbers or not finite, shapes that do not fit together, labels that are missing or of
    several kinds, and more than ten classes
    """

    def __init__(self, x: Any, y: Any, x_test: Any = None, y_test: Any = None) -> None:
        self._separate = x_test is not None
        labels = [labels_of(y), *([labels_of(y_test)] if self._separate else [])]
        names, numbered = classes_of(np.concatenate(labels))
        if len(names) > CLASSES:
            raise ValueError(
                f"The data have {len(names)} classes, and every net here has {CLASSES} outputs. Keep {CLASSES} of them."
            )
        self.classes = len(names)
        parts = np.split(numbered.astype(np.int64), [len(labels[0])])
        images = [images_of(x), *([images_of(x_test)] if self._separate else [])]
        self._x, self._y, self.shape = images[0], parts[0], _shape(images[0])
        self._x_test, self._y_test = (images[1], parts[1]) if self._separate else (images[0], parts[0])
        for one, of in zip(images, labels, strict=True):
            _check_pair(one, of)
        if _shape(images[-1]) != self.shape:
            raise ValueError(
                f"Test examples have the shape {_shape(images[-1])}, training examples {self.shape}. Give both one."
            )
        _check_classes(names, parts)

    @property
    def shares(self) -> tuple[Floats, Floats]:
        """Share of each class among the training examples and among the test examples, (classes,) each."""
        first, second = (np.bincount(y, minlength=self.classes) / len(y) for y in (self._y, self._y_test))
        return first, second

    def __repr__(self) -> str:
        return f"{len(self._x)} examples of shape {self.shape} in {self.classes} classes"

    def draw(self, rng: np.random.Generator, *, train: int, test: int) -> Split:
        """Random parts, standardised by the training part: each feature of a table, each channel of images.

        A feature or channel that is constant in the training part becomes 0.
        """
        first, second = self._rows(rng, train, test)
        axes = (0,) if self._x.ndim == 2 else (0, 2, 3)
        x, x_test = self._x[first], self._x_test[second]
        mean, deviation = (f(axes, keepdims=True, dtype=np.float64) for f in (x.mean, x.std))
        constant = x.max(axes, keepdims=True) == x.min(axes, keepdims=True)  # whose deviation may be rounding, not 0
        scale = np.where(constant, np.inf, deviation)
        x, x_test = (((part - mean) / scale).reshape(len(part), -1).astype(np.float32) for part in (x, x_test))
        return Split(x_train=x, y_train=self._y[first], x_test=x_test, y_test=self._y_test[second], classes=CLASSES)

    def _rows(self, rng: np.random.Generator, train: int, test: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        there = (len(self._x), len(self._x_test))
        enough = train <= there[0] and test <= there[1] if self._separate else train + test <= there[0]
        if not enough:
            have = f"{there[0]} and {there[1]}" if self._separate else f"{there[0]}"
            raise ValueError(
                f"{train} training and {test} test examples cannot be drawn from {have}. Set `train` and `test` of the "
                f"setting to fewer, such as {there[0] * 2 // 3} and {there[-1] // 3}, less what it holds out besides."
            )
        order = rng.permutation(there[0])
        return order[:train], rng.permutation(there[1])[:test] if self._separate else order[train : train + test]


def examples_of(data: Any) -> OwnExamples:
    """A data set from what a user has.

    Parameters
    ----------
    data : one of
        (x, y) or (x, y, x_test, y_test): arrays, tensors, frames or lists;
        (table, column) or (table, test table, column): data frames or CSV files, and the column of the labels;
        a folder of images, `DIR/<class>/*` or `DIR/{train,test}/<class>/*`;
        a data set of torch or torchvision (anything with a length that gives an example and its label by number), or a
        pair of them to train and to test on;
        a bunch of scikit-learn's
    """
    if isinstance(data, OwnExamples):
        return data
    parts = list(data) if isinstance(data, tuple | list) else [data]
    if parts and _is_column(parts[-1], parts[0]) and len(parts) in (2, 3) and all(map(_is_table, parts[:-1])):
        return OwnExamples(*by_columns(parts[:-1], parts[-1]))
    if len(parts) in (1, 2) and all(is_dataset(part) for part in parts):
        return OwnExamples(*(array for part in parts for array in collected(part)))
    if len(parts) in (2, 4) and not isinstance(data, str):
        return OwnExamples(*parts)
    if is_path(data) and Path(data).is_dir():
        return OwnExamples(*images_in(Path(data)))
    if isinstance(data, Mapping):
        return OwnExamples(*of_bunch(data))
    raise ValueError(f"data of type {_kind(data)} is not a form that can be read: {_way(data)}.")


def _is_table(part: Any) -> bool:
    return is_frame(part) or is_path(part)


def _kind(data: Any) -> str:
    return f"{type(data).__name__} of {len(data)}" if isinstance(data, tuple | list) else type(data).__name__


def _is_column(name: Any, table: Any) -> bool:
    """Whether it names a column: text, or another name that the frame has."""
    return isinstance(name, str) or (
        is_frame(table) and isinstance(name, int | float | tuple) and name in table.columns
    )


def _way(data: Any) -> str:
    """What to give instead of what cannot be read."""
    if is_path(data):
        there = "is a file" if Path(data).is_file() else "is not there"
        return f"{data} {there}, and a path names a folder of images; of a CSV file, give (file, column of the labels)"
    if is_frame(data):
        return f"it needs its column of labels, (frame, {str(data.columns[-1])!r}), or (frame[features], labels)"
    if hasattr(data, "dataset"):
        return "give the data set of the loader, loader.dataset"
    return "give (x, y), (x, y, x_test, y_test), a data set of torch or torchvision, or a pair of them"


def _check_pair(x: Floats, y: NDArray[Any]) -> None:
    if len(x) != len(y):
        raise ValueError(f"{len(x)} examples and {len(y)} labels do not pair up. Give one label per example.")


def _check_classes(names: NDArray[Any], parts: Sequence[NDArray[np.int64]]) -> None:
    """Refuse what no net can learn: one class, and one that only the test set has."""
    if len(names) < 2:
        raise ValueError(f"All labels are {str(names[0])!r}: nothing is to be told apart. Give two classes or more.")
    if unseen := {*parts[-1].tolist()} - {*parts[0].tolist()} if len(parts) > 1 and len(parts[1]) else set():
        raise ValueError(
            f"The class {str(names[min(unseen)])!r} is in the test set alone, and no net can learn it. Give training "
            f"examples of it, or leave it out."
        )


def _shape(x: Floats) -> tuple[int, int, int]:
    channels, height, width = x.shape[1:] if x.ndim == 4 else (1, 1, x.shape[1])
    return channels, height, width
