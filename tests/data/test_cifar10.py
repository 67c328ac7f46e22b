"""CIFAR-10 from a folder, in both layouts; the images are made up, three of each class to train on and one to test."""

import hashlib
import importlib
import os
import pickle
import shutil
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from hw1.data import DataError, cifar10, cifar10_digest, places
from hw1.streams import stream

READER = importlib.import_module("hw1.data.cifar10")  # `hw1.data.cifar10` is its function, too
REAL = os.environ.get("HW1_DATA")
PARTS = {"train": 3, "test": 1}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HW1_DATA", raising=False)
    return tmp_path / "cache" / "hw1"


def made_up(part, label, number):
    return stream("cifar10", part, label, number).integers(256, size=(32, 32, 3), dtype=np.uint8)


@pytest.fixture
def images(tmp_path):
    """A folder of image folders; PNG keeps every pixel."""
    root = tmp_path / "data"
    for part, per_class in PARTS.items():
        for label, name in enumerate(READER.NAMES):
            folder = root / "cifar10" / part / name
            folder.mkdir(parents=True)
            for number in range(per_class):
                Image.fromarray(made_up(part, label, number)).save(folder / f"{number:04}.png")
    return root


@pytest.fixture
def batches(tmp_path, monkeypatch):
    """A folder of torchvision's batches, as small, with their own digests in place of the published ones."""
    root = tmp_path / "data"
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for i, name in enumerate(READER.MD5):
        part = "test" if name.startswith("test") else "train"
        labels = list(range(10)) if part == "test" else [2 * i, 2 * i + 1]
        pixels = np.stack([made_up(part, label, 0).transpose(2, 0, 1).reshape(-1) for label in labels])
        content = pickle.dumps({"data": pixels, "labels": labels})
        (folder / name).write_bytes(content)
        monkeypatch.setitem(READER.MD5, name, hashlib.md5(content).hexdigest())
    return root


def test_image_folders_are_read_in_the_order_of_classes_and_names(images):
    data = cifar10(images)
    assert data.train.labels.tolist() == [label for label in range(10) for _ in range(3)]
    assert data.test.labels.tolist() == list(range(10))
    for part, per_class in PARTS.items():
        oracle = np.stack([made_up(part, label, number) for label in range(10) for number in range(per_class)])
        assert np.array_equal(getattr(data, part).images, oracle)


def test_batches_are_read_row_by_row_and_colour_by_colour(batches):
    data = cifar10(batches)
    assert data.train.labels.tolist() == data.test.labels.tolist() == list(range(10))
    assert np.array_equal(data.train.images, np.stack([made_up("train", label, 0) for label in range(10)]))
    assert np.array_equal(data.test.images, np.stack([made_up("test", label, 0) for label in range(10)]))


def test_jpeg_is_read_too_and_other_files_are_left_alone(images):
    for file in (images / "cifar10").rglob("*.png"):
        Image.open(file).convert("L").save(file.with_suffix(".JPG"), format="jpeg")
        file.unlink()
        (file.parent / "Thumbs.db").touch()
    data = cifar10(images)
    assert data.train.images.shape == (30, 32, 32, 3)
    grey = data.train.images
    assert np.array_equal(grey[..., 0], grey[..., 1])


def test_images_are_decoded_once_and_mapped_from_the_cache(images, own_cache, monkeypatch):
    first = cifar10(images)
    monkeypatch.setattr(READER, "_decode", None)  # would fail if it were called
    again = cifar10(images)
    assert isinstance(again.train.images, np.memmap)
    assert not again.train.images.flags.writeable
    assert np.array_equal(first.train.images, again.train.images)
    assert [folder.name for folder in own_cache.iterdir()] == [f"cifar10-{cifar10_digest(images)}"]


