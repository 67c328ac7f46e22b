"""The store keeps what was put, changes nothing it cannot use, and says what to do."""

import ctypes
import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from hw1.running.store import Entry, Store, StoreError
from hw1.tables import Tables


def entry(loss=0.5):
    runs = pd.DataFrame({"seed": [1], "arm": "deep", "loss": [loss]})
    return Entry(Tables({"runs": runs}), 1.5, {"arm": "deep"})


def test_what_was_put_comes_back_from_a_new_process_of_the_file(tmp_path):
    Store(tmp_path / "new" / "s.sqlite").put("k", "label", entry())
    back = Store(tmp_path / "new" / "s.sqlite").get("k")
    pd.testing.assert_frame_equal(back.tables["runs"], entry().tables["runs"])
    assert (back.seconds, back.about) == (1.5, {"arm": "deep"})


def test_an_absent_cell_is_a_key_error(tmp_path):
    store = Store(tmp_path / "s.sqlite")
    assert not store.has("k")
    with pytest.raises(KeyError):
        store.get("k")


def test_two_runs_share_one_file(tmp_path):
    """Eight threads with a connection each, opening and writing at once, lose nothing."""

    def write(number):
        store = Store(tmp_path / "s.sqlite")
        for i in range(10):
            store.put(f"{number}/{i}", "label", entry())
        store.close()

    threads = [threading.Thread(target=write, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = Store(tmp_path / "s.sqlite")
    assert all(store.has(f"{n}/{i}") for n in range(8) for i in range(10))


def test_seconds_are_averaged_by_label(tmp_path):
    store = Store(tmp_path / "s.sqlite")
    store.put("a", "x", Entry(entry().tables, 2.0, {}))
    store.put("b", "x", Entry(entry().tables, 4.0, {}))
    assert store.seconds(["x", "y"]) == {"x": 3.0}


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my thesis, chapter one" * 100)
    with pytest.raises(StoreError, match=r"file is not a database. Name another file with --hw1-store"):
        Store(path)
    assert path.read_text().startswith("my thesis")


def test_a_store_of_a_newer_version_is_left_as_it_is(tmp_path):
    path = tmp_path / "s.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(StoreError, match="has version 7, this hw1 reads version 1: update hw1"):
        Store(path)


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path):
    store = Store(tmp_path / "s.sqlite")
    store.put("a", "x", entry())
    store._connection.execute("PRAGMA max_page_count = 4")
    big = Entry(
        Tables({"runs": pd.DataFrame({"seed": range(90_000), "arm": "deep"}).sample(frac=1, random_state=0)}), 1.0, {}
    )
    with pytest.raises(StoreError, match=r"database or disk is full. What is in it is intact"):
        store.put("b", "x", big)
    assert store.get("a").seconds == 1.5
    assert not store.has("b")


@contextmanager
def as_nobody():
    """File access without root's right to write anywhere; reads and writes of this thread only."""
    libc = ctypes.CDLL(None) if os.geteuid() == 0 else None
    if libc:
        libc.setfsuid(65534)
    try:
        yield
    finally:
        if libc:
            libc.setfsuid(0)


def test_a_read_only_store_answers_while_nothing_is_missing_and_refuses_to_write():
    with TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "s.sqlite"
        writable = Store(path)
        writable.put("a", "x", entry())
        writable.get("a")  # what reading imports must be imported before: nobody cannot read Python's own files
        writable.close()
        path.chmod(0o444)
        folder.chmod(0o555)
        with as_nobody():
            store = Store(path)
            assert store.has("a")
            assert store.get("a").seconds == 1.5
            for write in (store.check_writable, lambda: store.put("b", "x", entry())):
                with pytest.raises(StoreError, match=r"readonly database. Results are missing in it and cannot be wri"):
                    write()
            with pytest.raises(StoreError, match=r"unable to open database file. Check the path, or name another"):
                Store(folder / "new.sqlite")
        store.close()
        folder.chmod(0o755)
