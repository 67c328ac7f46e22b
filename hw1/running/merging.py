"""Merging stores: what several machines computed, in one file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hw1.running.rows import Row
from hw1.running.store import Store, StoreError
from hw1.tables import Tables, unpack


@dataclass(frozen=True, kw_only=True)
class Merged:
    """How many cells a merge brought, and how many of the sources' were there already."""

    new: int
    known: int


def merge(target: Store, sources: Sequence[Store]) -> Merged:
    """Bring all cells of some stores into another, or none.

    The result does not depend on the order of the stores, and merging again changes nothing: of two rows with equal
    tables the one that was computed first stays.

    Raises
    ------
    StoreError : where two stores hold different tables for one cell, naming it; nothing was changed
    """
    holders: dict[str, Store] = {}
    for source in sources:
        for key in source.keys():  # noqa: SIM118 - a store is no mapping
            held = holders.get(key) or (target if target.has(key) else None)
            if held is None or _is_better(source.row(key), held.row(key), source, held):
                holders[key] = source
            else:
                holders[key] = held
    new = [key for key in holders if not target.has(key)]
    target.put_rows(holder.row(key) for key, holder in holders.items() if holder is not target)
    return Merged(new=len(new), known=len(holders) - len(new))


def _is_better(row: Row, held: Row, source: Store, holder: Store) -> bool:
    """Whether a row was computed before the one that is held; rows of one key differ only in their date and cost."""
    _check_equal(row, held, source, holder)
    return (row.about, row.seconds, row.tables) < (held.about, held.seconds, held.tables)


def _check_equal(row: Row, held: Row, source: Store, holder: Store) -> None:
    if row.tables == held.tables:
        return
    differ = list(differences(unpack(row.tables), unpack(held.tables)))
    if differ:
        raise StoreError(
            f"conflict: a cell of {row.label} ({row.key[:8]}) differs in {', '.join(differ)} between {holder.path} and "
            f"{source.path}. A cell has one result on one kind of hardware; processors of other generations may differ "
            f"in the last digits. Nothing was merged: leave one of the two stores out"
        )


def differences(one: Tables, other: Tables) -> Iterator[str]:
    """Names of the columns and arrays that are not equal bit for bit, as in `runs.loss`."""
    first, second = _parts(one), _parts(other)
    for name in sorted({*first, *second}):
        if name not in first or name not in second or not _same(first[name], second[name]):
            yield name


def _parts(tables: Tables) -> Mapping[str, np.ndarray]:
    columns = {f"{name}.{column}": frame[column].to_numpy() for name, frame in tables.items() for column in frame}
    arrays = {f"{name}[{arm}]": array for name, by_arm in tables.arrays.items() for arm, array in by_arm.items()}
    return {**columns, **arrays}


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Bit for bit; text by its letters."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return one.tolist() == other.tolist() if one.dtype == object else one.tobytes() == other.tobytes()
