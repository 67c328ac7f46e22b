"""Merging stores: the same in any order, nothing where two contradict each other, and sources stay as they are."""

import itertools
import sqlite3

import numpy as np
import pandas as pd
import pytest

from hw1.running.merging import Merged, merge
from hw1.running.store import MEMORY, Entry, Store, StoreError
from hw1.tables import Tables


def entry(loss=0.5, date="2026-01-01", seconds=1.0, weights=(1.0, 2.0)):
    runs = pd.DataFrame({"seed": [1], "arm": "deep", "loss": [loss]})
    return Entry(Tables({"runs": runs}, {"weights": {"deep": np.array([weights])}}), seconds, {"date": date})


def filled(path, **entries):
    store = Store(path)
    for key, one in entries.items():
        store.put(key, "deep_vs_shallow/deep", one)
    return store


def rows(store):
    return [store.row(key) for key in store.keys()]  # noqa: SIM118 - a store is no mapping


@pytest.fixture
def stores(tmp_path):
    """Three stores that overlap; c computed in two of them at different times."""
    return [
        filled(tmp_path / "1.sqlite", a=entry(), c=entry(date="2026-01-03", seconds=3.0)),
        filled(tmp_path / "2.sqlite", b=entry(0.25)),
        filled(tmp_path / "3.sqlite", b=entry(0.25, seconds=2.0), c=entry(date="2026-01-02"), d=entry()),
    ]


def test_every_order_gives_the_same_rows_and_the_earlier_of_equal_cells(stores):
    results = []
    for order in itertools.permutations(stores):
        target = Store(MEMORY)
        assert merge(target, order) == Merged(new=4, known=0)
        results.append(rows(target))
    assert all(result == results[0] for result in results)
    assert [row.key for row in results[0]] == ["a", "b", "c", "d"]
    assert '"date": "2026-01-02"' in results[0][2].about


def test_one_after_the_other_is_the_same_as_all_at_once_and_twice_is_once(stores):
    target, at_once = Store(MEMORY), Store(MEMORY)
    merge(at_once, stores)
    for store in [*stores, *stores[::-1]]:
        merge(target, [store])
    assert rows(target) == rows(at_once)
    assert merge(target, stores) == Merged(new=0, known=4)
    assert merge(target, [target]) == Merged(new=0, known=4)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (entry(np.nextafter(0.5, 1)), "runs.loss"),
        (entry(weights=(1.0, 2.5)), r"weights\[deep\]"),
        (Entry(Tables({"runs": entry().tables["runs"]}), 1.0, {}), r"weights\[deep\]"),
        (Entry(Tables({"runs": entry().tables["runs"].assign(loss=np.float32(0.5))}), 1.0, {}), "runs.loss"),
    ],
    ids=["the last digit", "an array", "no array", "another type"],
)
def test_a_cell_with_two_results_is_a_conflict_and_nothing_is_merged(other, what, tmp_path):
    one = filled(tmp_path / "1.sqlite", a=entry(), b=entry())
    two = filled(tmp_path / "2.sqlite", a=other, c=entry())
    for order in ([one, two], [two, one]):
        target = Store(MEMORY)
        with pytest.raises(
            StoreError, match=f"conflict: a cell of deep_vs_shallow/deep .* differs in .*{what}"
        ) as error:
            merge(target, order)
        assert str(one.path) in str(error.value)
        assert str(two.path) in str(error.value)
        assert rows(target) == []
    with pytest.raises(StoreError, match="Nothing was merged"):
        merge(one, [two])
    assert [row.key for row in rows(one)] == ["a", "b"]


def test_text_and_infinities_are_compared_too(tmp_path):
    runs = pd.DataFrame({"seed": [1], "arm": "deep", "loss": [np.inf], "kind": "tanh"})
    one, two, other = (Entry(Tables({"runs": r}), 1.0, {}) for r in (runs, runs.copy(), runs.assign(kind="relu")))
    target = filled(MEMORY, a=one)
    assert merge(target, [filled(tmp_path / "2.sqlite", a=two)]).known == 1
    with pytest.raises(StoreError, match=r"differs in runs.kind"):
        merge(target, [filled(tmp_path / "3.sqlite", a=other)])


def test_sources_are_left_as_they_are_and_need_not_be_writable(stores, tmp_path):
    before = (tmp_path / "1.sqlite").read_bytes()
    (tmp_path / "1.sqlite").chmod(0o444)
    merge(Store(tmp_path / "target.sqlite"), [Store(tmp_path / "1.sqlite", create=False)])
    assert (tmp_path / "1.sqlite").read_bytes() == before


def test_what_is_no_store_is_refused_and_not_made_one(tmp_path):
    missing, empty, foreign, newer = (tmp_path / f"{name}.sqlite" for name in ("missing", "empty", "foreign", "newer"))
    empty.touch()
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE cookies (name)")
    filled(newer, a=entry()).close()
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 9")
    before = {path: path.read_bytes() for path in (empty, foreign, newer)}
    for path, message in (
        (missing, "does not exist: check the path"),
        (empty, "is empty: no results of hw1"),
        (foreign, "is not a store of hw1"),
        (newer, "has version 9, this hw1 reads versions 1 and 2"),
    ):
        with pytest.raises(StoreError, match=message):
            Store(path, create=False)
    with pytest.raises(StoreError, match="is not a store of hw1"):
        Store(foreign)
    assert not missing.exists()
    assert {path: path.read_bytes() for path in before} == before
