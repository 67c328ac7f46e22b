"""Fixtures of the library's tests."""

import os
import shutil
from pathlib import Path

import pytest

collect_ignore = ["toy"]  # a project of its own, copied by the tests that run it

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def toy(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with its own claims package and without torch, as another repository would have it."""
    shutil.copytree(TOY, pytester.path, dirs_exist_ok=True)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(pytester.path), str(TOY.parents[1])]))
    return pytester