def test_decoding_that_was_cut_short_leaves_nothing_that_is_used(images, own_cache, monkeypatch):
    whole = READER._decode

    def cut(place):
        yield next(whole(place))
        raise KeyboardInterrupt

    monkeypatch.setattr(READER, "_decode", cut)
    with pytest.raises(KeyboardInterrupt):
        cifar10(images)
    assert list(own_cache.iterdir()) == []
    monkeypatch.setattr(READER, "_decode", whole)
    assert len(cifar10(images).test.labels) == 10


def test_what_another_process_left_half_written_is_not_used(images, own_cache):
    (own_cache / f"cifar10-{cifar10_digest(images)}-abc.partial").mkdir(parents=True)
    assert len(cifar10(images).test.labels) == 10


def test_where_another_process_was_faster_its_arrays_are_used(images, monkeypatch):
    whole = READER._decode

    def while_another_decodes(place):
        monkeypatch.setattr(READER, "_decode", whole)
        cifar10(images)
        yield from whole(place)

    monkeypatch.setattr(READER, "_decode", while_another_decodes)
    assert len(cifar10(images).test.labels) == 10


def test_the_digest_is_that_of_the_data_wherever_they_lie(images, tmp_path):
    shutil.copytree(images, tmp_path / "copy")
    changed = shutil.copytree(images, tmp_path / "changed")
    Image.fromarray(made_up("train", 0, 99)).save(changed / "cifar10/train/airplane/0000.png")
    renamed = shutil.copytree(images, tmp_path / "renamed")
    (renamed / "cifar10/train/airplane/0000.png").rename(renamed / "cifar10/train/airplane/0009.png")
    digests = [cifar10_digest(folder) for folder in (images, tmp_path / "copy", changed, renamed)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_the_folder_may_be_named_by_the_environment(images, monkeypatch):
    monkeypatch.setenv("HW1_DATA", str(images))
    assert cifar10_digest() == cifar10_digest(images)


def test_data_that_are_nowhere_are_named_with_the_layouts_and_the_command(tmp_path):
    for folder in (None, tmp_path):
        with pytest.raises(DataError, match="cifar-10-batches-py") as error:
            cifar10(folder)
        assert "python -m hw1 data cifar10" in str(error.value)
        assert "cifar10/{train,test}/<class>/*.{png,jpg}" in str(error.value)
        assert "HW1_DATA" in str(error.value)
    with pytest.raises(ValueError, match="does not exist"):
        cifar10(tmp_path / "nowhere")


def test_an_incomplete_copy_of_the_images_is_refused(images):
    (images / "cifar10/train/cat/0001.png").unlink()
    with pytest.raises(DataError, match=r"airplane 3, .*cat 2, .*incomplete"):
        cifar10(images)


def test_other_classes_are_refused(images):
    shutil.rmtree(images / "cifar10/test/truck")
    (images / "cifar10/test/lorry").mkdir()
    with pytest.raises(DataError, match=r"test/lorry is none of the ten classes airplane, "):
        cifar10(images)


def test_what_systems_leave_among_classes_and_images_is_no_data(images):
    clean, digest = cifar10(images), cifar10_digest(images)
    for part in PARTS:
        for rubbish in (".ipynb_checkpoints", "__MACOSX", "@eaDir", "__pycache__", "lost+found", "$RECYCLE.BIN"):
            (images / "cifar10" / part / rubbish).mkdir()
        for folder in (images / "cifar10" / part, images / "cifar10" / part / "cat"):
            for rubbish in (".DS_Store", "._0000.png", ".0000.png.swp.png", "Thumbs.db", "desktop.ini"):
                (folder / rubbish).write_bytes(b"no image")
        (images / "cifar10" / part / "dog" / ".ipynb_checkpoints").mkdir()
    READER._digest.cache_clear()
    assert cifar10_digest(images) == digest
    assert np.array_equal(cifar10(images).train.images, clean.train.images)


def test_a_missing_class_and_a_folder_in_the_place_of_an_image_are_pointed_at(images):
    shutil.rmtree(images / "cifar10" / "train" / "cat")
    with pytest.raises(DataError, match=r"cifar10/train/cat is missing: all ten classes are needed"):
        cifar10(images)
    (images / "cifar10" / "train" / "cat" / "0000.png").mkdir(parents=True)
    with pytest.raises(DataError, match=r"cat/0000\.png is a folder, though it is named as an image\. Move it away"):
        cifar10(images)


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(*chunks):
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + _chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no image",
        b"\x89PNG\r\n\x1a\n",
        _png(),
        _png(_chunk(b"IDAT", b"no stream")),
        _png(_chunk(b"gAMA", b"")),
        _png(_chunk(b"pHYs", b"1")),
        _png(_chunk(b"iCCP", b"name")),
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
    ],
)
def test_a_broken_image_is_named_whatever_its_reader_says(content, images):
    (images / "cifar10" / "train" / "cat" / "0001.png").write_bytes(content)
    with pytest.raises(DataError, match=r"cat/0001\.png cannot be read as an image \(.*\)\. Copy or unpack"):
        cifar10(images)


