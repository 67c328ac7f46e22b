"""The forms in which people have examples and labels, read as arrays; what is wrong with them is said by its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import isna

from hw1.deliberate import told

__all__ = ["classes_of", "collected", "images_of", "is_dataset", "labels_of"]

Floats = NDArray[np.floating]


def is_dataset(data: Any) -> bool:
    """Whether this gives pairs by number: an array, a tensor or a data frame does not, its rows are numbers."""
    if not (isinstance(data, Sized) and hasattr(data, "__getitem__")) or hasattr(data, "dtype") or len(data) == 0:
        return False
    if isinstance(data, list | tuple | Mapping | str) or hasattr(data, "columns"):
        return False
    first = _item(data, 0)
    return isinstance(first, tuple | list) and len(first) == 2


def collected(data: Any) -> tuple[Floats, NDArray[Any]]:
    """Examples and labels of a data set; pictures by row, column and channel come as torchvision has them."""
    pairs = [_item(data, i) for i in range(len(data))]
    examples = [_example(x, i) for i, (x, _) in enumerate(pairs)]
    for i, one in enumerate(examples):
        if one.shape != examples[0].shape:
            colours = one.shape[-2:] == examples[0].shape[-2:]
            remedy = "Convert" if colours else "Resize"
            way = "image.convert('RGB')" if colours else "torchvision.transforms.Resize"
            raise ValueError(
                f"Example {i} has the shape {one.shape}, example 0 {examples[0].shape}: all must have one. {remedy} "
                f"them ({way})."
            )
    return np.stack(examples), np.array([_label(y, i) for i, (_, y) in enumerate(pairs)])


def images_of(x: Any) -> Floats:
    """Float64 of shape (n, features) for tables, as a date needs it; else float32, (n, channels, height, width)."""
    array = _numbers(x)
    if array.ndim not in (2, 3, 4):
        raise ValueError(
            f"x of shape {array.shape} is none of (n, features), (n, height, width), (n, channels, height, width). "
            f"Give a row of numbers or an image for each example."
        )
    if 0 in array.shape:
        raise ValueError(f"x of shape {array.shape} is empty. Give examples with at least one number each.")
    for words, odd in (("missing (NaN)", np.isnan(array)), ("infinite or too large", np.abs(array) > _LARGEST)):
        if odd.any():
            first = _place(x, np.argwhere(odd)[0].tolist())
            raise ValueError(
                f"{int(odd.sum())} numbers in x are {words}, the first in {first}. Fill them in, or leave these out."
            )
    return array[:, None] if array.ndim == 3 else _channels_first(array)


def _channels_first(x: Floats) -> Floats:
    """Images as (n, channels, height, width), as their shape tells; where it does not tell, they are refused."""
    last = x.ndim == 4 and x.shape[1] not in _CHANNELS and x.shape[3] < min(x.shape[1:3])
    if last and x.shape[3] not in _CHANNELS:
        raise ValueError(
            f"x of shape {x.shape} is taken for (n, channels, height, width), and its last axis is the shortest. Give "
            f"x.transpose(0, 3, 1, 2) if it holds the channels, else numbers of shape (n, features)."
        )
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if last else x


_LARGEST = float(np.finfo(np.float32).max)
_CHANNELS = (1, 3, 4)  # grey; red, green and blue; these and transparency


def labels_of(y: Any) -> NDArray[Any]:
    """Labels of shape (n,), none of them missing."""
    try:
        labels = _array(y)
    except ValueError as error:
        raise ValueError("Labels of several lengths are not one label per example. Give (n,).") from error
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1:
        raise ValueError(
            f"Labels of shape {labels.shape} are not one label per example. Give (n,); of one-hot rows, y.argmax(1)."
        )
    if len(absent := np.flatnonzero(isna(labels))):
        raise ValueError(f"missing labels: {len(absent)}, the first in row {absent[0]}. Leave these rows out.")
    return labels


def classes_of(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The different labels in their order, and the number of each example's."""
    try:
        return np.unique(labels, return_inverse=True)
    except TypeError as error:  # 1 and "1" have no order
        kinds = ", ".join(sorted({type(label).__name__ for label in labels.tolist()}))
        raise ValueError(f"The labels are of several kinds ({kinds}). Give labels of one kind.") from error


