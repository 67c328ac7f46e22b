"""The results on disk: one SQLite file, one row per computed cell, written by one process in one transaction each."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from hw1.running.rows import Row
from hw1.tables import Tables, pack, unpack

VERSION = 2
FIRST = 1  # without checksums; read as it is, and brought up to date by the first cell that is written
MEMORY = ":memory:"
_CELLS = """
CREATE TABLE cells (
    key TEXT PRIMARY KEY,      -- digest of everything the result depends on
    label TEXT NOT NULL,       -- experiment and arm, to estimate the time of cells like it
    seconds REAL NOT NULL,     -- wall time of the computation on one core or device
    about TEXT NOT NULL,       -- JSON: experiment, setting, arm, seeds, versions, device, date
    tables BLOB NOT NULL,      -- npz, no pickle
    checksum TEXT              -- SHA-256 of all other columns; NULL in rows of the first version
)
"""
_DAMAGED = """
CREATE TABLE damaged (         -- rows put aside, as they were found, whatever their types
    key, label, seconds, about, tables, checksum,
    reason TEXT NOT NULL
)
"""


class StoreError(RuntimeError):
    """The store cannot be used; the message says what to do. Nothing in it was changed."""


@dataclass(frozen=True)
class Entry:
    """What is stored for one cell."""

    tables: Tables
    seconds: float
    about: Mapping[str, Any]


class Store:
    """Results by key.

    A row that is damaged counts as absent: it is put aside in the table `damaged` where the file can be written, and
    `found_damaged` names it.

    Parameters
    ----------
    path : the database file, made with its folder when absent; `:memory:` keeps everything in this process
    create : whether to make it; without, it is only read, and a file that is absent or holds no results is an error

    Raises
    ------
    StoreError : where the file is no database, was written by a newer hw1, or cannot be made
    """

    def __init__(self, path: str | Path, *, create: bool = True):
        self.path = str(path)
        if not create and not Path(self.path).is_file():
            raise StoreError(f"store {self.path} does not exist: check the path")
        with self._explained():
            if self.path != MEMORY:
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            # 60 s: another run's transaction writes one cell and takes milliseconds, on a slow disk seconds.
            self._connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self._connection.text_factory = lambda text: text.decode(errors="replace")
            try:
                self._prepare(create)
                if not create:
                    self._connection.execute("PRAGMA query_only = ON")
            except BaseException:
                self._connection.close()
                raise
        self._sound: set[str] = set()
        self._damaged: dict[str, str] = {}

    def _prepare(self, create: bool) -> None:
        found = self._version()
        if found == 0:
            tables = self._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            if tables and ("cells",) not in tables:  # with `cells` another run has made it a moment ago
                raise self._foreign()
            if not create:
                raise StoreError(f"store {self.path} is empty: no results of hw1 are in it")
            with self._transaction():
                if self._version() == 0:  # another run may have made the table while this one waited
                    self._connection.execute(_CELLS)
                    self._connection.execute(_DAMAGED)
                    self._connection.execute(f"PRAGMA user_version = {VERSION}")
        elif found not in (FIRST, VERSION):
            raise StoreError(
                f"store {self.path} has version {found}, this hw1 reads versions {FIRST} and {VERSION}: "
                f"update hw1, or name another store"
            )
        columns = tuple(name for _, name, *_ in self._connection.execute("PRAGMA table_info(cells)"))
        if columns not in (Row._fields, Row._fields[:-1]):
            raise self._foreign()

    def _foreign(self) -> StoreError:
        return StoreError(
            f"store {self.path} is not a store of hw1: name another file; this database was left as it is"
        )

    def _update(self) -> None:
        """Bring a file of the first version up to date, inside a transaction."""
        if self._version() == FIRST:
            self._connection.execute("ALTER TABLE cells ADD COLUMN checksum TEXT")
            self._connection.execute(_DAMAGED)
            self._connection.execute(f"PRAGMA user_version = {VERSION}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def has(self, key: str) -> bool:
        """Whether a sound cell is stored; a damaged one is put aside."""
        return key in self._sound or self._sound_row(key) is not None

    def get(self, key: str) -> Entry:
        """What is stored for a cell; KeyError where nothing is, or nothing sound."""
        row = self.row(key)
        try:
            return Entry(unpack(row.tables), row.seconds, json.loads(row.about))
        except Exception as error:  # with a checksum that fits: another program wrote it
            raise StoreError(
                f"store {self.path}: cell {key[:8]} is no result of hw1 ({error}): name another"
            ) from error

    def put(self, key: str, label: str, entry: Entry) -> None:
        """Store one cell, in one transaction: after a kill it is there whole or not at all."""
        self.put_rows([Row(key, label, entry.seconds, json.dumps(entry.about, sort_keys=True), pack(entry.tables))])

    def put_rows(self, rows: Iterable[Row]) -> None:
        """Store some cells as another store holds them, in one transaction: all or none."""
        summed = [row.summed() for row in rows]
        with self._explained(), self._transaction():
            self._update()
            self._connection.executemany("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?)", summed)
        for row in summed:
            self._sound.add(row.key)
            self._damaged.pop(row.key, None)

    def keys(self) -> list[str]:
        """The keys of all sound cells, sorted."""
        with self._explained():
            found = [key for (key,) in self._connection.execute("SELECT key FROM cells ORDER BY key")]
        return [key for key in found if self.has(key)]

    def row(self, key: str) -> Row:
        """A cell as the file holds it; KeyError where it is not, or not sound."""
        row = self._sound_row(key)
        if row is None:
            raise KeyError(key)
        return row

    def described(self) -> dict[str, Mapping[str, Any]]:
        """What each sound cell depends on, by key, with the date of its computation."""
        return {key: self.about(key) for key in self.keys()}

    def about(self, key: str) -> Mapping[str, Any]:
        """What a cell's result depends on, and when and how it was computed; KeyError where it is not."""
        if not self.has(key):
            raise KeyError(key)
        with self._explained():  # without the tables, which are most of the row
            (about,) = self._connection.execute("SELECT about FROM cells WHERE key = ?", (key,)).fetchone()
        return json.loads(about)  # type: ignore[no-any-return]

    def found_damaged(self) -> list[str]:
        """The cells that were found damaged since this was asked last, for a reader."""
        found = [f"{label} ({key[:8]})" for key, label in self._damaged.items() if label]
        self._damaged = dict.fromkeys(self._damaged, "")
        return found

    def _sound_row(self, key: str) -> Row | None:
        """A row, checked the first time that it is read; None where there is none, or none that is sound."""
        row = None if key in self._damaged else self._read(key)
        if row is None or key in self._sound:
            return row
        if fault := row.fault():
            self._put_aside(row, fault)
            return None
        self._sound.add(key)
        return row

    def _read(self, key: str) -> Row | None:
        """A row as it is; None where there is none."""
        with self._explained():
            try:
                found = self._connection.execute("SELECT * FROM cells WHERE key = ?", (key,)).fetchone()
            except sqlite3.DatabaseError as error:
                if "malformed" not in str(error):
                    raise
                return Row(key, "unreadable", 0.0, "", b"")  # the pages of this row are damaged, others may not be
        return None if found is None else Row(*found)

    def _put_aside(self, row: Row, fault: str) -> None:
        """Keep a damaged row where it does no harm; a file that cannot be written keeps it where it is."""
        self._damaged[row.key] = str(row.label)
        try:
            with self._transaction():
                self._update()
                self._connection.execute("INSERT INTO damaged VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, fault))
                self._connection.execute("DELETE FROM cells WHERE key = ?", (row.key,))
        except sqlite3.Error:
            return

    def seconds(self, labels: Iterable[str], *, least: bool = False) -> dict[str, float]:
        """Mean, or least, seconds of the stored cells with these labels, whatever their seeds or versions."""
        with self._explained():
            rows = self._connection.execute("SELECT label, AVG(seconds), MIN(seconds) FROM cells GROUP BY label")
            known = {label: low if least else mean for label, mean, low in rows}
        return {label: known[label] for label in labels if label in known}

    def check_writable(self) -> None:
        """StoreError where nothing can be written: to be said before hours of training, not after the first cell."""
        with self._explained(), self._transaction():
            self._connection.execute(f"PRAGMA user_version = {self._version()}")  # as it is: nothing changes

    def close(self) -> None:
        """Close the file; an open one is a ResourceWarning in Python 3.13, which strict tests take for an error."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled it back already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """sqlite3's errors, with what to do about them."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"store {self.path}: {error}. {self._remedy(str(error))}") from error

    def _remedy(self, message: str) -> str:
        journal = Path(f"{self.path}-journal")
        if "readonly" in message and self.path != MEMORY and journal.exists():
            return f"A run was stopped while it wrote, and left {journal}: whoever may write the store, open it once"
        return _remedy(message)


def _remedy(message: str) -> str:
    elsewhere = "name a writable file (--store; of pytest --hw1-store)"
    remedies = {
        "not a database": f"Move it away, or {elsewhere}; it was left as it is",
        "readonly": f"Results are missing in it and cannot be written: {elsewhere}",
        "read-only": f"Results are missing in it and cannot be written: {elsewhere}",
        "full": f"What is in it is intact: free some space, or {elsewhere}, and run again",
        "locked": "Another run has been writing to it for over a minute: wait, or name another file",
        "malformed": "The file is damaged. `python -m hw1 merge FILE --store NEW` saves the cells that can be read; "
        "then move it away and run again",
    }
    fits = [text for sign, text in remedies.items() if sign in message]
    return fits[0] if fits else f"Check the path, or {elsewhere}"
