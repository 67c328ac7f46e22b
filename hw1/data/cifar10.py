"""CIFAR-10 from a folder, in the layouts that people have: image folders, or torchvision's batches. Nothing is fetched.

Decoded once into memory-mapped arrays under the user's cache folder, by the digest of what was read.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw1.data.files import DataError, content, pixels, readable, strict
from hw1.data.places import BATCHES, IMAGES, cache_folder, data_folder, left_by_system

__all__ = ["NAMES", "Cifar10", "DataError", "Part", "cifar10", "cifar10_digest"]

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE = 32  # pixels
SUFFIXES = (".jpg", ".jpeg", ".png")
MD5 = {  # of the files in the published archive (Krizhevsky 2009), as torchvision checks them
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
ARCHIVE = "cifar-10-python.tar.gz"
FORMAT = "1"  # of the cache; another number leaves old caches aside


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """`images`: uint8 (n, 32, 32, 3), memory-mapped and read-only; `labels`: int64 (n,), positions in `NAMES`."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cifar10:
    """Both parts, as published: 50,000 images to train on and 10,000 to test on, unless the folder holds fewer."""

    train: Part
    test: Part


def cifar10(folder: str | Path | None = None) -> Cifar10:
    """Images and labels of the data set in a folder.

    Parameters
    ----------
    folder : holds `cifar-10-batches-py` or `cifar10/{train,test}/<class>/*.{png,jpg}`; by default HW1_DATA names it

    Raises
    ------
    DataError : for data that are missing, incomplete, unreadable or foreign
    """
    place = _found(folder)
    decoded = cache_folder() / f"cifar10-{cifar10_digest(folder)}"
    known = _mapped(decoded)
    if known is None:
        shutil.rmtree(decoded, ignore_errors=True)  # what a cleaner of caches or a crash has left of it
        _write(decoded, _decode(place))
        known = _mapped(decoded)
    if known is None:
        raise DataError(f"The cache {decoded} cannot be read back. Name another one with XDG_CACHE_HOME.")
    return known


def _mapped(decoded: Path) -> Cifar10 | None:
    """The decoded arrays; None where they are not all there, whole and of one length."""
    try:
        parts = {
            part: Part(
                images=np.load(decoded / f"{part}_images.npy", mmap_mode="r"),
                labels=np.load(decoded / f"{part}_labels.npy"),
            )
            for part in ("train", "test")
        }
    except (OSError, ValueError, EOFError):  # absent, cut short, or no array
        return None
    whole = all(part.images.shape == (len(part.labels), SIDE, SIDE, 3) for part in parts.values())
    return Cifar10(**parts) if whole else None


def cifar10_digest(folder: str | Path | None = None) -> str:
    """SHA-256 of all that is read, names and contents: equal for equal data anywhere, and for nothing else.

    Read once per process (2 s for 60,000 image files): data are taken not to change while it runs.
    """
    return _digest(_found(folder).resolve())


def _found(folder: str | Path | None) -> Path:
    """The folder of a layout: the one that holds the batches, or train and test."""
    place = data_folder(folder)
    if place is None:
        raise DataError(f"CIFAR-10 is needed, and no folder was named. {_REMEDY}")
    with readable(place):
        if there := [place / layout for layout in (BATCHES, IMAGES) if (place / layout).is_dir()]:
            return there[0]
    raise DataError(f"CIFAR-10 is not in {place}{_hint(place)}. {_REMEDY}")


def _hint(place: Path) -> str:
    """The usual slips in naming a folder: one level too deep, or an archive that was not unpacked."""
    if place.name in (BATCHES, IMAGES):
        return f"; this is the folder of the data itself, name the one that holds it, {place.resolve().parent}"
    if (place / ARCHIVE).is_file():
        return f", but {ARCHIVE} is: unpack it there"
    return ""


_REMEDY = (
    f"Name a folder by HW1_DATA or --hw1-data that holds {BATCHES}/ (torchvision's batches) or "
    f"{IMAGES}/{{train,test}}/<class>/*.{{png,jpg}}; `python -m hw1 data cifar10 --data DIR` fetches it."
)


@cache
def _digest(place: Path) -> str:
    whole = hashlib.sha256(FORMAT.encode())
    for file in _files(place):
        held = content(file)
        # Names of files may be no text: other bytes than those of UTF-8 stand for themselves.
        whole.update(f"{file.relative_to(place).as_posix()}:{len(held)}:".encode(errors="surrogateescape") + held)
    return whole.hexdigest()[:32]


