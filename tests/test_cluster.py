"""Cells on a Dask cluster: a worker that dies, one thread, other code, and clusters that cannot be used."""

import json
import subprocess
import sys
from copy import copy
from dataclasses import replace

import pandas as pd
import pytest
import torch

from hw1.replaced import Replacements
from hw1.running.cluster import ClusterError, _arriving, connected, run_there
from hw1.running.workers import task_of

LIMIT = 120  # seconds for whatever starts a cluster, which takes about 10; on a crowded machine one took 40


# Computes the toy's cells on a cluster, and says by which processes, and with what result there and in this process.
PROGRAM = """
import faulthandler, json, os, signal, sys
from joblib import parallel_config
from dask.distributed import Client, LocalCluster
from hw1.running.cells import cells_of, collect
from hw1.running.computing import CellError, compute
from hw1.machine.devices import CPU
from hw1.running.progress import Silent
from hw1.registry import find_experiment
from hw1.running.store import MEMORY, Store

class Killer(Silent):
    def __init__(self, victims):
        self.victims = victims

    def done(self, cell, seconds):
        while self.victims:
            os.kill(self.victims.pop(), signal.SIGKILL)

def main():
    workers, seeds, kill = int(sys.argv[1]), range(int(sys.argv[2])), sys.argv[3:] == ["kill"]
    biased = find_experiment("biased", package="toy_claims")
    cells = cells_of(biased, biased.setting("fast"), biased.arms, seeds, CPU)
    store, here, errors = Store(MEMORY), Store(MEMORY), {}
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client, parallel_config("dask", client=client):
            at_first = sorted(client.run(os.getpid).values())
            try:
                compute(cells, store, jobs=1, watcher=Killer(at_first[:1] if kill else []))
            except CellError as error:
                errors = error.errors
    for name in ("TOY_PIDS", "TOY_SECONDS", "TOY_DIES"):
        os.environ.pop(name, None)
    there = [cell for cell in cells if store.has(cell.key)]
    compute(there, here, jobs=1, watcher=Silent())
    runs, alone = (collect(there, seeds, one)[0]["runs"].to_dict("list") for one in (store, here))
    said = {"client": os.getpid(), "at_first": at_first, "runs": runs, "alone": alone, "errors": list(errors.values())}
    print(json.dumps(said), flush=True)

if __name__ == "__main__":
    faulthandler.dump_traceback_later(LIMIT, exit=True)  # it says where it waits, and ends
    main()
"""


@pytest.fixture
def distributed():
    """Dask, which need not be installed."""
    return pytest.importorskip("distributed")


@pytest.fixture
def clustered(toy, distributed, monkeypatch):
    """Run the program in the toy project; what it says, and the cells by process."""
    (toy.path / "pids").mkdir()
    (toy.path / "program.py").write_text(PROGRAM.replace("LIMIT", str(LIMIT)))
    monkeypatch.setenv("TOY_PIDS", str(toy.path / "pids"))

    def run(*arguments):
        result = toy.run(sys.executable, "program.py", *arguments, timeout=LIMIT + 10)
        assert result.ret == 0
        said = json.loads(result.outlines[-1])
        by_process = {int(p.name): p.read_text().splitlines() for p in (toy.path / "pids").iterdir()}
        return said, by_process

    return run


@pytest.mark.slow
def test_with_a_worker_killed_in_the_middle_the_table_is_that_of_one_process(clustered, monkeypatch):
    monkeypatch.setenv("TOY_SECONDS", "0.5")
    said, by_process = clustered("2", "24", "kill")
    assert said["errors"] == []
    assert said["client"] not in by_process
    assert said["at_first"][0] in by_process
    assert len(by_process) >= 2
    # Begun again is what the killed worker had in hand, and what it had not yet handed over.
    assert 12 <= sum(map(len, by_process.values())) <= 14
    assert said["runs"] == said["alone"]


@pytest.mark.slow
def test_a_cell_that_takes_its_workers_with_it_is_named_and_the_others_are_computed(clustered, monkeypatch):
    monkeypatch.setenv("TOY_DIES", "fair")
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    said, _ = clustered("2", "4")
    assert sorted(set(said["runs"]["arm"])) == ["biased"]
    assert [text.split(": its process died (")[0] for text in said["errors"]] == ["biased, arm fair, seeds 0 to 3"]


