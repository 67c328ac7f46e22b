"""The store keeps what was put, changes nothing it cannot use, and says what to do."""

import ctypes
import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
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
    with pytest.raises(
        StoreError,
        match=r"file is not a database. Move it away, or name a writable file \(--store; of pytest --hw1-store\)",
    ):
        Store(path)
    assert path.read_text().startswith("my thesis")


def test_a_store_of_a_newer_version_is_left_as_it_is(tmp_path):
    path = tmp_path / "s.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(StoreError, match="has version 7, this hw1 reads versions 1 and 2: update hw1"):
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
            with pytest.raises(StoreError, match=r"unable to open database file. Check the path, or name a writable"):
                Store(folder / "new.sqlite")
        store.close()
        folder.chmod(0o755)


COLUMNS = "key, label, seconds, about, tables"


def of_the_first_version(path, **entries):
    """A store as the first version wrote it."""
    with Store(path) as store:
        for key, one in entries.items():
            store.put(key, "x", one)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE old (key TEXT PRIMARY KEY, label TEXT, seconds REAL, about TEXT, tables BLOB)")
        connection.execute(f"INSERT INTO old SELECT {COLUMNS} FROM cells")
        connection.execute("DROP TABLE cells")
        connection.execute("DROP TABLE damaged")
        connection.execute("ALTER TABLE old RENAME TO cells")
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_a_store_of_the_first_version_is_read_as_it_is_and_grows(tmp_path):
    path = tmp_path / "s.sqlite"
    of_the_first_version(path, a=entry(), b=entry(0.25))
    before = path.read_bytes()
    with Store(path) as store:
        assert store.keys() == ["a", "b"]
        assert store.get("b").tables["runs"]["loss"].tolist() == [0.25]
    assert path.read_bytes() == before
    with Store(path) as store:
        store.check_writable()  # which leaves its version
        assert store.keys() == ["a", "b"]
    with Store(path) as store:
        store.put("c", "x", entry())
    with Store(path, create=False) as store:
        assert store.keys() == ["a", "b", "c"]


def damaged(path, key, column, change):
    """Change one column of a row."""
    with sqlite3.connect(path) as connection:
        ((old,),) = connection.execute(f"SELECT {column} FROM cells WHERE key = ?", (key,)).fetchall()
        connection.execute(f"UPDATE cells SET {column} = ? WHERE key = ?", (change(old), key))
    connection.close()


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


DAMAGE = {
    "a byte in the middle": ("tables", lambda data: flipped(data, len(data) // 2)),
    "the last byte": ("tables", lambda data: flipped(data, len(data) - 1)),
    "cut off": ("tables", lambda data: data[:-20]),
    "empty": ("tables", lambda data: b""),
    "a number for the tables": ("tables", lambda data: 5),
    "text for the tables": ("tables", lambda data: "no bytes"),
    "another experiment": ("about", lambda text: text.replace("deep", "wide")),
    "no JSON": ("about", lambda text: text[:-1]),
    "other seconds": ("seconds", lambda seconds: 99.0),
    "text for the seconds": ("seconds", lambda seconds: "soon"),
    "another label": ("label", lambda label: "y"),
    "another checksum": ("checksum", lambda text: text[::-1]),
    "a number for the checksum": ("checksum", lambda text: 5),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_cell_is_put_aside_whole_and_can_be_stored_anew(tmp_path, kind):
    path = tmp_path / "s.sqlite"
    with Store(path) as store:
        store.put("a", "x", entry())
        store.put("b", "x", entry(0.25))
    damaged(path, "a", *DAMAGE[kind])
    with Store(path) as store:
        assert not store.has("a")
        assert store.keys() == ["b"]
        with pytest.raises(KeyError):
            store.get("a")
        (name,) = store.found_damaged()
        assert name.endswith("(a)")
        assert store.found_damaged() == []
        store.put("a", "x", entry())
        assert store.get("a").seconds == 1.5
    with sqlite3.connect(path) as connection:
        ((key, reason),) = connection.execute("SELECT key, reason FROM damaged").fetchall()
    connection.close()
    assert key == "a"
    assert "checksum" in reason or "cannot be read" in reason


@pytest.mark.parametrize("kind", ["a byte in the middle", "cut off", "empty", "a number for the tables", "no JSON"])
def test_damage_in_a_store_of_the_first_version_is_found_too(tmp_path, kind):
    path = tmp_path / "s.sqlite"
    of_the_first_version(path, a=entry(), b=entry(0.25))
    damaged(path, "a", *DAMAGE[kind])
    with Store(path) as store:
        assert store.keys() == ["b"]
        assert store.found_damaged() == ["x (a)"]


def test_a_store_that_is_only_read_is_not_changed_by_damage(tmp_path):
    path = tmp_path / "s.sqlite"
    with Store(path) as store:
        store.put("a", "x", entry())
    damaged(path, "a", *DAMAGE["cut off"])
    before = path.read_bytes()
    with Store(path, create=False) as store:
        assert store.keys() == []
        assert store.found_damaged() == ["x (a)"]
    assert path.read_bytes() == before


def test_damaged_pages_take_only_their_own_cells(tmp_path):
    """Overwritten with noise page by page: either the file says what to do, or what it still gives is right."""
    path, rng = tmp_path / "s.sqlite", np.random.default_rng(0)
    runs = pd.DataFrame({"seed": range(2_000), "arm": "deep", "loss": rng.standard_normal(2_000)})
    with Store(path) as store:
        for key in "abcdef":
            store.put(key, "x", Entry(Tables({"runs": runs}), 1.0, {"arm": "deep"}))
    whole, page, saved = path.read_bytes(), 4096, []
    for start in range(page, len(whole), page):
        path.write_bytes(whole[:start] + rng.bytes(page) + whole[start + page :])
        with suppress(StoreError), Store(path) as store:
            saved.append(store.keys())
            assert all(store.get(key).tables["runs"].equals(runs) for key in saved[-1])
    assert sum(len(keys) == 5 for keys in saved) > 0.8 * len(whole) // page  # all but one of six


def test_a_journal_that_only_another_user_may_play_back_is_named(tmp_path, monkeypatch):
    """Results may be complete: it is not missing ones that cannot be written."""
    Store(tmp_path / "s.sqlite").close()
    (tmp_path / "s.sqlite-journal").touch()

    def refused(_):
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Store, "_version", refused)
    with pytest.raises(
        StoreError, match=r"A run was stopped while it wrote, and left .*s\.sqlite-journal: whoever may"
    ):
        Store(tmp_path / "s.sqlite")
