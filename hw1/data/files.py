"""Files of a data set, which may be anything: their bytes and pixels, or one line that says why there are none."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["DataError", "content", "pixels", "readable", "strict"]

MOST = 64 << 20  # bytes of a file; a batch of CIFAR-10 has 31 million
MODES = ("1", "L", "LA", "P", "RGB", "RGBA")  # that become three colours of 8 bits without a loss


class DataError(ValueError):
    """Data that are missing, incomplete or not what they should be, and what to do about it."""


@contextmanager
def readable(place: Path) -> Iterator[None]:
    """DataError where the system refuses to read something in a place."""
    try:
        yield
    except OSError as error:
        where, why = error.filename or place, error.strerror or error
        raise DataError(f"{where} cannot be read ({why}). Check its rights and its disk, or copy it again.") from error


def content(file: Path) -> bytes:
    """The bytes of a file; DataError where it is none, is far too large or cannot be read."""
    with readable(file):
        state = file.stat()
        if not stat.S_ISREG(state.st_mode):  # a pipe would be waited for, and some devices have no end
            raise DataError(f"{file} is a pipe, a device or a folder and no file. Copy or unpack the data again.")
        if state.st_size > MOST:
            raise DataError(f"{file} has {state.st_size:,} bytes, and no file of the data has as many. Move it away.")
        return file.read_bytes()


@contextmanager
def strict() -> Iterator[None]:
    """PIL as it is by itself: programs often let it fill up truncated pictures with grey, for the whole process."""
    from PIL import ImageFile

    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of huge pictures and of palettes; both are looked at here
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def pixels(file: Path, side: int) -> NDArray[np.uint8]:
    """The picture in a PNG or JPEG file as (side, side, 3); DataError for anything else. Call it in `strict`.

    Other formats are not tried, whatever the file is called: for PostScript PIL starts another program.
    """
    from PIL import Image

    try:
        with Image.open(file, formats=("PNG", "JPEG")) as image:
            problem = _problem(image.size, image.mode, side)  # a vast one is never decoded
            made = None if problem else np.asarray(image.convert("RGBA"))
    except Exception as error:  # for broken files PIL raises OSError, SyntaxError, struct.error, zlib.error and others
        told = " ".join(str(error).split())
        raise DataError(f"{file} cannot be read as an image ({told}). Copy or unpack the data again.") from error
    if made is not None and made[..., 3].min() < 255:
        problem = "is transparent in part, and what is behind it is not known"
    if made is None or problem:
        raise DataError(f"{file} {problem}: it is not of the published data. Move it away, or copy the data again.")
    return made[..., :3].copy()


def _problem(size: tuple[int, int], mode: str, side: int) -> str:
    """What a picture's head says that it must not; empty where it is right."""
    if size != (side, side):
        return f"has {size[0]} x {size[1]} pixels, not {side} x {side}"
    if mode not in MODES:
        return f"has pixels of the kind {mode}, not three colours or grey of 8 bits"
    return ""
