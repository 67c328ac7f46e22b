"""Results of earlier code that count today: where the present code gives the same bytes for a witness of each arm.

A key holds the code, so that any change of it makes a result unknown; but most changes do not change a number. Of each
arm in each setting one chunk of seeds, the witness, is computed anew and compared with what the earlier code gave. If
both are equal to the byte, the arm's other results are taken over under their present keys; each says where it is from.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import groupby
from typing import Any

from hw1.machine.devices import Device
from hw1.registry import find_experiment
from hw1.running.cells import Cell
from hw1.running.merging import differences
from hw1.running.results import Results
from hw1.running.rows import Row
from hw1.running.store import Store
from hw1.tables import unpack

__all__ = ["Carried", "carry"]

# What is said of a computation beside what its result depends on, and the code, which may differ.
_BESIDE = ("date", "halved", "carried", "code")


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What became of the earlier results of one arm in one setting.

    Attributes
    ----------
    label : experiment, arm, hardware and digest of the setting
    cells : how many there are that the present code does not know
    witness : seeds that were compared; empty where none could be
    why : why they were left; empty where they were taken over
    """

    label: str
    cells: int
    witness: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class _Earlier:
    """A stored row of earlier code, and the cell that it would be today."""

    row: Row
    about: Mapping[str, Any]
    cell: Cell


def carry(source: Store, results: Results) -> Iterator[Carried]:
    """Take over what the present code would compute to the same bytes, arm by arm; the source stays as it is.

    Cells that are in the results' store already are witnesses that cost nothing. A single cell of an arm without one is
    left: to compute its witness would be to compute it. Results of the present code are taken over without one.

    Raises
    ------
    CellError : where a witness cannot be computed
    """
    found, strange = _sorted(source, results)
    yield from strange
    arms = [list(its) for _, its in groupby(found, key=lambda one: (one.row.label, one.about["code"]))]
    todo = [_witness(arm, results) for arm in arms]
    results.compute([cell for cell in todo if cell is not None])
    for arm, cell in zip(arms, todo, strict=True):
        yield _carried(arm, cell, results)


def _sorted(source: Store, results: Results) -> tuple[list[_Earlier], list[Carried]]:
    """What could be taken over, arm by arm in the order of seeds; and what cannot, with the reason."""
    found: list[_Earlier] = []
    strange: dict[tuple[str, str], list[Row]] = {}
    for key in source.keys():  # noqa: SIM118 - a store is no mapping
        row, about = source.row(key), source.about(key)
        try:
            cell = _today(about, results.device)
        except ValueError as error:
            strange.setdefault((row.label, str(error)), []).append(row)
        else:
            found.append(_Earlier(row, about, cell))
    left = [Carried(label=label, cells=len(rows), why=why) for (label, why), rows in strange.items()]
    return sorted(found, key=lambda one: (one.row.label, one.about["code"], one.cell.seeds)), left


def _today(about: Mapping[str, Any], device: Device) -> Cell:
    """The cell that a stored result would be under the present code; ValueError where it depends on anything else."""
    try:
        experiment = find_experiment(about["experiment"])
        if about["arm"] not in experiment.arms:
            raise ValueError(f"there is no arm {about['arm']} any more")
        setting = _setting(about["setting"], [experiment.setting(tier) for tier in experiment.tiers])
        cell = Cell(experiment, setting, about["arm"], tuple(about["seeds"]), device)
        now = json.loads(json.dumps(cell.about, default=str))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no description of a cell ({error})") from error
    if differ := list(_changes(about, now)):
        raise ValueError("; ".join(differ))
    return cell


def _changes(about: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What a result depended on that is another today, but for the code: "torch was '2.13.0', is '2.14.1'"."""
    for name in sorted({*about, *now} - {*_BESIDE}):
        was, is_now = about.get(name), now.get(name)
        if isinstance(was, Mapping) and isinstance(is_now, Mapping):
            yield from _changes(was, is_now)
        elif was != is_now:
            yield f"{name} was {was!r:.60}, is {is_now!r:.60}"


def _setting(described: Mapping[str, Any], known: Iterable[Any]) -> Any:
    """The setting that is described, made from one of an experiment's own."""
    values = {name: _tuples(value) for name, value in described.items() if name != "type"}
    for setting in known:
        if is_dataclass(setting) and {field.name for field in fields(setting)} == {*values}:
            return replace(setting, **values)  # type: ignore[type-var]
    raise ValueError("the setting has other fields today")


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _unknown(arm: Sequence[_Earlier], results: Results) -> list[_Earlier]:
    return [one for one in arm if not results.store.has(one.cell.key)]


def _witness(arm: Sequence[_Earlier], results: Results) -> Cell | None:
    """The chunk to be computed anew: none where there is one already, or where nothing else is there to take over."""
    unknown = _unknown(arm, results)
    return arm[0].cell if len(unknown) == len(arm) > 1 and not _of_this_code(arm) else None


def _of_this_code(arm: Sequence[_Earlier]) -> bool:
    return arm[0].row.key == arm[0].cell.key


def _carried(arm: Sequence[_Earlier], computed: Cell | None, results: Results) -> Carried:
    """Compare the witnesses of an arm, and take the rest over where all are equal."""
    unknown, label = _unknown(arm, results), arm[0].row.label
    if _of_this_code(arm):
        results.store.put_rows(one.row for one in unknown)
        return Carried(label=label, cells=len(unknown))
    seen = [one for one in arm if one not in unknown]
    if computed is not None:
        results.check([computed])
    if not unknown:
        return Carried(label=label, cells=0, witness=_seeds(seen))
    if not seen:
        return Carried(label=label, cells=len(unknown), why="a single cell: to compute a witness is to compute it")
    differ = sorted({name for one in seen for name in _differing(one, results)})
    if differ:
        return Carried(label=label, cells=len(unknown), witness=_seeds(seen), why=f"{', '.join(differ)} differ today")
    results.store.put_rows(_renamed(one, _seeds(seen)) for one in unknown)
    return Carried(label=label, cells=len(unknown), witness=_seeds(seen))


def _differing(one: _Earlier, results: Results) -> Iterator[str]:
    return differences(unpack(one.row.tables), unpack(results.store.row(one.cell.key).tables))


def _seeds(seen: Iterable[_Earlier]) -> tuple[int, ...]:
    return tuple(seed for one in seen for seed in one.cell.seeds)


def _renamed(one: _Earlier, witness: Sequence[int]) -> Row:
    """The row under its present key, which says whose result it is."""
    own = {name: one.about[name] for name in ("date", "halved") if name in one.about}
    origin = one.about.get("carried", {}).get("code", one.about["code"])
    about = {**one.cell.about, **own, "carried": {"code": origin, "witness": list(witness)}}
    return Row(one.cell.key, one.row.label, one.row.seconds, json.dumps(about, sort_keys=True), one.row.tables)
