"""A folder of images as examples and labels: `DIR/<class>/*`, or `DIR/{train,test}/<class>/*`; read with Pillow."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw1.data.places import left_by_system

__all__ = ["images_in"]

Floats = NDArray[np.float32]
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
GREY = ("I;16", "I;16B", "I;16L", "I", "F", "L")  # modes whose pixels are one number; "L" is all that 8 bits hold
_LAYOUT = "Make one folder per class, DIR/<class>/*.png, or DIR/train/<class>/* and DIR/test/<class>/*."


def images_in(folder: Path) -> list[Any]:
    """x and y of a folder, or x, y, x_test, y_test of one that holds `train` and `test`; labels are folders' names.

    Raises
    ------
    ValueError : for a folder without classes, a class without images, and images that cannot be read or differ in size
    """
    names = [one.name for one in _folders(folder)]
    if not {"train", "test"} & set(names):
        return list(_part(folder))
    if sorted(names) != ["test", "train"]:
        raise ValueError(
            f"{folder} holds the folders {', '.join(names)}, and test images belong to training images. Name them "
            f"train and test and move others away, or give the folder of the classes itself."
        )
    (x, y), (x_test, y_test) = (_part(folder / name) for name in ("train", "test"))
    if alone := sorted({*y_test} - {*y}):
        raise ValueError(f"{folder / 'test' / alone[0]} is a class without training images. Add some, or move it away.")
    return [x, y, x_test, y_test]


def _part(folder: Path) -> tuple[Floats, NDArray[Any]]:
    """The images of a folder of classes, in the order of their names."""
    files = {one.name: _files(one) for one in _folders(folder)}
    if not files:
        raise ValueError(f"{folder} holds no folder, and each class is one. {_LAYOUT}")
    if empty := [name for name, inside in files.items() if not inside]:
        raise ValueError(f"{folder / empty[0]} holds no image ({', '.join(SUFFIXES)}). {_LAYOUT}")
    images = _pixels([file for inside in files.values() for file in inside])
    return images, np.repeat(list(files), [len(inside) for inside in files.values()])


def _folders(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir() and not left_by_system(one.name))


def _files(folder: Path) -> list[Path]:
    found = (one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and not left_by_system(one.name))
    return sorted(one for one in found if one.is_file())


def _pixels(files: list[Path]) -> Floats:
    """All images as (n, channels, height, width): one channel where all are grey, else red, green and blue."""
    seen = [_looked_at(file) for file in files]
    usual = Counter(size for _, size in seen).most_common(1)[0][0]
    for file, (_, size) in zip(files, seen, strict=True):
        if size != usual:
            raise ValueError(
                f"{file} has {size[0]} x {size[1]} pixels, most others {usual[0]} x {usual[1]}: all must have one "
                f"size. Resize them."
            )
    grey = all(mode in GREY for mode, _ in seen)
    return np.stack([_decoded(file, None if grey else "RGB") for file in files])


def _looked_at(file: Path) -> tuple[str, tuple[int, int]]:
    """Mode and size; the pixels are not decoded."""
    from PIL import Image

    try:
        with Image.open(file) as image:
            return image.mode, image.size
    except Exception as error:  # for broken files Pillow raises OSError, SyntaxError, struct.error and others
        raise ValueError(f"{file} cannot be read as an image ({error}). Repair it, or move it away.") from error


def _decoded(file: Path, mode: str | None) -> Floats:
    """(channels, height, width) in a mode, or as it is."""
    from PIL import Image

    try:
        with Image.open(file) as image:
            pixels = np.asarray(image.convert(mode) if mode else image).astype(np.float32)
    except Exception as error:  # as above: the first bytes were whole
        raise ValueError(f"{file} cannot be read as an image ({error}). Repair it, or move it away.") from error
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
