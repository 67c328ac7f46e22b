"""Cells: what `run` must return, and what happens when it does not."""

import dataclasses
import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from hw1.machine.devices import CPU
from hw1.machine.environment import VARIABLES, facts
from hw1.registry import Experiment
from hw1.running.cells import cells_of, collect
from hw1.running.computing import CellError, compute
from hw1.running.progress import Silent
from hw1.running.store import MEMORY, Store
from hw1.tables import Tables


@dataclass(frozen=True)
class Setting:
    stack: int = 2
    lr: float = 0.1


def rows(seeds, arm):
    return pd.DataFrame({"seed": list(seeds), "arm": arm, "loss": [seed / 10 for seed in seeds]})


@pytest.fixture
def experiment(monkeypatch, tmp_path):
    """An experiment whose `run` makes its rows by a function that a test sets."""
    module = ModuleType("fake.family.experiment")
    module.__file__ = str(tmp_path / "experiment.py")
    (tmp_path / "experiment.py").write_text("def run(setting, *, arm, seeds, device): ...\n")
    module.REVISION, module.ARMS, module.make = 1, ("a", "b"), rows
    module.run = lambda setting, *, arm, seeds, device: Tables({"runs": module.make(seeds, arm)})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("hw1.fingerprints.code.top_package", lambda path, root: {})
    return Experiment(module)


def computed(experiment, seeds, arms=("a", "b"), store=None):
    store = store or Store(MEMORY)
    cells = cells_of(experiment, Setting(), arms, seeds, CPU)
    compute(cells, store, jobs=1, watcher=Silent())
    return collect(cells, seeds, store)[0]


def test_a_chunk_is_computed_whole_and_only_the_asked_seeds_come_back(experiment):
    store = Store(MEMORY)
    assert list(computed(experiment, [3], ("a",), store)["runs"]["seed"]) == [3]
    (cell,) = cells_of(experiment, Setting(), ("a",), [2], CPU)
    assert store.has(cell.key)


def test_whatever_a_result_depends_on_makes_it_another_cell(experiment):
    """Else the store would serve what another setting, arm, seeds, device, code or data gave."""
    (cell,) = cells_of(experiment, Setting(), ("a",), [0], CPU)
    (again,) = cells_of(experiment, Setting(), ("a",), [0], CPU)
    gpu = dataclasses.replace(CPU, hardware="another")
    others = {
        "setting": dataclasses.replace(cell, setting=Setting(lr=0.2)),
        "arm": dataclasses.replace(cell, arm="b"),
        "seeds": dataclasses.replace(cell, seeds=(2, 3)),
        "device": dataclasses.replace(cell, device=gpu),
    }
    assert cell.key == again.key
    assert {name for name, other in others.items() if other.key == cell.key} == set()
    experiment.module.external_data = lambda setting: "other images"
    assert dataclasses.replace(cell).key != cell.key
    experiment.module.REVISION = 2
    assert len({cell.key, dataclasses.replace(cell).key, *(other.key for other in others.values())}) == 6


def test_a_variable_that_changes_numbers_makes_another_cell_and_none_the_same(experiment, monkeypatch):
    def key():
        return cells_of(experiment, Setting(), ["a"], [0], CPU)[0].key

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    usual = key()
    assert "variables" not in cells_of(experiment, Setting(), ["a"], [0], CPU)[0].about
    keys = {usual}
    for name in VARIABLES:
        with monkeypatch.context() as patched:
            patched.setenv(name, "1")
            keys.add(key())
            assert facts()[name] == "1"
    assert len(keys) == 1 + len(VARIABLES)
    assert key() == usual


@dataclass(frozen=True)
class Odd:
    """A setting with a field of any kind."""

    odd: object
    stack: int = 2


@pytest.mark.parametrize(
    "odd", [Path("x"), frozenset({1}), np.float32(0.1), 1j, np.ones(2), len, {1: {2}}, {1: 2, "1": 3}, b"x", os]
)
def test_a_field_that_is_no_data_is_named(experiment, odd):
    """A set has another order in each process, and a path another place on each machine."""
    (cell,) = cells_of(experiment, Odd(odd), ("a",), range(2), CPU)
    for ask in ("key", "label"):
        with pytest.raises(ValueError, match=r"test_cells: the field odd = .* of the setting cannot be part of a res"):
            getattr(cell, ask)


@pytest.mark.parametrize("usual", [None, True, "x", 3, 0.1, float("inf"), (1, (2.5, "a")), [], {"a": (1,)}, Odd(1)])
def test_a_field_that_is_data_keeps_its_key(experiment, usual):
    (cell,) = cells_of(experiment, Odd(usual), ("a",), range(2), CPU)
    plain = {"type": "Odd", **dataclasses.asdict(Odd(usual))}
    assert cell.digest == hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:8]


def test_the_union_of_two_requests_is_computed_once(experiment):
    calls = []
    experiment.module.make = lambda seeds, arm: calls.append((arm, tuple(seeds))) or rows(seeds, arm)
    store = Store(MEMORY)
    computed(experiment, range(4), ("a",), store)
    computed(experiment, range(4), ("a", "b"), store)
    assert sorted(calls) == [("a", (0, 1)), ("a", (2, 3)), ("b", (0, 1)), ("b", (2, 3))]


@pytest.mark.parametrize(
    "make",
    [
        lambda seeds, arm: pd.concat([rows(seeds, arm), rows(seeds, arm)]),
        lambda seeds, arm: rows(seeds[:1], arm),
        lambda seeds, arm: rows(seeds, "other"),
        lambda seeds, arm: rows(seeds[::-1], arm),
    ],
    ids=["duplicates", "a hole", "another arm", "another order"],
)
def test_rows_that_are_not_one_per_seed_are_refused(experiment, make):
    experiment.module.make = make
    with pytest.raises(CellError, match=r"must have one row per seed in order, arm 'a', seeds \(0, 1\)"):
        computed(experiment, range(2), ("a",))


def test_an_arm_that_fails_does_not_stop_the_others(experiment):
    def make(seeds, arm):
        if arm == "b":
            raise ZeroDivisionError("no learning rate")
        return rows(seeds, arm)

    experiment.module.make = make
    store = Store(MEMORY)
    with pytest.raises(
        CellError, match=r"(?s)experiment, arm b, seeds 0 to 1 failed.*ZeroDivisionError: no learning rate"
    ):
        computed(experiment, range(2), store=store)
    assert len(computed(experiment, range(2), ("a",), store)["runs"]) == 2
