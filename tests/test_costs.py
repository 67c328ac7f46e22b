"""What cells cost is known before any has run: from a store, or from the table that a run wrote beside the claims."""

import json
import time
from dataclasses import replace

import pandas as pd
import pytest

from hw1.__main__ import main
from hw1.machine.devices import CPU, Device
from hw1.machine.environment import made_with
from hw1.registry import experiments, find_experiment
from hw1.running import costs
from hw1.running.cells import cells_of
from hw1.running.computing import CellError, LeftError, compute
from hw1.running.costs import costs_of
from hw1.running.progress import Silent
from hw1.running.results import Results
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


def test_every_experiment_of_the_published_scale_has_a_price():
    """Where a setting changed on purpose: python -m hw1 costs --prices docs/evidence/prices.json --write."""
    full = [one for one in experiments().values() if "full" in one.tiers]
    unknown = [one.name for one in full if costs.priced(cells(one.setting("full"), experiment=one)) is None]
    assert full
    assert not unknown, "python -m hw1 costs --prices docs/evidence/prices.json --write"


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


def test_a_changed_setting_is_guessed_from_the_tier_that_it_is_most_like(table):
    full = EXPERIMENT.setting("full")
    told = json.loads(table.read_text())
    far = {"name": "full", "setting": cells(full)[0].digest, "seeds": 12, "seconds": {"deep": 600.0, "shallow": 900.0}}
    told["experiments"]["deep_vs_shallow"].append(far)
    table.write_text(json.dumps(told))
    for near, seconds in ((FAST, {"deep": 12.0, "shallow": 24.0}), (full, {"deep": 600.0, "shallow": 900.0})):
        changed = cells(replace(near, lr=0.123, stack=12))
        assert by_arm(costs_of(changed, Store(MEMORY)), changed) == seconds


def test_an_estimate_is_told_but_unsure_and_says_nothing_of_the_machine(table):
    deep, shallow = cells()
    sure = costs_of([deep], stored((deep.label, 24.0))).scale
    told = json.loads(table.read_text())
    told["experiments"]["deep_vs_shallow"][0]["estimate"] = True
    table.write_text(json.dumps(told))
    costs.forget()
    found = costs_of([deep, shallow], stored((deep.label, 24.0)))
    assert (sure, found.scale) == (2.0, 1.0)
    assert by_arm(found, [deep, shallow]) == {"deep": 24.0, "shallow": 24.0}
    assert [found.sure(cell.label) for cell in (deep, shallow)] == [True, False]
    assert costs.priced([deep, shallow]) == 36.0


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


@pytest.mark.parametrize("unknown", [False, True])
def test_where_time_is_short_the_cheapest_experiment_begins_with_its_longest_cells(table, monkeypatch, unknown):
    monkeypatch.setattr("hw1.running.computing.outcomes", lambda *how, **more: iter(()))
    other = find_experiment("dead_runs")
    dear = cells(other.setting("fast"), experiment=other)
    told = json.loads(table.read_text())
    row = {"name": "fast", "setting": dear[0].digest, "seeds": 12, "seconds": {cell.arm: 50.0 for cell in dear}}
    if not unknown:
        told["experiments"]["dead_runs"] = [row]
    table.write_text(json.dumps(told))
    watcher = Order()
    compute([*dear, *cells()], Store(MEMORY), jobs=1, watcher=watcher, until=time.monotonic() + 5)
    assert watcher.arms == ["shallow", "deep", *(cell.arm for cell in dear)]


def test_no_cell_is_started_that_should_end_too_late_and_the_next_computation_takes_it(made_experiment):
    made, left = made_experiment(), []
    made.make(lambda seeds, arm: pd.DataFrame({"seed": list(seeds), "arm": arm}))
    known, unknown = (made.cells(range(2), arms=(arm,)) for arm in "ab")
    watcher = Silent()
    watcher.failed = left.append
    store = stored((known[0].label, 50.0))
    for seconds, there in ((20, [False, True]), (80, [True, True])):
        compute(known + unknown, store, jobs=1, watcher=watcher, until=time.monotonic() + seconds)
        assert [store.has(cell.key) for cell in known + unknown] == there
        assert left == known


def test_what_is_left_for_another_run_is_no_failure(made_experiment):
    made = made_experiment()
    made.make(lambda seeds, arm: 1 / 0)
    with Results(until=time.monotonic() - 1) as results:
        cells = made.cells(range(2))
        results.compute(cells)
        with pytest.raises(LeftError, match=r"^left for another run$"):
            results.check(cells)
        assert results.missing()[0].startswith("1 cells are missing")


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
        f"{path}: 2 arms from this store, 0 others",
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
    assert capsys.readouterr().out.endswith(f"{table}: 1 arms from this store, 1 others\n")
    written = json.loads(table.read_text())
    assert written["made_with"] == f"another machine; {made_with()}"
    (rows,) = written["experiments"].values()
    assert [row["seconds"] for row in rows] == [{"deep": 20.0, "shallow": 24.0}]


