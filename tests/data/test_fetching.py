"""Fetching names what is missing, and reads what came; torchvision is replaced, as tests use no network."""

import sys
from types import ModuleType

import pytest

from hw1.data import DataError, fetch


@pytest.fixture
def torchvision(monkeypatch):
    """A torchvision whose CIFAR10 does what a test sets."""
    module = ModuleType("torchvision.datasets")
    monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", module)
    return module


def test_it_asks_torchvision_for_the_folder_and_reads_what_came(torchvision, monkeypatch, tmp_path):
    asked = []
    torchvision.CIFAR10 = lambda root, download: asked.append((root, download))
    monkeypatch.setattr("hw1.data.fetching.cifar10_digest", lambda place: f"digest of {place.name}")
    line = fetch("cifar10", tmp_path)
    assert asked == [(str(tmp_path), True)]
    assert line == f"fetched: {tmp_path}/cifar-10-batches-py, SHA-256 of its contents digest of {tmp_path.name}"


def test_what_came_but_cannot_be_read_is_an_error(torchvision, tmp_path):
    torchvision.CIFAR10 = lambda root, download: None
    with pytest.raises(DataError, match="CIFAR-10 is not in"):
        fetch("cifar10", tmp_path)


def test_without_a_folder_it_asks_for_one(monkeypatch):
    monkeypatch.delenv("HW1_DATA", raising=False)
    with pytest.raises(DataError, match="cifar10 needs a folder to be put in: name one with --data or HW1_DATA"):
        fetch("cifar10")


def test_without_torchvision_it_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(DataError, match=r"fetching cifar10 needs torchvision: pip install 'hw1\[full\]'"):
        fetch("cifar10", tmp_path)


@pytest.mark.parametrize("error", [OSError("no route to host"), RuntimeError("File not found or corrupted.")])
def test_a_failed_download_says_what_else_to_do(torchvision, tmp_path, error):
    def fail(root, download):
        raise error

    torchvision.CIFAR10 = fail
    with pytest.raises(
        DataError, match=rf"could not be fetched into .*: {error}.*unpack it there as cifar-10-batches-py/"
    ):
        fetch("cifar10", tmp_path)