SERVER = """
import faulthandler, sys
from dask.distributed import LocalCluster

if __name__ == "__main__":
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    here = dict(processes=False, protocol="tcp", dashboard_address=None)
    with LocalCluster(n_workers=1, threads_per_worker=1, **here) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def decided(toy):
    made = json.loads((toy.path / ".hw1/manifest.json").read_text())["decisions"]
    return [(d["claim"], d["scores"], d["verdict"]) for d in made]


@pytest.mark.slow
def test_pytest_computes_on_the_cluster_that_an_option_names(check, toy, distributed, monkeypatch):
    (toy.path / "pids").mkdir()
    (toy.path / "server.py").write_text(SERVER.replace("LIMIT", str(LIMIT)))
    monkeypatch.setenv("TOY_PIDS", str(toy.path / "pids"))
    command = [sys.executable, "server.py"]
    claims = toy.path / "toy_claims/coins/biased.py"
    claims.write_text(claims.read_text().replace("by=0.2", "by=0.3725"))  # one of the claims takes three looks
    with subprocess.Popen(command, cwd=toy.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip()
        try:
            result = check("-m", "fast", "--hw1-dask", address)
        finally:
            server.stdin.close()
    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "hw1: computing 6 cells of biased",
            "hw1: look 3: 1 claim of 1 experiment needs 24 more seeds",
            "hw1: computing 12 cells of biased*",
        ]
    )
    on_cluster = decided(toy)
    check("-m", "fast", "--hw1-store", ":memory:")
    assert decided(toy) == on_cluster
    assert len(list((toy.path / "pids").iterdir())) == 2, "the worker, then the run without it"


@pytest.mark.slow
def test_an_address_where_nothing_answers_is_one_error_that_says_what_to_start(distributed):
    with pytest.raises(ClusterError, match=r"no Dask cluster at tcp://127.0.0.1:9: .*Start one by `dask scheduler`"):
        connected("tcp://127.0.0.1:9")


class Idle:
    """A cluster whose workers have nothing, and never return what they were given."""

    def __init__(self, has):
        self.has, self.asked = has, 0

    def count(self):
        return 1

    def has_ready(self):
        return False

    def processing(self):
        self.asked += 1
        return {"tcp://a": self.has if self.asked < 4 else [], "tcp://b": []}


class Waiting:
    key = "mine"


@pytest.mark.parametrize(("has", "asked"), [([], 1), (["other"], 1), (["mine"], 4)])
def test_what_no_worker_has_is_not_waited_for_for_ever(monkeypatch, has, asked):
    monkeypatch.setattr("hw1.running.cluster.PATIENCE", 0.2)
    idle = Idle(has)
    assert list(_arriving(idle, idle, {Waiting})) == []
    assert idle.asked == asked


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("hw1.running.cluster.find_spec", lambda name: None)
    with pytest.raises(ClusterError, match=r"a Dask cluster needs Dask: pip install 'hw1\[dask\]'"):
        connected("tcp://127.0.0.1:10")


@pytest.fixture
def cell(made_experiment):
    made = made_experiment()
    made.make(lambda seeds, arm: pd.DataFrame({"seed": list(seeds), "arm": arm, "loss": 1.0}))
    return made.cells([0, 1])[0]


def test_a_worker_that_would_compute_what_the_key_says_computes_it(cell):
    outcome = run_there(task_of(cell), cell.about)
    assert (outcome.key, outcome.error) == (cell.key, "")
    assert list(outcome.tables["runs"]["seed"]) == [0, 1]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"code": "abc"}, "its code is "),
        ({"data": "abc"}, "its data is '' instead of 'abc'"),
        ({"device": "NVIDIA H100"}, "its device is "),
        ({"versions": {"torch": "1.0"}}, "instead of 1.0"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_worker_with_other_code_data_hardware_or_versions_refuses(cell, other, words):
    outcome = run_there(task_of(cell), {**cell.about, **other})
    assert outcome.tables is None
    assert outcome.error.startswith("a worker of the cluster would compute something else: ")
    assert words in outcome.error


def test_what_is_a_users_own_is_computed_with_as_it_arrives(cell):
    """A copy, after its journey, has another identity."""
    own = Replacements(optimizer=torch.optim.SGD)
    asked = replace(cell, own=own)
    arrived = replace(task_of(asked), own=copy(own))
    assert run_there(arrived, asked.about).error == ""


def test_a_worker_without_the_experiment_says_so(cell):
    outcome = run_there(replace(task_of(cell), module="no.such.module"), cell.about)
    assert "a worker of the cluster cannot compute it: ModuleNotFoundError" in outcome.error
