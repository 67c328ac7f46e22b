"""Files of a data set that hold anything: right pixels, or one line that names the file; nothing waits or is run."""

import io
import os
import re
import subprocess

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import EpsImagePlugin, Image, ImageFile

from hw1.data.files import DataError, content, pixels, readable, strict

COLOURS = np.random.Generator(np.random.Philox(3)).integers(256, size=(32, 32, 3), dtype=np.uint8)
HEADS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"GIF89a",
    b"BM",
    b"%!PS-Adobe-3.0 EPSF-3.0\n",
    b"II*\0",
    b"RIFF",
]
quick = settings(max_examples=200, suppress_health_check=[*HealthCheck])


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


PNG, JPEG = (encoded(Image.fromarray(COLOURS), kind) for kind in ("PNG", "JPEG"))


def seen(folder, written, name="x.png"):
    """The pixels of a file with some content, or what is said of it; no warning comes of it."""
    file = folder / name
    file.write_bytes(written)
    made = said_or_made(file)
    if isinstance(made, str):
        assert made.startswith(f"{file} ")
        assert "\n" not in made
        return made.removeprefix(f"{file} ")
    assert (made.shape, made.dtype) == ((32, 32, 3), np.uint8)
    return made


def said_or_made(file):
    try:
        with strict():
            return pixels(file, 32)
    except DataError as error:
        return str(error)


@quick
@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_random_bytes_are_refused_in_a_line(tmp_path_factory, head, noise):
    said = seen(tmp_path_factory.mktemp("noise"), head + noise)
    assert "cannot be read as an image" in said or "pixels" in said


@quick
@given(st.sampled_from([PNG, JPEG]), st.integers(0, 10**6), st.binary(max_size=30))
@example(PNG, 16, b"\xff\xff\xff\xff\xff\xff\xff\xff")
@example(PNG, 24, b"\x10")
def test_a_torn_picture_is_read_or_refused_in_a_line(tmp_path_factory, whole, at, noise):
    folder, at = tmp_path_factory.mktemp("torn"), at % len(whole)
    for torn in (whole[:at], whole[:at] + noise + whole[at:], whole[:at] + noise + whole[at + len(noise) :]):
        seen(folder, torn)


def test_what_a_picture_lacks_is_not_filled_in_whatever_the_process_allows(tmp_path, monkeypatch):
    """A program that sets this PIL flag, as many do, would get grey for the half that is gone."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    for whole in (PNG, JPEG):
        assert "cannot be read as an image" in seen(tmp_path, whole[: len(whole) // 2])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


@pytest.mark.parametrize(
    ("mode", "kind"),
    [*((mode, "PNG") for mode in ("RGB", "L", "1", "P", "LA", "RGBA")), ("RGB", "JPEG"), ("L", "JPEG")],
)
def test_colours_and_greys_of_8_bits_keep_their_numbers(tmp_path, mode, kind):
    image = Image.fromarray(COLOURS).convert(mode)
    written = encoded(image, kind)
    made = seen(tmp_path, written)
    assert np.array_equal(made, np.asarray(Image.open(io.BytesIO(written)).convert("RGB")))
    assert mode != "L" or kind != "PNG" or np.array_equal(made[..., 1], np.asarray(image))


def test_pictures_whose_numbers_would_become_others_are_refused(tmp_path):
    deep = Image.fromarray((np.arange(1024, dtype=np.uint16) * 64).reshape(32, 32))
    said = seen(tmp_path, encoded(deep, "PNG"))
    assert re.match(r"has pixels of the kind I(;16)?, not three colours or grey of 8 bits", said)  # by PIL's version
    inks = Image.fromarray(COLOURS).convert("CMYK")
    assert seen(tmp_path, encoded(inks, "JPEG"), "x.jpg").startswith("has pixels of the kind CMYK, not three colours")
    glass = Image.fromarray(COLOURS).convert("RGBA")
    glass.putpixel((3, 4), (1, 2, 3, 254))
    assert seen(tmp_path, encoded(glass, "PNG")).startswith("is transparent in part")
    palette = Image.fromarray(COLOURS).convert("P")
    assert seen(tmp_path, encoded(palette, "PNG", transparency=b"\0" * 9)).startswith("is transparent in part")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM", "WEBP", "ICO", "EPS"])
def test_other_formats_are_refused_under_the_name_of_one_that_is_read(tmp_path, monkeypatch, kind):
    """PIL tries all that it knows, and runs Ghostscript on PostScript."""
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_, **__: pytest.fail("a program was run"))
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a program was run"))
    assert "cannot be read as an image" in seen(tmp_path, encoded(Image.fromarray(COLOURS), kind))


def test_a_vast_picture_is_refused_before_it_is_decoded(tmp_path):
    for side in (9_000, 30_000):  # beyond PIL's warning, and beyond what it opens
        head = bytearray(PNG[:33])
        head[16:24] = side.to_bytes(4) * 2
        assert seen(tmp_path, bytes(head) + PNG[33:])


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "folder.png").mkdir()
    for name in ("pipe", "zero", "folder"):
        with pytest.raises(DataError, match=rf"{name}\.png is a pipe, a device or a folder and no file"):
            content(tmp_path / f"{name}.png")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """/proc/self/mem is a file whose first bytes nobody may read, not even root."""
    (tmp_path / "x.png").symlink_to("/proc/self/mem")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"x\.png cannot be read \(Input/output error\)\. Check its rights"):
        content(tmp_path / "x.png")
    with pytest.raises(DataError, match=r"gone\.png cannot be read \(No such file"):
        content(tmp_path / "gone.png")
    with pytest.raises(DataError, match=r"cats cannot be read \(no rights\)"), readable(tmp_path):
        raise PermissionError(13, "no rights", str(tmp_path / "cats"))


def test_a_file_of_gigabytes_is_not_read(tmp_path):
    with (tmp_path / "x.png").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match=r"x\.png has 1,099,511,627,776 bytes, and no file of the data has as many"):
        content(tmp_path / "x.png")
