"""`costs`: how long cells take by experiment, setting and arm, and the table from which a run tells its time left."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hw1.commands.machine import text
from hw1.machine.devices import CPU
from hw1.machine.environment import made_with
from hw1.registry import Experiment, experiments, readers
from hw1.running.cells import cells_of
from hw1.running.costs import forget, rows_by_experiment, table_of
from hw1.running.store import Store
from hw1.writing import write

Row = Mapping[str, Any]
Table = Mapping[str, Sequence[Row]]  # rows by experiment
NOTHING: Row = {"seconds": {}}

HELP = "seconds of a cell by experiment, setting and arm: what a run's time left is told from"


def arguments(parser: ArgumentParser) -> None:
    """The store to read, and whether to write the table."""
    parser.add_argument(
        "--store", type=text, default=".hw1/results.sqlite", metavar="FILE", help="results (default %(default)s)"
    )
    parser.add_argument(
        "--write", action="store_true", help="write what this store knows into costs.json, beside the claims"
    )


def command(options: Namespace) -> Iterator[str]:
    """What the store knows, on a CPU, of the tiers and the controls that train."""
    with Store(options.store, create=False) as store:
        made = {name: rows for name, one in experiments().items() if (rows := list(_rows(one, store)))}
    if not made:
        raise ValueError(
            f"store {options.store} has no cells of these experiments on a CPU: run `pytest -m fast` first"
        )
    for name, rows in made.items():
        for row in rows:
            arms = ", ".join(f"{arm} {seconds:g}" for arm, seconds in row["seconds"].items())
            yield f"{name} [{row['name']}], s for {row['seeds']} seeds: {arms}"
    if options.write:
        path = table_of(next(iter(experiments().values())))
        whole = _with_the_rest(path, made)
        rest = _arms(whole) - _arms(made)
        _write(path, whole, made_with() if not rest else "; ".join(dict.fromkeys([*_made_with(path), made_with()])))
        yield f"{path}: {_arms(made)} arms from this store, {rest} as they were"


def _with_the_rest(path: Path, made: Table) -> Table:
    """The table as it is, of today's settings, with what this store knows in its place."""
    before = rows_by_experiment(path)
    return {name: list(_joined(one, before.get(name, ()), made.get(name, ()))) for name, one in experiments().items()}


def _joined(experiment: Experiment, before: Sequence[Row], made: Sequence[Row]) -> Iterator[Row]:
    """One row per setting; of each arm what was made now, or else before."""
    old, new = ({row["setting"]: row for row in rows} for rows in (before, made))
    for setting in _settings(experiment).values():
        digest = cells_of(experiment, setting, experiment.arms[:1], [0], CPU)[0].digest
        known = {**old.get(digest, NOTHING)["seconds"], **new.get(digest, NOTHING)["seconds"]}
        seconds = {arm: known[arm] for arm in experiment.arms if arm in known}
        if seconds:
            yield {**old.get(digest, {}), **new.get(digest, {}), "seconds": seconds}


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
