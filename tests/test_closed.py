"""No connection to a store stays open: Python 3.13 warns of one that does, which strict tests take for an error."""

import sqlite3
from functools import partial

import pytest

import hw1
from hw1.__main__ import main
from hw1.running.results import Results
from hw1.running.store import Store, StoreError

TINY = ("--set", "updates=2", "--set", "points=16")


@pytest.fixture
def opened(monkeypatch):
    """The connections that were opened and are not closed."""
    kept = []

    class Counted(sqlite3.Connection):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            kept.append(self)

        def close(self):
            super().close()
            if self in kept:
                kept.remove(self)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Counted))
    return kept


def test_a_store_and_results_are_closed_at_the_end_of_with_also_after_an_error(opened, tmp_path):
    with Store(tmp_path / "s.sqlite") as store, Results(tmp_path / "s.sqlite") as results:
        assert len(opened) == 2, "the fixture counts"
        assert store.keys() == results.store.keys() == []
    with pytest.raises(RuntimeError), Results():
        raise RuntimeError
    assert not opened


def test_a_file_that_is_no_store_is_let_go(opened, tmp_path):
    (tmp_path / "notes.txt").write_text("my thesis" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        Store(tmp_path / "notes.txt")
    sqlite3.connect(tmp_path / "new.sqlite").close()
    with pytest.raises(StoreError, match="is empty"):
        Store(tmp_path / "new.sqlite", create=False)
    assert not opened


def test_check_closes_its_store_whether_it_ends_well_or_not(opened, tmp_path):
    few = {"set": {"updates": 2, "points": 16}, "jobs": 1, "store": str(tmp_path / "s.sqlite")}
    hw1.check("deeper_nets_fit_sin_better", seeds=10, **few)
    with pytest.raises(ValueError, match="9 seeds"):
        hw1.check("deeper_nets_fit_sin_better", seeds=9, **few)
    assert not opened


def test_commands_close_what_they_open_also_where_they_refuse(opened, tmp_path, capsys):
    store, other, none = (str(tmp_path / f"{name}.sqlite") for name in ("a", "b", "none"))
    run = ("run", "deep_vs_shallow", "--seeds", "2", "--jobs", "1", *TINY)
    for status, *arguments in (
        (0, *run, "--store", store),
        (0, "merge", store, "--store", other),
        (2, "merge", store, none, "--store", other),
        (0, "carry", store, "--store", other, "--jobs", "1"),
        (2, "carry", none, "--store", other),
        (2, "compare", store, other),
        (2, "costs", "--store", store),
        (2, *run, "--store", store, "--arms", "deep", "--tables", "no/such\0place"),
    ):
        assert main(arguments) == status, (arguments, capsys.readouterr())
        assert not opened, arguments


def test_the_plugin_closes_its_store(opened, toy, monkeypatch):
    monkeypatch.syspath_prepend(toy.path)
    usual = ("-p", "no:randomly", "-p", "no:cacheprovider", "--hw1-jobs", "1", "-m", "fast")
    toy.runpytest_inprocess(*usual).assert_outcomes(passed=2, deselected=4)
    assert (toy.path / ".hw1/results.sqlite").exists()
    assert not opened
