"""What cells cost is known before any has run: from a store, or from the table that a run wrote beside the claims."""

import json
from dataclasses import replace

import pytest

from hw1.__main__ import main
from hw1.machine.devices import CPU, Device
from hw1.machine.environment import made_with
from hw1.registry import experiments, find_experiment
from hw1.running import costs
from hw1.running.cells import cells_of
from hw1.running.computing import CellError, compute
from hw1.running.costs import costs_of
from hw1.running.progress import Silent
from hw1.running.store import MEMORY, Row, Store

EXPERIMENT = find_experiment("deep_vs_shallow")
FAST = EXPERIMENT.setting("fast")


def cells(setting=FAST, device=CPU, seeds=(0,), experiment=EXPERIMENT):
    return cells_of(experiment, setting, experiment.arms, seeds, device)


@pytest.fixture
def table(monkeypatch, tmp_path):
    """A table of this experiment alone: deep takes 12 s, shallow 24 s, for the 12 seeds of a cell."""
    row = {"name": "fast", "setting": cells()[0].digest, "seeds": 12, "seconds": {"deep": 12.0, "shallow": 24.0}}
    path = tmp_path / "costs.json"
    path.write_text(json.dumps({"made_with": "", "experiments": {"deep_vs_shallow": [row]}}))
    monkeypatch.setattr(costs, "table_of", lambda experiment: path)
    return path


def stored(*rows):
    store = Store(MEMORY)
    store.put_rows(Row(str(i), label, seconds, "{}", b"") for i, (label, seconds) in enumerate(rows))
    return store


def by_arm(found, of):
    return {cell.arm: found.seconds(cell.label) for cell in of}


def test_the_table_knows_every_arm_of_the_fast_tier():
    """Where a setting changed on purpose: pytest -m fast, then python -m hw1 costs --write."""
    every = [cell for one in experiments().values() for cell in cells(one.setting("fast"), experiment=one)]
    found = costs_of(every, Store(MEMORY))
    unknown = [str(cell) for cell in every if not found.sure(cell.label)]
    assert not unknown, "pytest -m fast of all claims, then python -m hw1 costs --write"


def test_what_the_table_says_is_scaled_by_what_the_store_says_of_the_same_cells(table):
    deep, shallow = cells()
    assert by_arm(costs_of([deep, shallow], Store(MEMORY)), [deep, shallow]) == {"deep": 12.0, "shallow": 24.0}
    found = costs_of([deep, shallow], stored((deep.label, 30.0), (deep.label, 42.0), ("other/deep/cpu x/0", 5.0)))
    assert by_arm(found, [deep, shallow]) == {"deep": 36.0, "shallow": 72.0}
    assert found.sure(shallow.label)


def test_another_setting_is_guessed_from_the_arm_by_its_seeds_and_another_arm_from_the_experiment(table):
    longer = cells(replace(FAST, stack=6))
    found = costs_of(longer, Store(MEMORY))
    assert by_arm(found, longer) == {"deep": 6.0, "shallow": 12.0}
    assert not any(found.sure(cell.label) for cell in longer)
    unknown = replace(longer[0], arm="middle")
    assert costs_of([unknown], Store(MEMORY)).seconds(unknown.label) == 9.0


def test_a_gpu_has_other_ratios_so_all_is_guessed_there(table):
    there = cells(device=Device("cuda:0", "NVIDIA Some GPU"))
    found = costs_of(there, Store(MEMORY))
    assert by_arm(found, there) == {"deep": 12.0, "shallow": 24.0}
    assert found.guessed == {cell.label for cell in there}


def test_claims_without_a_table_have_no_costs(made_experiment):
    made = made_experiment().cells(range(2))
    assert costs_of(made, Store(MEMORY)).seconds(made[0].label) is None


def test_a_table_that_is_damaged_says_what_to_do(table):
    table.write_text("[]")
    with pytest.raises(ValueError, match=r"not of the type object: write it anew.*python -m hw1 costs --write"):
        costs_of(cells(), Store(MEMORY))


