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
    if options.prices and not options.write:
        raise ValueError("--prices goes into the table of costs: it needs --write")
    made = _stored(options.store, needed=not options.prices)
    for name, rows in made.items():
        for row in rows:
            arms = ", ".join(f"{arm} {seconds:g}" for arm, seconds in row["seconds"].items())
            yield f"{name} [{row['name']}], s for {row['seeds']} seeds: {arms}"
    if options.write:
        path = table_of(next(iter(experiments().values())))
        measured = _joined(rows_by_experiment(path), made)
        whole = _joined(measured, _estimates(options.prices, measured)) if options.prices else measured
        rest = _arms(whole) - _arms(made)
        makers = [*(_made_with(path) if rest else []), *([made_with()] if made else [])]
        _write(path, whole, "; ".join(dict.fromkeys(makers)))
        yield f"{path}: {_arms(made)} arms from this store, {rest} others"


def _stored(file: str, *, needed: bool) -> Table:
    """What a store knows; ValueError where that is nothing, and something is needed."""
    if not needed and not Path(file).exists():
        return {}
    with Store(file, create=False) as store:
        made = {name: rows for name, one in experiments().items() if (rows := list(_rows(one, store)))}
    if needed and not made:
        raise ValueError(f"store {file} has no cells of these experiments on a CPU: run `pytest -m fast` first")
    return made


def _joined(*tables: Table) -> Table:
    """The rows of today's settings, at most two for each: what was measured of its arms, and estimates of others."""
    return {
        name: [
            row
            for setting in _settings(one).values()
            for row in _of_setting(one, _digest(one, setting), [row for table in tables for row in table.get(name, ())])
        ]
        for name, one in experiments().items()
    }


def _of_setting(experiment: Experiment, digest: str, rows: Sequence[Row]) -> Iterator[Row]:
    """Of each arm what was measured last, or else what was estimated last."""
    mine = [row for row in rows if row["setting"] == digest]
    done: set[str] = set()
    for estimate in (False, True):
        some = [row for row in mine if bool(row.get("estimate")) == estimate]
        known = {arm: seconds for row in some for arm, seconds in row["seconds"].items()}
        seconds = {arm: known[arm] for arm in experiment.arms if arm in known and arm not in done}
        if seconds:
            done |= {*seconds}
            yield {**some[-1], "seconds": seconds}


def _digest(experiment: Experiment, setting: Any) -> str:
    return cells_of(experiment, setting, experiment.arms[:1], [0], CPU)[0].digest


def _estimates(file: str, measured: Table) -> Table:
    """Rows for the settings of `full`, from their prices; DocumentError for another file."""
    prices: dict[str, float] = document(Path(file), 'write {"EXPERIMENT": CORE_HOURS, ...}', _PRICES)
    full = {name: one for name, one in experiments().items() if "full" in one.tiers}
    if unknown := sorted({*prices} - {*full}):
        raise DocumentError(
            f"{file}: {unknown[0]!r} is no experiment of the tier full. It has {', '.join(sorted(full))}."
        )
    return {name: [_estimate(full[name], hours, measured.get(name, ()))] for name, hours in prices.items()}


def _estimate(experiment: Experiment, hours: float, measured: Sequence[Row]) -> Row:
    """The price of an experiment, dealt out to its arms as they share the time in `fast`, or in equal parts."""
    fast = _digest(experiment, experiment.setting("fast"))
    known: Mapping[str, float] = next((row["seconds"] for row in measured if row["setting"] == fast), {})
    parts = known if {*known} == {*experiment.arms} else dict.fromkeys(experiment.arms, 1.0)
    cells = cells_of(experiment, experiment.setting("full"), experiment.arms, range(experiment.looks("full")[0]), CPU)
    one = 3_600 * hours / (len(cells) / len(experiment.arms) * sum(parts.values()))
    return {
        "name": "full", "setting": cells[0].digest, "estimate": True, "seeds": len(cells[0].seeds),
        "seconds": {arm: float(f"{one * parts[arm]:.4g}") for arm in experiment.arms},
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
