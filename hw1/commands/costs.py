"""`costs`: how long cells take by experiment, setting and arm: the table that run times and prices are told from."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hw1.commands.machine import text
from hw1.documents import DocumentError, document
from hw1.machine.devices import CPU
from hw1.machine.environment import made_with
from hw1.registry import Experiment, experiments, readers
from hw1.running.cells import cells_of
from hw1.running.costs import forget, rows_by_experiment, table_of
from hw1.running.store import Store
from hw1.writing import write

Row = Mapping[str, Any]
Table = Mapping[str, Sequence[Row]]  # rows by experiment
_PRICES = '{"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 1e9}}'

HELP = "seconds of a cell by experiment, setting and arm: what a run's time left is told from"


def arguments(parser: ArgumentParser) -> None:
    """What to read, and whether to write the table."""
    parser.add_argument(
        "--store", type=text, default=".hw1/results.sqlite", metavar="FILE", help="results (default %(default)s)"
    )
    parser.add_argument(
        "--prices",
        metavar="FILE",
        help="JSON of experiments and core-hours of their first look in full: estimates where no arm was run",
    )
    parser.add_argument(
        "--write", action="store_true", help="write what this store knows into costs.json, beside the claims"
    )


def command(options: Namespace) -> Iterator[str]:
    """What the store knows, on a CPU, of the tiers and the controls that train."""
    with Store(options.store, create=False) as store:
        made = {name: rows for name, one in experiments().items() if (rows := list(_rows(one, store)))}
    estimates = _estimates(options.prices) if options.prices else {}
    if not (made or estimates):
        raise ValueError(
            f"store {options.store} has no cells of these experiments on a CPU: run `pytest -m fast` first"
        )
    for name, rows in made.items():
        for row in rows:
            arms = ", ".join(f"{arm} {seconds:g}" for arm, seconds in row["seconds"].items())
            yield f"{name} [{row['name']}], s for {row['seeds']} seeds: {arms}"
    if options.write:
        path = table_of(next(iter(experiments().values())))
        whole = _joined(rows_by_experiment(path), estimates, made)
        rest = _arms(whole) - _arms(made)
        _write(path, whole, made_with() if not rest else "; ".join(dict.fromkeys([*_made_with(path), made_with()])))
        yield f"{path}: {_arms(made)} arms from this store, {rest} others"


def _joined(*tables: Table) -> Table:
    """One row for each of today's settings: of each arm what the last table says that has it."""
    return {
        name: [
            row
            for setting in _settings(one).values()
            if (row := _row(one, _digest(one, setting), [row for table in tables for row in table.get(name, ())]))
        ]
        for name, one in experiments().items()
    }


def _row(experiment: Experiment, digest: str, rows: Sequence[Row]) -> Row | None:
    """Rows of one setting as one; an estimate counts only where nothing was measured, and the last one."""
    mine = [row for row in rows if row["setting"] == digest]
    mine = [row for row in mine if not row.get("estimate")] or mine[-1:]
    known = {arm: seconds for row in mine for arm, seconds in row["seconds"].items()}
    seconds = {arm: known[arm] for arm in experiment.arms if arm in known}
    return {**mine[-1], "seconds": seconds} if seconds else None


def _digest(experiment: Experiment, setting: Any) -> str:
    return cells_of(experiment, setting, experiment.arms[:1], [0], CPU)[0].digest


def _estimates(file: str) -> Table:
    """A row for the setting of `full` of each experiment, its price in equal parts; DocumentError for another file."""
    prices: dict[str, float] = document(Path(file), 'write {"EXPERIMENT": CORE_HOURS, ...}', _PRICES)
    full = {name: one for name, one in experiments().items() if "full" in one.tiers}
    if unknown := sorted({*prices} - {*full}):
        raise DocumentError(
            f"{file}: {unknown[0]!r} is no experiment of the tier full. It has {', '.join(sorted(full))}."
        )
    return {name: [_estimate(full[name], hours)] for name, hours in prices.items()}


def _estimate(experiment: Experiment, hours: float) -> Row:
    cells = cells_of(experiment, experiment.setting("full"), experiment.arms, range(experiment.looks("full")[0]), CPU)
    seconds = dict.fromkeys(experiment.arms, float(f"{3_600 * hours / len(cells):.4g}"))
    return {
        "name": "full", "setting": cells[0].digest, "estimate": True, "seeds": len(cells[0].seeds), "seconds": seconds
    }  # fmt: skip


def _made_with(path: Path) -> list[str]:
    before: str = json.loads(path.read_text(encoding="utf-8")).get("made_with", "")
    return before.split("; ") if before else []


def _arms(table: Table) -> int:
    return sum(len(row["seconds"]) for rows in table.values() for row in rows)


def _rows(experiment: Experiment, store: Store) -> Iterator[Row]:
    """One row per setting of which the store has cells: of each arm the fastest, which other work slowed least."""
    for name, setting in _settings(experiment).items():
        cells = {cell.arm: cell for cell in cells_of(experiment, setting, experiment.arms, [0], CPU)}
        known = store.seconds([cell.label for cell in cells.values()], least=True)
        seconds = {arm: float(f"{known[cell.label]:.3g}") for arm, cell in cells.items() if cell.label in known}
        if seconds:
            one = cells[next(iter(seconds))]
            yield {"name": name, "setting": one.digest, "seeds": len(one.seeds), "seconds": seconds}


def _settings(experiment: Experiment) -> dict[str, Any]:
    """Settings by name, each once: `fast`, `full`, and as `fast/equal_depth` those of controls that train."""
    found: dict[str, Any] = {}
    for tier in experiment.tiers:
        setting = experiment.setting(tier)
        controls = [one.control for one in readers(experiment) if one.control.trains and tier in one.tiers]
        twins = {f"{tier}/{control.name}": control.twin(setting) for control in controls}
        found |= {name: one for name, one in {tier: setting, **twins}.items() if one not in found.values()}
    return found


def _write(path: Path, made: Table, made_with: str) -> None:
    """JSON with a line per row."""
    blocks = ",\n".join(
        f"  {json.dumps(name)}: [\n" + ",\n".join(f"   {json.dumps(row)}" for row in rows) + "\n  ]"
        for name, rows in sorted(made.items())
        if rows
    )
    table = f'{{\n "made_with": {json.dumps(made_with)},\n "experiments": {{\n{blocks}\n }}\n}}\n'
    write(path, table)
    forget()
