"""Cells in memory that is short, on several GPUs, and measured before they are computed."""

import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import torch

from hw1.judging.answers import Answers
from hw1.judging.decisions import Question
from hw1.machine.devices import CPU, Device
from hw1.pulse import beat
from hw1.registry import experiment_of, find_claim
from hw1.running.cells import cells_of, collect
from hw1.running.computing import CellError, compute
from hw1.running.measuring import Enough, Stopwatch
from hw1.running.progress import Silent
from hw1.running.results import Results
from hw1.running.store import MEMORY, Entry, Store, StoreError
from hw1.running.workers import Task, run_cell
from hw1.tables import Tables


@pytest.fixture
def experiment(made_experiment):
    """Eight seeds side by side; `widths` are the numbers of seeds of the calls."""
    made = made_experiment(stack=8)
    made.widths = []

    def rows(seeds, arm):
        made.widths.append(len(seeds))
        return pd.DataFrame({"seed": list(seeds), "arm": arm, "loss": [seed / 10 for seed in seeds]})

    made.make(rows)
    return made


def short_of_memory(experiment, fits, error):
    enough = experiment.rows

    def rows(seeds, arm):
        made = enough(seeds, arm)
        if len(seeds) > fits:
            raise error
        return made

    experiment.make(rows)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["cuda", "numpy", "torch on a CPU"],
)
def test_out_of_memory_halves_the_chunk_and_goes_on_and_the_cell_is_marked(experiment, error):
    short_of_memory(experiment, 2, error)
    store = Store(MEMORY)
    cells = experiment.cells(range(16))
    compute(cells, store, jobs=1, watcher=Silent())
    tables, _ = collect(cells, range(16), store)
    assert list(tables["runs"]["loss"]) == [seed / 10 for seed in range(16)]
    assert [store.get(cell.key).about["halved"] for cell in cells] == [2, 2]
    # The first cell learns what fits, the second begins with that.
    assert experiment.widths == [8, 4, 2, 2, 2, 2, 2, 2, 2, 2]


def test_a_verdict_on_cells_computed_in_halves_says_so(monkeypatch):
    claim = find_claim("deeper_nets_fit_sin_better")
    experiment = experiment_of(claim)
    runs = pd.DataFrame({"seed": range(1000, 1012)})
    runs["mse"] = 1 + (runs["seed"] - 1000) / 7  # seeds with equal numbers would count as one
    answers = Answers(Results())
    for cell in cells_of(experiment, experiment.setting("fast"), experiment.arms, runs["seed"], CPU):
        rows = runs[runs["seed"].isin(cell.seeds)].assign(arm=cell.arm)
        rows["mse"] *= 0.1 if cell.arm == "deep" else 1.0
        rows["dead"] = False
        about = {**cell.about, **({"halved": 4} if cell.seeds[0] == 1000 else {})}
        answers.results.store.put(cell.key, cell.label, Entry(Tables({"runs": rows}), 1.0, about))
    monkeypatch.setattr("hw1.judging.answers.check_score", lambda *score: None)
    monkeypatch.setattr("hw1.judging.decisions.status", lambda *claim: "registered")
    decision = answers.decide(Question(claim, "fast"))
    assert decision.verdict.outcome == "holds"
    assert decision.note == "2 of 2 cells did not fit into memory side by side and were computed in halves"
    assert decision.note in str(decision)


def test_torch_says_in_these_words_that_a_cpu_has_no_more_memory():
    with pytest.raises(RuntimeError, match="DefaultCPUAllocator"):
        torch.empty(10**15, dtype=torch.uint8)


def test_with_memory_enough_nothing_is_halved_or_marked(experiment):
    store = Store(MEMORY)
    (cell,) = experiment.cells(range(8))
    compute([cell], store, jobs=1, watcher=Silent())
    assert "halved" not in store.get(cell.key).about
    assert experiment.widths == [8]