def _files(place: Path) -> list[Path]:
    """All that is read, in the order of reading."""
    with readable(place):
        if place.name == BATCHES:
            return [_existing(place / name) for name in MD5]
        parts = [_existing_folder(place / part) for part in ("train", "test")]
        return [file for part in parts for files in _by_class(part) for file in files]


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise DataError(f"{file} is missing: the data are incomplete. Unpack or fetch them again. {_REMEDY}")
    return file


def _existing_folder(part: Path) -> Path:
    if not part.is_dir():
        raise DataError(f"{part} is missing: both train and test are needed, with a folder for each class. {_REMEDY}")
    return part


def _by_class(part: Path) -> list[list[Path]]:
    """The image files of each class, in order; other files, and what systems leave in folders, are left alone."""
    found = tuple(sorted(one.name for one in part.iterdir() if one.is_dir() and not left_by_system(one.name)))
    if foreign := [name for name in found if name not in NAMES]:
        raise DataError(
            f"{part / foreign[0]} is none of the ten classes {', '.join(NAMES)}. Name the folder as its class, or move "
            f"it away. {_REMEDY}"
        )
    if missing := [name for name in NAMES if name not in found]:
        raise DataError(f"{part / missing[0]} is missing: all ten classes are needed. Copy or unpack it. {_REMEDY}")
    files = [_images_of(part / name) for name in NAMES]
    counts = [len(of_class) for of_class in files]
    if min(counts) != max(counts) or not min(counts):
        held = ", ".join(f"{name} {count}" for name, count in zip(NAMES, counts, strict=True))
        raise DataError(
            f"{part} holds these numbers of images: {held}; but CIFAR-10 has as many of each class, so the copy is "
            f"incomplete. Copy or unpack it again. {_REMEDY}"
        )
    return files


def _images_of(folder: Path) -> list[Path]:
    """The images of a class, in order."""
    found = sorted(
        file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and not left_by_system(file.name)
    )
    if folders := [one for one in found if one.is_dir()]:
        raise DataError(f"{folders[0]} is a folder, though it is named as an image. Move it away. {_REMEDY}")
    return found


def _decode(place: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays of the cache by file name."""
    read: Callable[[Path, str], Part] = _read_batches if place.name == BATCHES else _read_images
    for name in ("train", "test"):
        part = read(place, name)
        yield f"{name}_images.npy", part.images
        yield f"{name}_labels.npy", part.labels


def _read_images(place: Path, part: str) -> Part:
    classes = _by_class(place / part)
    with strict():
        images = np.stack([pixels(file, SIDE) for files in classes for file in files])
    return Part(images=images, labels=np.repeat(np.arange(10), [len(files) for files in classes]))


def _read_batches(place: Path, part: str) -> Part:
    batches = [_unpickled(place / name) for name in MD5 if name.startswith("test") == (part == "test")]
    rows = np.concatenate([np.asarray(batch["data"], dtype=np.uint8) for batch in batches])
    labels = np.concatenate([np.asarray(batch["labels"], dtype=np.int64) for batch in batches])
    return Part(images=rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels=labels)


def _unpickled(file: Path) -> dict[str, Any]:
    held = content(_existing(file))
    seen = hashlib.md5(held, usedforsecurity=False).hexdigest()
    if seen != MD5[file.name]:
        raise DataError(
            f"{file} ({len(held):,} bytes) has the MD5 digest {seen}, not {MD5[file.name]}: it is truncated or not "
            f"the published file, and is not opened, since unpickling runs code. Fetch it again. {_REMEDY}"
        )
    loaded: dict[str, Any] = pickle.load(io.BytesIO(held), encoding="latin1")  # noqa: S301 - the digest is that of the published file
    return loaded


def _write(target: Path, arrays: Iterator[tuple[str, NDArray[Any]]]) -> None:
    """All arrays or none: into a folder of another name, which is renamed when it is complete."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}-", suffix=".partial"))
    except OSError as error:
        raise DataError(
            f"The cache folder {target.parent} cannot be written ({error}). Name another one with XDG_CACHE_HOME."
        ) from error
    try:
        for name, array in arrays:
            with (partial / name).open("wb") as file:
                np.save(file, array)
                file.flush()
                os.fsync(file.fileno())  # before the folder gets its name: a crash must not leave names without data
        partial.rename(target)
    except OSError as error:
        if not target.is_dir():  # where it is there, another process was faster, and its arrays are the same
            raise DataError(
                f"The cache {target} cannot be written ({error}). Make room, or name another one with XDG_CACHE_HOME."
            ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
