"""Processes that cannot be had, for want of semaphores, files or threads: then fewer, or this one alone."""

import importlib
import multiprocessing
import operator
import os
import resource
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from joblib.externals.loky import get_reusable_executor

from hw1.running import processes
from hw1.running.cells import collect
from hw1.running.computing import compute
from hw1.running.processes import available, dead_worker, ends_with, in_processes
from hw1.running.progress import Progress, Silent
from hw1.running.store import MEMORY, Store


class Warned(Silent):
    """Keeps the warnings."""

    def __init__(self):
        self.heard = []

    def warn(self, text):
        self.heard.append(text)


@contextmanager
def files_left(count):
    """Inside, this process can open so many more files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held, top = [], max(int(one.name) for one in Path("/proc/self/fd").iterdir())
    while not held or held[-1] <= top:  # so that no gap is left below, which other tests of this process may leave
        held.append(os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(held) + 1 + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for file in held:
            os.close(file)


def no_thread_after(monkeypatch, count):
    """This process can start so many more threads."""
    started, start = [], threading.Thread.start

    def limited(thread):
        if len(started) >= count:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)


def test_where_nothing_is_short_all_processes_are_had():
    assert available(3) == (3, "")
    assert available(1) == (1, "")


@pytest.mark.parametrize(("left", "got"), [(0, 1), (12, 1), (19, 1), (20, 2), (23, 3), (31, 7)])
def test_few_files_mean_fewer_processes_and_one_line_that_says_so(left, got):
    with files_left(left):
        found = available(8)
    where = "this process alone" if got == 1 else f"{got} processes"
    assert found == (
        got,
        f"computing in {where} instead of in 8: only {left} more files can be opened (`ulimit -n`)",
    )


@pytest.mark.parametrize(("left", "got"), [(0, 1), (11, 1), (12, 2), (29, 7)])
def test_few_threads_mean_fewer_processes_too(monkeypatch, left, got):
    no_thread_after(monkeypatch, left)
    found, why = available(8)
    assert found == got
    assert f"in 8: only {left} more threads can be started (`ulimit -u`, or a limit of the container)" in why
    assert not [thread for thread in threading.enumerate() if thread.name.endswith("(wait)")]


@pytest.mark.parametrize(("files", "got", "short"), [(20, 2, "files"), (26, 3, "threads")])
def test_the_tightest_limit_counts(monkeypatch, files, got, short):
    no_thread_after(monkeypatch, 15)
    with files_left(files):
        found, why = available(8)
    assert found == got
    assert f"more {short} can be" in why


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file"), OSError(28, "No space left"), ImportError("no")]
)
def test_without_semaphores_this_process_computes_alone(monkeypatch, error):
    def lock(context):
        raise error

    monkeypatch.setattr(multiprocessing.context.BaseContext, "Lock", lock)
    got, why = available(2)
    assert got == 1
    assert why == (
        f"computing in this process alone instead of in 2: no semaphores can be made ({error}); they need a /dev/shm "
        "with space that may be written to"
    )


def test_a_daemonic_process_starts_no_others(monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    got, why = available(2)
    assert (got, why.partition(": ")[2]) == (1, "a daemonic process, as this one is, may start no others")


def test_joblibs_own_switch_is_heeded(monkeypatch):
    monkeypatch.setenv("JOBLIB_MULTIPROCESSING", "0")
    assert available(2)[1].endswith("instead of in 2: the variable JOBLIB_MULTIPROCESSING is 0")


# As where /dev/shm is missing: joblib then warns when it is imported, which strict tests turn into an error.
NO_SEMAPHORES = """
import _multiprocessing

class Refusing:
    SEM_VALUE_MAX = 1

    def __init__(self, *given, **named):
        raise FileNotFoundError(2, "No such file or directory")

_multiprocessing.SemLock = Refusing
"""


def test_strict_tests_run_where_there_are_no_semaphores(check, toy):
    conftest = toy.path / "conftest.py"
    conftest.write_text(NO_SEMAPHORES + conftest.read_text())
    result = check("-m", "fast", "-W", "error", jobs="2")
    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "hw1: computing in this process alone instead of in 2: no semaphores can be made (*No such file*",
            "hw1: computing 6 cells of biased",
        ]
    )


@pytest.fixture
def fresh():
    """No processes of a test before are used, and none of this one's after it."""
    get_reusable_executor(max_workers=2).shutdown(kill_workers=True)
    yield
    get_reusable_executor(max_workers=2, reuse=False).shutdown(kill_workers=True)


@pytest.fixture
def cells(made_experiment):
    made = made_experiment()
    made.make(lambda seeds, arm: pd.DataFrame({"seed": list(seeds), "arm": arm, "loss": [s / 7 for s in seeds]}))
    return made.cells(range(8))