def test_one_replica_that_does_not_fit_is_the_cells_error(experiment):
    said = "CUDA out of memory. Tried to allocate 90.00 GiB. GPU 0 has a total capacity of 8.00 GiB of which 1 is free."
    short_of_memory(experiment, 0, torch.OutOfMemoryError(said))
    with pytest.raises(CellError) as failed:
        compute(experiment.cells(range(8)), Store(MEMORY), jobs=1, watcher=Silent())
    assert re.search(r"seeds 0 to 7 failed: not even one seed fits .*\(CUDA out of memory. Tried", failed.value.line)
    assert "Traceback" not in str(failed.value)
    assert experiment.widths == [8, 4, 2, 1]


def test_another_error_is_not_tried_in_halves(experiment):
    short_of_memory(experiment, 2, RuntimeError("shape mismatch"))
    with pytest.raises(CellError, match="shape mismatch"):
        compute(experiment.cells(range(8)), Store(MEMORY), jobs=1, watcher=Silent())
    assert experiment.widths == [8]


COMPUTE = """
import sys
from hw1.running.cells import cells_of
from hw1.running.computing import compute
from hw1.machine.devices import Device
from hw1.running.progress import Silent
from hw1.running.results import Results
from hw1.registry import find_experiment
from hw1.running.store import Store
e = find_experiment("biased", package="toy_claims")
device = Device("cuda:0", "NVIDIA H100", ("cuda:1", "cuda:2"))
cells = cells_of(e, e.setting("fast"), e.arms, range(24), device)
compute(cells, Store("s.sqlite"), jobs=int(sys.argv[1]), watcher=Silent())
"""


def used(toy):
    """Devices by process."""
    return {
        int(path.name): {line.split()[0] for line in path.read_text().splitlines()}
        for path in (toy.path / "pids").iterdir()
    }


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "shares"), [(3, [1, 1, 1]), (5, [1, 2, 2])])
def test_several_gpus_get_processes_of_their_own(toy, monkeypatch, jobs, shares):
    (toy.path / "pids").mkdir()
    monkeypatch.setenv("TOY_PIDS", str(toy.path / "pids"))
    monkeypatch.setenv("TOY_SECONDS", "1")
    assert toy.run(sys.executable, "-c", COMPUTE, str(jobs)).ret == 0
    devices = used(toy)
    assert len(devices) == jobs
    assert all(len(seen) == 1 for seen in devices.values())
    counts = [sum(seen == {f"cuda:{i}"} for seen in devices.values()) for i in range(3)]
    assert sorted(counts) == shares


@pytest.mark.slow
def test_a_gpu_whose_process_died_is_used_again(toy, monkeypatch):
    (toy.path / "pids").mkdir()
    monkeypatch.setenv("TOY_PIDS", str(toy.path / "pids"))
    monkeypatch.setenv("TOY_SECONDS", "1")
    run = subprocess.Popen([sys.executable, "-c", COMPUTE, "3"], cwd=toy.path)
    deadline = time.monotonic() + 60
    while len(seen := list((toy.path / "pids").iterdir())) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(int(seen[0].name), signal.SIGKILL)
    assert run.wait(timeout=120) == 0
    devices = used(toy)
    late = {pid: d for pid, d in devices.items() if pid not in {int(path.name) for path in seen}}
    assert set.union(*late.values()) == {"cuda:0", "cuda:1", "cuda:2"}


def test_a_device_alone_is_the_one_that_is_used():
    assert Device("cuda:1", "NVIDIA H100").names == ("cuda:1",)


def clocked(seconds_per_update, updates, setup=10.0):
    """A training on a clock of its own."""
    now = [0.0]
    watch = Stopwatch(clock=lambda: now[0])
    now[0] = setup
    for update in range(updates + 1):
        watch(update, updates, None)
        now[0] += seconds_per_update
    return now[0]


@pytest.mark.parametrize(("pace", "updates"), [(0.01, 20_000), (1.0, 500), (7.0, 100), (100.0, 30)])
def test_a_training_is_given_up_when_its_duration_can_be_told(pace, updates):
    with pytest.raises(Enough) as told:
        clocked(pace, updates)
    assert told.value.seconds == pytest.approx(10.0 + pace * updates)


def test_a_short_training_runs_to_its_end():
    assert clocked(0.1, 20) == pytest.approx(12.1)


