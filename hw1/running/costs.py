"""How long cells take, before any has run: what a store knows, and a table beside the claims that a run wrote.

`costs.json` lies in a claims package and has, by experiment and setting, the seconds that a cell of each arm took on
one core, or should take where the row is an estimate. Another machine is faster or slower for all of them more or less
alike; `hw1.running.pace` learns by how much.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from hw1.documents import document
from hw1.registry import Experiment
from hw1.running.cells import Cell
from hw1.running.store import Store

FILE = "costs.json"
REMEDY = "write it anew by `python -m hw1 costs --write`, or delete it"
_ROW = {
    "type": "object",
    "required": ["setting", "seeds", "seconds"],
    "properties": {
        "setting": {"type": "string"},
        "estimate": {"type": "boolean"},
        "seeds": {"type": "integer", "minimum": 1},
        "seconds": {"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0}},
    },
}
_ROWS = {"type": "object", "additionalProperties": {"type": "array", "items": _ROW}}
_PLACES = {"made_with": {"type": "string"}, "experiments": _ROWS}
_SCHEMA = json.dumps({"type": "object", "required": ["experiments"], "properties": _PLACES})


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Seconds of one cell by label.

    `known` is what stored cells like it took on this hardware, `table` what the table says. Labels in `guessed` are
    estimates there, or not in it while others of their experiment are; or they run on a GPU, where the ratios are
    others. `scale` is what all stored cells of this hardware took by what the table says of them; 1 where there is
    none.
    """

    known: Mapping[str, float]
    table: Mapping[str, float] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()
    scale: float = 1.0

    def seconds(self, label: str) -> float | None:
        """What a cell should take here; None where neither the store nor the table says."""
        if label in self.known:
            return self.known[label]
        return self.scale * self.table[label] if label in self.table else None

    def sure(self, label: str) -> bool:
        """Whether it is known of such cells themselves."""
        return label in self.known or (label in self.table and label not in self.guessed)


def costs_of(cells: Sequence[Cell], store: Store) -> Costs:
    """What is known of some cells of one device."""
    kinds = {cell.label: cell for cell in cells}
    rows = {label: _of_table(cell) for label, cell in kinds.items()}
    device = cells[0].device
    return Costs(
        known=store.seconds(kinds),
        table={label: row.seconds for label, row in rows.items() if row},
        guessed=frozenset(label for label, row in rows.items() if row and not (row.measured and device.name == "cpu")),
        scale=_scale({table_of(cell.experiment) for cell in kinds.values()}, device.hardware, store),
    )


class Told(NamedTuple):
    """What the table says of a cell: `own` where it has this very setting and arm, else from others of its experiment;
    `measured` where such a cell has run.
    """

    seconds: float
    own: bool
    measured: bool


def _of_table(cell: Cell) -> Told | None:
    rows = rows_by_experiment(table_of(cell.experiment)).get(cell.experiment.name, [])
    for row in rows:
        if row["setting"] == cell.digest and cell.arm in row["seconds"]:
            return Told(row["seconds"][cell.arm], own=True, measured=not row.get("estimate", False))
    if not rows:
        return None
    like = _tier_like(cell)
    near = [row for row in rows if row.get("name", like).partition("/")[0] == like] or rows
    per_seed = [(arm, seconds / row["seeds"]) for row in near for arm, seconds in row["seconds"].items()]
    alike = [seconds for arm, seconds in per_seed if arm == cell.arm] or [seconds for _, seconds in per_seed]
    return Told(median(alike) * len(cell.seeds), own=False, measured=False) if alike else None


def _tier_like(cell: Cell) -> str:
    """The tier whose setting has the most fields in common with the cell's: those of others take another time."""
    own, experiment = vars(cell.setting), cell.experiment

    def common(tier: str) -> int:
        return sum(vars(experiment.setting(tier)).get(name) == value for name, value in own.items())

    return max(experiment.tiers, key=common)


def priced(cells: Sequence[Cell]) -> float | None:
    """Core-seconds of some cells of a CPU by the table; None where it lacks the setting and arm of any."""
    told = [_of_table(one) for one in cells]
    return sum(row.seconds for row in told if row) if all(row and row.own for row in told) else None


def _scale(tables: Iterable[Path], hardware: str, store: Store) -> float:
    said = {
        f"{name}/{arm}/{hardware}/{row['setting']}": seconds
        for path in tables
        for name, rows in rows_by_experiment(path).items()
        for row in rows
        if not row.get("estimate")
        for arm, seconds in row["seconds"].items()
    }
    known = store.seconds(said)
    return sum(known.values()) / sum(said[label] for label in known) if known else 1.0


def table_of(experiment: Experiment) -> Path:
    """The table of an experiment's claims package, two levels up; it need not be there."""
    return experiment.path.parent.parent / FILE


@cache
def rows_by_experiment(path: Path) -> Mapping[str, Any]:
    """The rows by experiment; empty where there is no table. DocumentError where it is none."""
    if not path.is_file():
        return {}
    return document(path, REMEDY, _SCHEMA)["experiments"]  # type: ignore[no-any-return]


def forget() -> None:
    """Read tables anew."""
    rows_by_experiment.cache_clear()
