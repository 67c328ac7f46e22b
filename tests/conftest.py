"""Fixtures of the library's tests."""

import os
import shutil
import sqlite3
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from hw1.data.cifar10 import NAMES
from hw1.machine.devices import CPU
from hw1.registry import Experiment
from hw1.running.cells import cells_of
from hw1.running.store import Store
from hw1.streams import stream
from hw1.tables import Tables

# On a busy machine the first example of a test may take seconds (torch loads what it needs then): no failure.
settings.register_profile("hw1", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hw1")

collect_ignore = ["toy", "dice"]  # a project of its own, and an experiment of it, copied by the tests that run them

TOY = Path(__file__).parent / "toy"
DICE = Path(__file__).parent / "dice"


@pytest.fixture(autouse=True)
def connections_end_with_their_test(monkeypatch):
    """Python 3.13 warns of one that is left open, in any test that follows; test_closed.py asks the library."""
    kept, connect = [], sqlite3.connect

    def kept_by(*arguments, **named):
        kept.append(connect(*arguments, **named))
        return kept[-1]

    monkeypatch.setattr(sqlite3, "connect", kept_by)
    yield
    for one in kept:
        with suppress(sqlite3.ProgrammingError):  # of another thread
            one.close()


@pytest.fixture
def toy(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with its own claims package and without torch, as another repository would have it."""
    shutil.copytree(TOY, pytester.path, dirs_exist_ok=True)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(pytester.path), str(TOY.parents[1])]))
    # Bytecode is taken for that of a source of the same length and second, and tests rewrite a file within a second.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    # Hypothesis' plugin loads all of Hypothesis when a run ends, a third of what such a run takes.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:benchmark")
    return pytester


@pytest.fixture
def dice(toy):
    """The toy project with dice of four arms: one claim reads two of them, another one a third, and none the last."""
    (toy.path / "toy_claims/dice").mkdir()
    (toy.path / "toy_claims/dice/__init__.py").touch()
    shutil.copy(DICE / "thrown.py", toy.path / "toy_claims/dice")
    shutil.copy(DICE / "test_dice.py", toy.path / "checks")
    return toy


@pytest.fixture
def register_dice(dice):
    """Register both claims of the dice, or do what is said."""
    both = ("loaded_dice_show_more", "crooked_dice_show_much")

    def run(*arguments):
        words = ("--claims", "toy_claims", "register", *(arguments or both), "--jobs", "1")
        return dice.run(sys.executable, "-m", "hw1", *words)

    return run


@pytest.fixture
def rewrite_dice(dice):
    """Put other text in the place of some of their file."""
    file = dice.path / "toy_claims/dice/thrown.py"

    def rewrite(old, new):
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return rewrite


@pytest.fixture
def check(toy):
    """Run pytest on the toy project and return its result."""

    def run(*arguments, jobs="1"):
        return toy.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "--hw1-jobs", jobs, *arguments)

    return run


@pytest.fixture
def rows():
    """The cells of a store, and their bytes."""

    def of(path):
        with Store(path, create=False) as store:
            return {key: store.row(key).tables for key in store.keys()}  # noqa: SIM118 - a store is no mapping

    return of


@pytest.fixture
def made_up():
    """An image of one's own in place of CIFAR-10's, by part ("train" or "test"), class and number."""

    def image(part: str, name: str, number: int) -> np.ndarray:
        return stream(part, name, number).integers(256, size=(32, 32, 3), dtype=np.uint8)

    return image


@pytest.fixture
def tiny_cifar10(tmp_path, monkeypatch, made_up):
    """A data folder with three images of each class to train on, and one to test."""
    for part, per_class in {"train": 3, "test": 1}.items():
        for name in NAMES:
            folder = tmp_path / "cifar10" / part / name
            folder.mkdir(parents=True)
            for number in range(per_class):
                Image.fromarray(made_up(part, name, number)).save(folder / f"{number}.png")
    monkeypatch.setenv("HW1_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@dataclass(frozen=True)
class _Setting:
    stack: int = 2


class MadeExperiment:
    """An experiment of two arms in no package; a test says what its `run` returns."""

    def __init__(self, path: Path, stack: int):
        self.module = ModuleType("fake.family.experiment")
        self.module.__file__ = str(path)
        path.write_text("def run(setting, *, arm, seeds, device): ...\n")
        self.module.REVISION, self.module.ARMS = 1, ("a", "b")
        self.module.run = lambda setting, *, arm, seeds, device: Tables({"runs": self.rows(seeds, arm)})
        self.setting = _Setting(stack)

    def make(self, rows):
        """Take the rows of `runs` from a function of seeds and arm."""
        self.rows = rows

    def cells(self, seeds, arms=("a",)):
        """Its cells on this machine."""
        return cells_of(Experiment(self.module), self.setting, arms, seeds, CPU)


@pytest.fixture
def made_experiment(monkeypatch, tmp_path):
    """Makes an experiment, known by its module's name in this process."""

    def make(stack=2):
        made = MadeExperiment(tmp_path / "experiment.py", stack)
        monkeypatch.setitem(sys.modules, made.module.__name__, made.module)
        monkeypatch.setattr("hw1.fingerprints.code.top_package", lambda path, root: {})
        monkeypatch.setattr("hw1.running.workers._TOO_WIDE", {})
        return made

    return make