def _item(data: Any, i: int) -> Any:
    try:
        return data[i]
    except Exception as error:  # whatever a user's data set raises
        raise ValueError(f"Example {i} of the {type(data).__name__} cannot be read ({told(error)}).") from error


def _example(x: Any, i: int) -> Floats:
    if getattr(x, "mode", "") in ("P", "PA"):  # a picture of PIL
        raise ValueError(
            f"Example {i} has a palette: its numbers are names of colours. Convert it (image.convert('RGB'))."
        )
    try:
        array = np.asarray(x)
        picture = not hasattr(x, "dtype") and array.ndim == 3  # PIL's: height, width, channels
        return (array.transpose(2, 0, 1) if picture else array).astype(np.float32)
    except Exception as error:  # a picture that is opened and not yet read may be broken in any way
        raise ValueError(f"Example {i} of type {type(x).__name__} is no array of numbers ({told(error)}).") from error


def _label(y: Any, i: int) -> Any:
    array = np.asarray(y)
    if array.size != 1:
        raise ValueError(f"The label of example {i}, {y!r:.60}, is not one value. Give a class to each example.")
    return array.item()


def _numbers(x: Any) -> Floats:
    """Float64 of a table, else float32; ValueError that points at the first thing that is no number."""
    try:
        array = _array(x)
    except ValueError as error:  # lists of several lengths
        raise ValueError(f"x is no array: its rows differ in shape ({_odd_row(x)}). Give all one shape.") from error
    if array.ndim == 0:
        raise ValueError(f"x of type {type(x).__name__} is no array of numbers. Give one, of a row for each example.")
    try:
        if array.dtype.kind in "cMm":
            raise TypeError
        array = np.where(isna(array), np.nan, array) if array.dtype.kind == "O" else array
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused as infinite
            return array.astype(np.float64 if array.ndim == 2 else np.float32)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{_no_number(x, array)}. Give numbers only: encode or leave out such columns.") from error


def _array(given: Any) -> NDArray[Any]:
    """An array of a tensor, wherever it lies, of one of scipy's sparse matrices, or of what numpy reads by itself."""
    if hasattr(given, "toarray"):
        return np.asarray(given.toarray())
    if hasattr(given, "detach"):
        given = given.detach().cpu()
        given = given.float() if str(given.dtype) == "torch.bfloat16" else given  # numpy has none
    return np.asarray(given)


def _no_number(x: Any, array: NDArray[Any]) -> str:
    """Which value is the first that is no number, and where; of a frame, also which columns hold text."""
    for index in np.ndindex(array.shape):
        if not _is_number(array[index]):
            text = list(x.select_dtypes(exclude=["number", "bool"]).columns) if hasattr(x, "select_dtypes") else []
            others = f" (columns that are no numbers: {', '.join(map(str, text)):.200})" if len(text) > 1 else ""
            return f"x holds {str(array[index])!r:.60}, which is no number, in {_place(x, index)}{others}"
    return f"x holds {array.dtype}, which are no numbers"


def _place(x: Any, index: Sequence[int]) -> str:
    """Where a number of x lies: row and column of a table, with the column's name, or the place in an image."""
    if len(index) > 2:
        return f"example {index[0]}, at {tuple(index[1:])}"
    names = getattr(x, "columns", None)
    column = "" if len(index) < 2 else f", column {index[1] if names is None else repr(names[index[1]])}"
    return f"row {index[0]}{column}"


def _is_number(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind not in "cMm" and np.isscalar(np.float32(value))
    except (TypeError, ValueError):
        return False


def _odd_row(x: Any) -> str:
    shapes = [np.shape(row) if hasattr(row, "shape") else (len(row),) if isinstance(row, Sized) else () for row in x]
    i = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), 0)
    return f"row {i} {shapes[i]}, row 0 {shapes[0]}"