class Order(Silent):
    def start(self, work):
        self.arms = [cell.arm for cell in work.cells]


@pytest.mark.parametrize("measure", [False, True])
def test_a_clean_store_begins_with_the_longest_cells_and_measures_none_that_the_table_knows(
    table, monkeypatch, measure
):
    monkeypatch.setattr("hw1.running.computing.outcomes", lambda *how, **more: iter(()))
    monkeypatch.setattr("hw1.running.computing.measured", None)
    watcher = Order()
    compute(cells(seeds=range(24)), Store(MEMORY), jobs=1, watcher=watcher, measure=measure)
    assert watcher.arms == ["shallow", "shallow", "deep", "deep"]


def test_a_watcher_hears_of_a_cell_that_failed(made_experiment):
    made, failed = made_experiment(), []
    made.make(lambda seeds, arm: 1 / 0)
    watcher = Silent()
    watcher.failed = failed.append
    with pytest.raises(CellError, match="ZeroDivisionError"):
        compute(made.cells(range(2)), Store(MEMORY), jobs=1, watcher=watcher)
    assert [cell.seeds for cell in failed] == [(0, 1)]


def test_a_run_writes_the_table_and_the_fastest_of_an_arms_cells_counts(tmp_path, monkeypatch, capsys):
    path = tmp_path / "costs.json"
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: path)
    twin = next(one.control for one in EXPERIMENT.claims if one.control.trains).twin(FAST)
    store = Store(tmp_path / "s.sqlite")
    rows = [(cells()[0].label, 30.0), (cells()[0].label, 20.04), (cells(twin)[1].label, 7.0)]
    rows.append((cells(replace(FAST, lr=0.5))[0].label, 9.0))  # no tier's and no control's
    store.put_rows(Row(str(i), label, seconds, "{}", b"") for i, (label, seconds) in enumerate(rows))
    store.close()
    assert main(["costs", "--store", store.path, "--write"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "deep_vs_shallow [fast], s for 12 seeds: deep 20",
        "deep_vs_shallow [fast/equal_depth], s for 12 seeds: shallow 7",
        f"{path}: 2 arms from this store, 0 as they were",
    ]
    monkeypatch.setattr(costs, "table_of", lambda experiment: path)
    assert by_arm(costs_of(cells(), Store(MEMORY)), cells()) == {"deep": 20.0, "shallow": 7.0}


def test_what_the_store_does_not_know_stays_in_the_table_and_settings_and_arms_that_are_gone_do_not(
    table, tmp_path, monkeypatch, capsys
):
    gone = {"name": "fast", "setting": "0" * 8, "seeds": 12, "seconds": {"deep": 1.0}}
    told = json.loads(table.read_text())
    told["made_with"] = "another machine"
    told["experiments"]["deep_vs_shallow"][0]["seconds"]["a_former_arm"] = 5.0
    told["experiments"] |= {"a_former_one": [gone], "deep_vs_shallow": [*told["experiments"]["deep_vs_shallow"], gone]}
    table.write_text(json.dumps(told))
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: table)
    with Store(tmp_path / "s.sqlite") as store:
        store.put_rows([Row("1", cells()[0].label, 20.0, "{}", b"")])
    assert main(["costs", "--store", str(tmp_path / "s.sqlite"), "--write"]) == 0
    assert capsys.readouterr().out.endswith(f"{table}: 1 arms from this store, 1 as they were\n")
    written = json.loads(table.read_text())
    assert written["made_with"] == f"another machine; {made_with()}"
    (rows,) = written["experiments"].values()
    assert [row["seconds"] for row in rows] == [{"deep": 20.0, "shallow": 24.0}]


def test_a_store_without_such_cells_leaves_the_table_as_it_is(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: table)
    before = table.read_text()
    Store(tmp_path / "s.sqlite").close()
    assert main(["costs", "--store", str(tmp_path / "s.sqlite"), "--write"]) == 2
    assert "has no cells of these experiments on a CPU: run `pytest -m fast` first" in capsys.readouterr().err
    assert table.read_text() == before
