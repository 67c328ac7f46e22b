"""The results on disk: one SQLite file, one row per computed cell, written by one process in one transaction each."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from hw1.tables import Tables, pack, unpack

VERSION = 1
MEMORY = ":memory:"
_SCHEMA = """
CREATE TABLE cells (
    key TEXT PRIMARY KEY,      -- digest of everything the result depends on
    label TEXT NOT NULL,       -- experiment and arm, to estimate the time of cells like it
    seconds REAL NOT NULL,     -- wall time of the computation on one core or device
    about TEXT NOT NULL,       -- JSON: experiment, setting, arm, seeds, versions, device, date
    tables BLOB NOT NULL       -- npz, no pickle
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


class Row(NamedTuple):
    """A cell as the file holds it: `about` is JSON, `tables` an npz archive."""

    key: str
    label: str
    seconds: float
    about: str
    tables: bytes


class Store:
    """Results by key.

    Parameters
    ----------
    path : the database file, made with its folder when absent; `:memory:` keeps everything in this process
    create : whether to make it; without, a file that is absent or holds no results is an error

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
            try:
                self._prepare(create)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, create: bool) -> None:
        found = self._version()
        if found == 0:
            tables = self._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            if tables and ("cells",) not in tables:  # with `cells` another run has made it a moment ago
                raise StoreError(
                    f"store {self.path} is not a store of hw1: name another file; this database was left as it is"
                )
            if not create:
                raise StoreError(f"store {self.path} is empty: no results of hw1 are in it")
            with self._transaction():
                if self._version() == 0:  # another run may have made the table while this one waited
                    self._connection.execute(_SCHEMA)
                    self._connection.execute(f"PRAGMA user_version = {VERSION}")
        elif found != VERSION:
            raise StoreError(
                f"store {self.path} has version {found}, this hw1 reads version {VERSION}: "
                "update hw1, or name another file with --hw1-store"
            )

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def has(self, key: str) -> bool:
        """Whether a cell is stored."""
        with self._explained():
            return self._connection.execute("SELECT 1 FROM cells WHERE key = ?", (key,)).fetchone() is not None

    def get(self, key: str) -> Entry:
        """What is stored for a cell; KeyError where nothing is."""
        row = self.row(key)
        return Entry(unpack(row.tables), row.seconds, json.loads(row.about))

    def put(self, key: str, label: str, entry: Entry) -> None:
        """Store one cell, in one transaction: after a kill it is there whole or not at all."""
        self.put_rows([Row(key, label, entry.seconds, json.dumps(entry.about, sort_keys=True), pack(entry.tables))])

    def put_rows(self, rows: Iterable[Row]) -> None:
        """Store some cells as another store holds them, in one transaction: all or none."""
        with self._explained(), self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?)", rows)

    def keys(self) -> list[str]:
        """The keys of all cells, sorted."""
        with self._explained():
            return [key for (key,) in self._connection.execute("SELECT key FROM cells ORDER BY key")]

    def row(self, key: str) -> Row:
        """A cell as the file holds it; KeyError where it is not."""
        with self._explained():
            found = self._connection.execute("SELECT * FROM cells WHERE key = ?", (key,)).fetchone()
        if found is None:
            raise KeyError(key)
        return Row(*found)

    def described(self) -> dict[str, Mapping[str, Any]]:
        """What each stored cell depends on, by key, with the date of its computation."""
        with self._explained():
            return {key: json.loads(about) for key, about in self._connection.execute("SELECT key, about FROM cells")}

    def about(self, key: str) -> Mapping[str, Any]:
        """What a cell's result depends on, and when and how it was computed; KeyError where it is not."""
        with self._explained():
            found = self._connection.execute("SELECT about FROM cells WHERE key = ?", (key,)).fetchone()
        if found is None:
            raise KeyError(key)
        return json.loads(found[0])  # type: ignore[no-any-return]

    def seconds(self, labels: Iterable[str], *, least: bool = False) -> dict[str, float]:
        """Mean, or least, seconds of the stored cells with these labels, whatever their seeds or versions."""
        with self._explained():
            rows = self._connection.execute("SELECT label, AVG(seconds), MIN(seconds) FROM cells GROUP BY label")
            known = {label: low if least else mean for label, mean, low in rows}
        return {label: known[label] for label in labels if label in known}

    def check_writable(self) -> None:
        """StoreError where nothing can be written: to be said before hours of training, not after the first cell."""
        with self._explained(), self._transaction():
            self._connection.execute(f"PRAGMA user_version = {VERSION}")  # as it is: nothing changes

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
            raise StoreError(f"store {self.path}: {error}. {_remedy(str(error))}") from error


def _remedy(message: str) -> str:
    remedies = {
        "not a database": "Name another file with --hw1-store, or move this one away; it was left as it is",
        "readonly": "Results are missing in it and cannot be written: name a writable file with --hw1-store",
        "read-only": "Results are missing in it and cannot be written: name a writable file with --hw1-store",
        "full": "What is in it is intact: free some space, or name a file elsewhere with --hw1-store, and run again",
        "locked": "Another run has been writing to it for over a minute: wait, or name another file with --hw1-store",
        "malformed": "The file is damaged: move it away and run again",
    }
    fits = [text for sign, text in remedies.items() if sign in message]
    return fits[0] if fits else "Check the path, or name another file with --hw1-store"
