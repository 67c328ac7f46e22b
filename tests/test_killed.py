"""A run that is killed, or whose workers are, loses nothing and leaves nothing behind."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def test_a_worker_that_dies_is_tried_again_and_then_named(check, monkeypatch):
    monkeypatch.setenv("TOY_DIES", "fair")
    result = check("-m", "fast", "-k", "fewer", jobs="2")
    result.assert_outcomes(errors=1, deselected=5)
    result.stdout.fnmatch_lines(["*biased, arm fair, seeds 0 to 3: its process died*is memory short*"])


@pytest.mark.slow
def test_processes_that_grow_are_replaced(toy, monkeypatch):
    """joblib ends a process that grew by 300 MB, a second after its first cell or later, and warns in a thread."""
    monkeypatch.setenv("TOY_GROWS", "400_000_000")
    monkeypatch.setenv("TOY_SECONDS", "1.1")
    (toy.path / "pids").mkdir()
    monkeypatch.setenv("TOY_PIDS", str(toy.path / "pids"))
    toy.runpytest_subprocess("-m", "fast", "--hw1-jobs", "2", timeout=60).assert_outcomes(passed=2, deselected=4)
    assert len(list((toy.path / "pids").iterdir())) > 2


def test_killed_in_the_middle_it_continues_and_ends_the_same(check, toy, monkeypatch):
    check("-m", "fast", "--hw1-manifest", "whole.json", "--hw1-store", "other.sqlite")
    monkeypatch.setenv("TOY_SECONDS", "0.5")
    command = [sys.executable, "-m", "pytest", "-q", "-m", "fast", "--hw1-jobs", "2"]
    process = subprocess.Popen(command, cwd=toy.path, stdout=subprocess.DEVNULL, start_new_session=True)
    _wait(lambda: _cells(toy.path / ".hw1/results.sqlite") >= 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    result = check("-m", "fast")
    left = int(next(line for line in result.outlines if line.startswith("hw1: computing")).split()[2])
    assert 0 < left <= 10
    same = ("claim", "scores", "verdict")
    whole, continued = (json.loads((toy.path / name).read_text()) for name in ("whole.json", ".hw1/manifest.json"))
    assert [{k: d[k] for k in same} for d in whole["decisions"]] == [
        {k: d[k] for k in same} for d in continued["decisions"]
    ]


def test_workers_end_with_a_run_that_is_killed(toy, monkeypatch):
    (toy.path / "pids").mkdir()
    monkeypatch.setenv("TOY_PIDS", str(toy.path / "pids"))
    monkeypatch.setenv("TOY_SECONDS", "1000")
    command = [sys.executable, "-m", "pytest", "-q", "-m", "fast", "--hw1-jobs", "2"]
    process = subprocess.Popen(command, cwd=toy.path, stdout=subprocess.DEVNULL)
    _wait(lambda: len(list((toy.path / "pids").iterdir())) == 2)
    process.kill()
    process.wait()
    _wait(lambda: not any(_alive(int(path.name)) for path in (toy.path / "pids").iterdir()))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "not within a minute"
        time.sleep(0.05)


def _cells(store: Path) -> int:
    try:
        return int(sqlite3.connect(store).execute("SELECT COUNT(*) FROM cells").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0