def test_enough_ends_a_cell_whatever_it_catches(experiment):
    def rows(seeds, arm):
        try:
            beat(0, 10, None)
        except Exception:
            pytest.fail("an experiment must not swallow it")

    experiment.make(rows)
    (cell,) = experiment.cells(range(8))

    def enough(*pulse):
        raise Enough(1.0)

    task = Task(
        key=cell.key,
        module=cell.experiment.module.__name__,
        setting=cell.setting,
        arm="a",
        seeds=cell.seeds,
        devices=("cpu",),
    )
    with pytest.raises(Enough):
        run_cell(task, listener=enough)


class Noting(Silent):
    """Keeps what a watcher is told."""

    def __init__(self):
        self.kinds, self.work = 0, None

    def measuring(self, kinds):
        self.kinds = kinds

    def start(self, work):
        self.work = work


def test_before_the_first_cell_it_is_known_how_long_all_will_take(experiment, monkeypatch):
    """One cell of the kind is begun and given up, and computed afterwards like the others."""
    plain, calls = experiment.rows, []

    def rows(seeds, arm):
        calls.append(seeds[0])
        for update in range(1_001):
            beat(update, 1_000, torch.ones(8))
        return plain(seeds, arm)

    experiment.make(rows)
    now = iter(range(10**6))
    monkeypatch.setattr("hw1.running.measuring.Stopwatch", lambda: Stopwatch(clock=lambda: float(next(now))))
    watcher, store = Noting(), Store(MEMORY)
    cells = experiment.cells(range(16))
    compute(cells, store, jobs=1, watcher=watcher, measure=True)
    assert watcher.kinds == 1
    assert watcher.work.costs.known == {cells[0].label: 1_001.0}  # one second of setup, and one for each update
    assert watcher.work.least == {cells[0].label}
    assert calls == [0, 0, 8]
    assert all(store.has(cell.key) for cell in cells)


def test_a_cell_that_comes_to_its_end_while_it_is_measured_is_not_computed_again(experiment):
    watcher, store = Noting(), Store(MEMORY)
    cells = experiment.cells(range(16))
    compute(cells, store, jobs=1, watcher=watcher, measure=True)
    assert experiment.widths == [8, 8]
    assert [cell.key for cell in watcher.work.cells] == [cells[1].key]
    assert set(watcher.work.costs.known) == {cells[0].label}
    assert not watcher.work.least


def test_a_kind_that_fails_while_it_is_measured_is_named_when_it_is_computed(experiment):
    short_of_memory(experiment, 0, RuntimeError("no such rate"))
    watcher = Noting()
    with pytest.raises(CellError, match="no such rate"):
        compute(experiment.cells(range(8)), Store(MEMORY), jobs=1, watcher=watcher, measure=True)
    assert watcher.work.costs.known == {}


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), pytest.skip.Exception("no"), BaseException("odd")])
def test_what_is_no_exception_is_the_cells_error_too_and_the_others_are_computed(experiment, error):
    """`sys.exit` in an experiment ended pytest with its traceback and no table."""
    whole = experiment.rows

    def rows(seeds, arm):
        if seeds[0] == 0:
            raise error
        return whole(seeds, arm)

    experiment.make(rows)
    store, cells = Store(MEMORY), experiment.cells(range(16))
    with pytest.raises(CellError, match=rf"(?s)seeds 0 to 7 failed.*{type(error).__name__}") as told:
        compute(cells, store, jobs=1, watcher=Silent())
    assert re.fullmatch(
        rf"fake.*, arm a, seeds 0 to 7 failed: .*{type(error).__name__}.*|experiment.*", told.value.line
    )
    assert [store.has(cell.key) for cell in cells] == [False, True]


def test_ctrl_c_is_no_error_of_a_cell(experiment):
    def rows(seeds, arm):
        raise KeyboardInterrupt

    experiment.make(rows)
    with pytest.raises(KeyboardInterrupt):
        compute(experiment.cells(range(8)), Store(MEMORY), jobs=1, watcher=Silent())


def test_a_store_that_cannot_be_written_is_refused_before_the_first_training(experiment):
    store = Store(MEMORY)
    store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match=r"readonly database. Results are missing in it and cannot be written"):
        compute(experiment.cells(range(8)), store, jobs=1, watcher=Silent())
    assert experiment.widths == []
