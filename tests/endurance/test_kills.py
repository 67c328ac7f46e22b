"""A training of torch is stopped in every way and at any moment; what goes on ends with the same bytes."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from hw1.running.store import Store, StoreError
from hw1.streams import stream

# Twelve cells of nets that learn a sum of sines.
PROGRAM = Path(__file__).parent / "program.py"
TRAINING = ("hw1.claims", "frequencies"), ("stack=2", "updates=200", "records=20")
CELLS = 12
# How it is stopped, and in how many processes it runs: each of them takes seconds to load torch.
WAYS = {"the run": 1, "a worker": 2, "both": 2, "asked to end": 1, "a full disk": 1}


@pytest.fixture
def start():
    """Starts the program, on a disk that is full after some bytes if they are given."""

    def begin(store, jobs=1, limit=None):
        full = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
        command = [sys.executable, PROGRAM, *TRAINING[0], store, str(jobs), *TRAINING[1]]
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            preexec_fn=full,
        )

    return begin


def children(pid):
    """The processes that a process has started, and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(child)]
    return found


def stop(run, way, rng):
    """Whether there was still something to stop."""
    if run.poll() is not None:
        return False
    if way == "a worker":
        workers = [pid for pid in children(run.pid) if b"popen_loky" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        if workers:
            os.kill(workers[rng.integers(len(workers))], signal.SIGKILL)
        return bool(workers)
    ends = {"the run": (os.kill, signal.SIGKILL), "both": (os.killpg, signal.SIGKILL)}
    kill, number = ends.get(way, (os.kill, signal.SIGTERM))
    kill(run.pid, number)
    return True


def gone(pids):
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() and "Z" not in state(pid) for pid in pids):
        assert time.monotonic() < deadline, "workers outlive their run"
        time.sleep(0.05)


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_stopped_in_any_way_it_goes_on_and_ends_with_the_same_bytes(start, tmp_path, rows, scale, say):
    whole, store = tmp_path / "whole.sqlite", tmp_path / "s.sqlite"
    with start(whole, 2) as run:
        assert run.stdout.read().endswith("ends\n")
    expected, size = rows(whole), whole.stat().st_size
    assert len(expected) == CELLS
    rng, done, stored, began = stream("endurance"), Counter(), Counter(), time.monotonic()
    while done.total() < len(WAYS) * scale:
        way, jobs = list(WAYS.items())[done.total() % len(WAYS)]
        left = rng.integers(size // 4, size) if way == "a full disk" else None
        with start(store, jobs, left) as run:
            seen = run.stdout.readline() if way == "a full disk" else wait_for(run, int(rng.integers(CELLS)), rng)
            running = children(run.pid)
            hit = way == "a full disk" or stop(run, way, rng)
            said = seen + run.stdout.read()
        gone(running)
        found = content(store, rows)
        assert found.items() <= expected.items(), f"{way}: what is stored is what was computed"
        done[way] += hit and not (way == "a full disk" and said.endswith("ends\n"))
        stored[len(found)] += 1
        if len(found) == CELLS:
            store.unlink()
    with start(store) as run:
        assert run.stdout.read().endswith("ends\n")
    assert rows(store) == expected
    assert len(stored) > 2, "the kills came at different points"
    took = f"{time.monotonic() - began:.0f} s"
    say(f"stopped {done.total()} times ({dict(done)}), each time gone on, equal to the byte; {took}")


def wait_for(run, cells, rng):
    """Read on until some cells are stored, and then some of the next one's time."""
    said = run.stdout.readline()
    while said.count("stored") < cells and (line := run.stdout.readline()):
        said += line
    time.sleep(rng.uniform(0, 0.3))
    return said


def content(store, rows):
    """A file that was never made, or not finished, holds nothing."""
    try:
        return rows(store)
    except StoreError:
        Store(store).close()  # opens for the next run
        return {}
