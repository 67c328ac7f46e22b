"""A result belongs to the code that its key was made of: files that are saved while a run goes on are seen."""

import importlib
import os
import sys
from uuid import uuid4

import pytest

from hw1.machine.devices import CPU
from hw1.registry import Experiment
from hw1.running.cells import cells_of
from hw1.running.computing import CellError, compute
from hw1.running.progress import Silent
from hw1.running.store import MEMORY, Store

EXPERIMENT = '''
"""One number."""

from dataclasses import dataclass

import pandas as pd

from PACKAGE.number import NUMBER
from hw1.tables import Tables

REVISION = 1
ARMS = ("a",)


@dataclass(frozen=True, kw_only=True)
class Setting:
    stack: int = 2


FAST = Setting()


def run(setting, *, arm, seeds, device):
    from PACKAGE import late

    late.between()
    return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "v": NUMBER, "revision": REVISION})})
'''


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A package whose files may be saved anew; of another name each time, as processes outlive a test."""
    folder = tmp_path / f"saved_{uuid4().hex}"
    (folder / "coins").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "coins" / "__init__.py").touch()
    (folder / "coins" / "one.py").write_text(EXPERIMENT.replace("PACKAGE", folder.name))
    (folder / "number.py").write_text("NUMBER = 1.0\n")
    (folder / "late.py").write_text("def between():\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # files are saved within a second here
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def cells(saved):
    experiment = Experiment(importlib.import_module(f"{saved.name}.coins.one"))
    return cells_of(experiment, experiment.setting("fast"), ["a"], range(4), CPU)


def values(asked, store, jobs=1):
    compute(asked, store, jobs=jobs, watcher=Silent())
    return [store.get(cell.key).tables["runs"]["v"].tolist() for cell in asked]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_saved_before_a_worker_imports_it_is_an_error_of_the_cell(saved, jobs):
    asked, store = cells(saved), Store(MEMORY)
    assert asked[0].key
    (saved / "number.py").write_text("NUMBER = 2.00\n")
    with pytest.raises(CellError, match=r"number\.py was changed while this went on.*run again"):
        compute(asked, store, jobs=jobs, watcher=Silent())
    assert not any(store.has(cell.key) for cell in asked)


def test_what_is_saved_during_a_cell_is_an_error_too(saved):
    number = str(saved / "number.py")
    (saved / "late.py").write_text(
        f"def between():\n    from pathlib import Path\n    Path({number!r}).write_text('NUMBER = 3')\n"
    )
    asked = cells(saved)
    with pytest.raises(CellError, match=r"number\.py was changed while this went on"):
        compute(asked[:1], Store(MEMORY), jobs=1, watcher=Silent())


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("number.py", "# one\nNUMBER = 1.0\n"),
        ("coins/one.py", EXPERIMENT.replace("One", "A") + "\n\ndef figure(tables):\n    return None\n"),
    ],
    ids=["a comment", "a docstring and a figure"],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_no_result_depends_on_may_be_saved_while_a_run_goes_on(saved, file, text, jobs):
    asked = cells(saved)
    assert asked[0].key
    (saved / file).write_text(text.replace("PACKAGE", saved.name))
    assert values(asked, Store(MEMORY), jobs) == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("text", [None, "def between(:\n"], ids=["gone", "saved half"])
def test_a_file_that_is_gone_or_saved_half_is_named(saved, text):
    asked = cells(saved)
    importlib.import_module(f"{saved.name}.late")
    assert asked[0].key
    if text is None:
        (saved / "late.py").unlink()
    else:
        (saved / "late.py").write_text(text)
    with pytest.raises(CellError, match=r"late\.py was changed while this went on"):
        compute(asked, Store(MEMORY), jobs=1, watcher=Silent())


def test_a_module_that_is_loaded_anew_in_the_same_python_needs_a_restart(saved):
    """As a notebook does it: the key is that of the code that was read first."""
    store, asked = Store(MEMORY), cells(saved)
    assert values(asked[:1], store) == [[1.0, 1.0]]
    (saved / "number.py").write_text("NUMBER = 2.00\n")
    importlib.reload(sys.modules[f"{saved.name}.number"])
    importlib.reload(sys.modules[f"{saved.name}.coins.one"])
    with pytest.raises(CellError, match="in a notebook restart Python"):
        compute(cells(saved)[1:], store, jobs=1, watcher=Silent())


@pytest.mark.parametrize("jobs", [1, 2])
def test_seeds_are_redrawn_also_in_processes_that_loaded_the_experiment_before(saved, jobs):
    """As `register --redraw` does it: the file is written anew, and the module in this process told."""
    store, before = Store(MEMORY), cells(saved)
    assert values(before, store, jobs) == [[1.0, 1.0], [1.0, 1.0]]
    file = saved / "coins" / "one.py"
    file.write_text(file.read_text().replace("REVISION = 1", "REVISION = 2"))
    before[0].experiment.module.REVISION = 2
    after = cells(saved)
    assert {cell.key for cell in after}.isdisjoint(cell.key for cell in before)
    assert values(after, store, jobs) == [[1.0, 1.0], [1.0, 1.0]]
    assert [store.get(cell.key).tables["runs"]["revision"].tolist() for cell in after] == [[2, 2], [2, 2]]