def test_a_missing_part_is_refused(images):
    shutil.rmtree(images / "cifar10/test")
    with pytest.raises(DataError, match=r"cifar10/(train|test) is missing: both train and test are needed"):
        cifar10(images)


def test_a_truncated_image_is_named(images, own_cache):
    file = images / "cifar10/train/dog/0002.png"
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(DataError, match=r"dog/0002\.png cannot be read as an image"):
        cifar10(images)
    assert list(own_cache.iterdir()) == []


def test_images_of_another_size_are_refused(images):
    Image.new("RGB", (28, 30)).save(images / "cifar10/train/dog/0002.png")
    with pytest.raises(DataError, match=r"dog/0002\.png has 28 x 30 pixels, not 32 x 32"):
        cifar10(images)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda file: os.mkfifo(file), "is a pipe, a device or a folder and no file"),
        (lambda file: file.symlink_to("/dev/zero"), "is a pipe, a device or a folder and no file"),
        (lambda file: file.symlink_to("/proc/self/mem"), r"cannot be read \(Input/output error\)"),
        (lambda file: file.symlink_to(file), r"cannot be read \(Too many levels of symbolic links"),
    ],
    ids=["pipe", "device", "unreadable", "loop"],
)
def test_what_is_no_readable_file_is_named_and_not_waited_for(images, harm, message):
    file = images / "cifar10/train/dog/0002.png"
    file.unlink()
    harm(file)
    with pytest.raises(DataError, match=rf"dog/0002\.png {message}"):
        cifar10(images)


def test_a_folder_that_may_not_be_read_is_named(images, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(READER.Path, "iterdir", refuse)
    with pytest.raises(DataError, match=r"cifar10/train cannot be read \(Permission denied\)\. Check its rights"):
        cifar10(images)


def test_names_that_are_no_text_are_read_as_any_other(images):
    for number, name in enumerate((b"\xff.png", b"\xfe.png", "ä.png".encode(), b"a\nb.png")):
        for label, of in enumerate(READER.NAMES):
            folder = images / "cifar10/train" / of
            Image.fromarray(made_up("train", label, number)).save(folder / "new.png")
            (folder / "new.png").rename(os.fsdecode(os.fsencode(folder) + b"/" + name))
    assert len(cifar10(images).train.labels) == 70


def test_an_empty_class_is_counted(images):
    for file in (images / "cifar10/test/ship").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"cifar10/test holds .*horse 1, ship 0, truck 1.*incomplete"):
        cifar10(images)


class Explosive:
    """Unpickling it would fail this test."""

    def __reduce__(self):
        return pytest.fail, ("unpickled before the digest was checked",)


def test_a_batch_with_another_digest_is_not_unpickled(batches, own_cache):
    file = batches / "cifar-10-batches-py" / "data_batch_2"
    file.write_bytes(pickle.dumps(Explosive()))
    with pytest.raises(DataError, match=f"data_batch_2 .* not {READER.MD5['data_batch_2']}.*unpickling runs code"):
        cifar10(batches)
    assert list(own_cache.iterdir()) == []