PRICES = {"deep_vs_shallow": 0.5, "dead_runs": 0.25}


def priced(tmp_path, text):
    Store(tmp_path / "s.sqlite").close()
    (tmp_path / "prices.json").write_text(text)
    files = ["--store", str(tmp_path / "s.sqlite"), "--prices", str(tmp_path / "prices.json")]
    return main(["costs", *files, "--write"])


def test_prices_fill_the_table_where_nothing_was_measured(table, tmp_path, monkeypatch):
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: table)
    full = {name: cells(find_experiment(name).setting("full"), experiment=find_experiment(name)) for name in PRICES}
    told = json.loads(table.read_text())
    seconds = {cell.arm: 7.0 for cell in full["dead_runs"]}
    row = {"name": "full", "setting": full["dead_runs"][0].digest, "seeds": 12, "seconds": seconds}
    table.write_text(json.dumps(told | {"experiments": told["experiments"] | {"dead_runs": [row]}}))
    costs.forget()
    assert priced(tmp_path, json.dumps(PRICES)) == 0
    written = json.loads(table.read_text())["experiments"]
    assert written["dead_runs"] == [row]
    measured, estimate = written["deep_vs_shallow"]
    assert "estimate" not in measured
    assert estimate["estimate"] is True
    whole = cells_of(EXPERIMENT, EXPERIMENT.setting("full"), EXPERIMENT.arms, range(12), CPU)
    assert costs.priced(whole) == pytest.approx(1_800, rel=0.01)
    each = 1_800 / (12 / len(whole[0].seeds))
    assert estimate["seconds"] == pytest.approx({"deep": each / 3, "shallow": 2 * each / 3}, rel=1e-3)  # as in fast


def test_an_arm_that_was_measured_takes_the_place_of_its_estimate_alone(table, tmp_path, monkeypatch):
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: table)
    assert priced(tmp_path, json.dumps(PRICES)) == 0
    with Store(tmp_path / "s.sqlite") as store:
        store.put_rows([Row("1", cells(EXPERIMENT.setting("full"))[0].label, 20.0, "{}", b"")])
    for _ in range(2):  # prices change nothing of what was measured
        assert priced(tmp_path, json.dumps(PRICES)) == 0
    _, measured, estimate = json.loads(table.read_text())["experiments"]["deep_vs_shallow"]
    assert measured["seconds"] == {"deep": 20.0}
    assert "estimate" not in measured
    assert list(estimate["seconds"]) == ["shallow"]
    assert costs.priced(cells(EXPERIMENT.setting("full"))) == 20.0 + estimate["seconds"]["shallow"]


def test_prices_need_no_store_and_do_nothing_unless_they_are_written(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: table)
    before = table.read_text()
    (tmp_path / "prices.json").write_text(json.dumps(PRICES))
    asked = ["costs", "--store", str(tmp_path / "none.sqlite"), "--prices", str(tmp_path / "prices.json")]
    assert main(asked) == 2
    assert "it needs --write" in capsys.readouterr().err
    assert table.read_text() == before
    assert main([*asked, "--write"]) == 0
    written = json.loads(table.read_text())
    assert written["experiments"]["dead_runs"][0]["estimate"] is True
    assert written["made_with"] == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"eight_run": 1}', "'eight_run' is no experiment of the tier full"),
        ('{"grokking": 1}', "'grokking' is no experiment of the tier full"),
        ('{"eight_runs": "1.9"}', "eight_runs is '1.9', which is not of the type number"),
        ('{"eight_runs": 0}', "eight_runs is 0"),
        ("experiment,core_hours", "is not JSON"),
    ],
)
def test_prices_that_cannot_be_read_are_one_line(table, tmp_path, monkeypatch, capsys, text, said):
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: table)
    before = table.read_text()
    assert priced(tmp_path, text) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert table.read_text() == before


def test_a_store_without_such_cells_leaves_the_table_as_it_is(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("hw1.commands.costs.table_of", lambda experiment: table)
    before = table.read_text()
    Store(tmp_path / "s.sqlite").close()
    assert main(["costs", "--store", str(tmp_path / "s.sqlite"), "--write"]) == 2
    assert "has no cells of these experiments on a CPU: run `pytest -m fast` first" in capsys.readouterr().err
    assert table.read_text() == before