def losses(cells, store):
    return list(collect(cells, range(8), store)[0]["runs"]["loss"])


@pytest.mark.parametrize(
    "error",
    [
        BlockingIOError(11, "Resource temporarily unavailable"),
        OSError(24, "Too many"),
        RuntimeError("can't start new thread"),
    ],
    ids=repr,
)
def test_where_none_can_be_started_after_all_this_process_computes(monkeypatch, fresh, cells, error):
    def start(process):
        raise error

    monkeypatch.setattr("joblib.externals.loky.backend.process.LokyProcess.start", start)
    watcher, store = Warned(), Store(MEMORY)
    compute(cells, store, jobs=2, watcher=watcher)
    assert watcher.heard == [
        f"computing in this process alone instead of in 2: no other can be started ({error})",
    ]
    assert losses(cells, store) == [seed / 7 for seed in range(8)]
    assert "parent" not in [thread.name for thread in threading.enumerate()], "it would end this process"


def test_where_every_process_dies_at_once_this_one_computes(monkeypatch, fresh, cells):
    """As where they have too few files to load what they need, or too little memory."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    watcher, store = Warned(), Store(MEMORY)
    compute(cells, store, jobs=2, watcher=watcher)
    (heard,) = watcher.heard
    assert heard.startswith(
        "computing in this process alone instead of in 2: no other can be started (A worker process"
    )
    assert losses(cells, store) == [seed / 7 for seed in range(8)]


def test_a_call_that_kills_its_process_is_not_called_in_this_one(fresh):
    with pytest.raises(dead_worker()):
        list(in_processes(2, os._exit, [(9,)]))


def test_what_has_arrived_is_not_called_again(monkeypatch):
    def two(jobs, function, calls):
        for call in calls[:2]:
            yield function(*call)
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(processes, "_parallel", two)
    called = []
    assert list(in_processes(2, lambda n: called.append(n) or n, [(n,) for n in range(5)])) == [0, 1, 2, 3, 4]
    assert called == [0, 1, 2, 3, 4]


def test_processes_that_cannot_read_a_call_are_replaced(fresh, tmp_path, monkeypatch):
    """They were started before `sys.path` grew, as in a notebook."""
    assert sorted(in_processes(2, operator.neg, [(1,), (2,)])) == [-2, -1]
    (tmp_path / "module_of_later.py").write_text("def doubled(x):\n    return 2 * x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    said = []
    doubled = importlib.import_module("module_of_later").doubled
    assert sorted(in_processes(2, doubled, [(1,), (2,)], said.append)) == [2, 4]
    assert said == []


def test_a_call_that_no_process_can_read_is_called_in_this_one(fresh, monkeypatch):
    module = ModuleType("module_of_nowhere")
    exec("def doubled(x):\n    return 2 * x\n", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    said = []
    assert sorted(in_processes(2, module.doubled, [(1,), (2,)], said.append)) == [2, 4]
    assert len(said) == 1
    assert "failed to un-serialize" in said[0]


def test_an_error_of_the_call_itself_is_raised():
    with pytest.raises(ValueError, match="invalid literal"):
        list(in_processes(2, int, [("seven",)]))


def test_a_process_does_not_wait_for_its_own_end():
    ends_with(os.getpid())
    assert "parent" not in [thread.name for thread in threading.enumerate()]


def test_where_nothing_temporary_can_be_written_it_computes(monkeypatch, cells):
    def none(**options):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("hw1.running.computing.TemporaryDirectory", none)
    store = Store(MEMORY)
    compute(cells, store, jobs=1, watcher=Silent())
    assert losses(cells, store) == [seed / 7 for seed in range(8)]


def test_a_limit_is_said_once_and_progress_goes_without_a_thread(monkeypatch, capsys, cells):
    no_thread_after(monkeypatch, 0)
    watcher, store = Progress(sys.stderr), Store(MEMORY)
    compute(cells[:2], store, jobs=2, watcher=watcher)
    compute(cells, store, jobs=2, watcher=watcher)
    err = capsys.readouterr().err
    assert err.count("only 0 more threads can be started") == 1
    assert err.count("cells computed in") == 2


def test_a_run_ends_though_its_idle_workers_no_longer_listen():
    """As where one was killed with the lock of loky's queue in its hands: those that are left hear of no end."""
    program = (
        "import os, signal, time\n"
        "from hw1.running.processes import in_processes\n"
        "workers = set(in_processes(2, os.getpid, [()] * 8))\n"
        "for worker in workers: os.kill(worker, signal.SIGSTOP)\n"
        "print(len(workers))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert int(ended.stdout) >= 1