@settings(max_examples=30, suppress_health_check=[*HealthCheck])
@given(st.binary(max_size=100), st.sampled_from([pickle.dumps(Explosive()), b"\x80\x04.", b""]))
def test_random_bytes_are_no_batch(batches, own_cache, noise, start):
    (batches / "cifar-10-batches-py" / "data_batch_3").write_bytes(start + noise)
    READER._digest.cache_clear()
    with pytest.raises(DataError, match=r"data_batch_3 \(\d+ bytes\) has the MD5 digest .* is not opened"):
        cifar10(batches)
    assert list(own_cache.iterdir()) == []


def test_a_truncated_or_missing_batch_is_named(batches):
    file = batches / "cifar-10-batches-py" / "test_batch"
    content = file.read_bytes()
    file.write_bytes(content[:-10])
    with pytest.raises(DataError, match=rf"test_batch \({len(content) - 10:,} bytes\) has the MD5 digest"):
        cifar10(batches)
    file.unlink()
    READER._digest.cache_clear()
    with pytest.raises(DataError, match="test_batch is missing"):
        cifar10(batches)


def test_a_cache_that_cannot_be_written_is_named_with_the_remedy(images, own_cache):
    own_cache.parent.mkdir()
    own_cache.touch()  # a file where the folder should be
    with pytest.raises(DataError, match=r"cannot be written .*XDG_CACHE_HOME"):
        cifar10(images)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [("linux", ".cache/hw1"), ("darwin", "Library/Caches/hw1"), ("win32", "AppData/Local/hw1/Cache")],
)
def test_caches_lie_where_the_platform_keeps_them(platform, expected, monkeypatch, tmp_path):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places.sys, "platform", platform)
    monkeypatch.setattr(places.Path, "home", lambda: tmp_path)
    assert places.cache_folder() == tmp_path / expected


@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="no CIFAR-10 here: name a folder that holds it by HW1_DATA")
def test_real_cifar10_is_complete_and_has_its_known_means():
    """Channel means of 0.491, 0.482 and 0.447 are those that everybody subtracts."""
    data = cifar10(REAL)
    assert np.bincount(data.train.labels).tolist() == [5000] * 10
    assert np.bincount(data.test.labels).tolist() == [1000] * 10
    means = data.train.images[::7].mean(axis=(0, 1, 2)) / 255
    np.testing.assert_allclose(means, [0.491, 0.482, 0.447], atol=0.005)  # 3 deviations of every seventh image's mean


@pytest.mark.parametrize("harm", ["cut short", "empty", "gone", "of another length", "no array"])
def test_a_damaged_cache_is_not_used_but_made_again(images, own_cache, harm):
    """A cleaner of caches or a crash can leave such files; decoding itself cannot."""
    first = np.array(cifar10(images).train.images)
    file = own_cache / f"cifar10-{cifar10_digest(images)}" / "train_images.npy"
    content = file.read_bytes()
    file.unlink()  # the arrays of other processes stay mapped
    if harm == "of another length":
        np.save(file, first[:7])
    elif harm != "gone":
        file.write_bytes({"cut short": content[:5_000], "empty": b"", "no array": b"thesis" * 1_000}[harm])
    again = cifar10(images)
    assert np.array_equal(again.train.images, first)
    assert file.read_bytes() == content


def test_a_folder_named_too_deep_and_an_archive_that_is_packed_are_told(images, tmp_path):
    with pytest.raises(DataError, match=rf"is the folder of the data itself, name the one that holds it, {images}\."):
        cifar10(images / "cifar10")
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed/cifar-10-python.tar.gz").touch()
    with pytest.raises(DataError, match=r"but cifar-10-python\.tar\.gz is: unpack it there"):
        cifar10(tmp_path / "packed")
