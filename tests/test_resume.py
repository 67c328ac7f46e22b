"""Whatever stops a run, the next one goes on and ends with the same table, bit for bit."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from hw1.running.computing import compute
from hw1.running.progress import Silent
from hw1.running.store import Store, StoreError
from hw1.streams import stream

PROGRAM = Path(__file__).parent / "endurance/program.py"  # computes the toy's 12 cells, in one process or two


def command(store, jobs):
    return [sys.executable, PROGRAM, "toy_claims", "biased", store, str(jobs)]


def start(toy, store, jobs):
    return subprocess.Popen(
        command(store, jobs), cwd=toy.path, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "wait_for", "kills"), [(1, "begins", 16), (2, "stored", 4)], ids=["alone", "two"])
def test_killed_at_random_points_it_ends_with_the_same_table(toy, monkeypatch, jobs, wait_for, kills, rows):
    """Twenty kills in all, each somewhere between the first cell's begin and the last one's end.

    Two processes take seconds to start, so that there the first cell is waited for.
    """
    assert toy.run(*command("whole.sqlite", 1)).ret == 0
    whole = rows(toy.path / "whole.sqlite")
    assert len(whole) == 12
    seconds = 0.1
    monkeypatch.setenv("TOY_SECONDS", str(seconds))
    rng, done, seen, store = stream("resume", jobs), 0, set(), toy.path / "s.sqlite"
    while done < kills:
        with start(toy, "s.sqlite", jobs) as run:
            while run.stdout.readline() not in (f"{wait_for}\n", ""):
                pass
            time.sleep(rng.uniform(0, 12 * seconds / jobs))
            alive = run.poll() is None
            if alive:  # after its end there is no group to kill
                os.killpg(run.pid, signal.SIGKILL)
        found = rows(store)
        assert found.items() <= whole.items(), "a kill changes nothing that is stored"
        done += alive
        seen.add(len(found))
        if len(found) == 12:
            store.unlink()
    with start(toy, "s.sqlite", jobs) as run:
        assert run.stdout.read().endswith("ends\n")
    assert rows(store) == whole
    assert len(seen) > 1, "the kills came at different points"


@pytest.mark.slow
def test_interrupted_it_names_what_is_missing_and_goes_on(check, toy, monkeypatch, rows):
    check("-m", "fast", "--hw1-store", "whole.sqlite")
    monkeypatch.setenv("TOY_SECONDS", "0.5")
    command = [sys.executable, "-m", "pytest", "-m", "fast", "-p", "no:randomly", "--hw1-jobs", "2"]
    store = toy.path / ".hw1/results.sqlite"
    heeds = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it by inheritance
    with subprocess.Popen(
        command, cwd=toy.path, stdout=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heeds
    ) as run:
        deadline = time.monotonic() + 60
        while not store.exists() or not Store(store).keys():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGINT)  # as Ctrl-C does: the workers get it too
        said = run.stdout.read()
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    assert "cells are missing, and claims that need them have no verdict; the same command computes them:" in said
    assert "hw1:   biased, arm fair, seeds " in said
    assert "0 of 2 as registered; 2 without a verdict" in said
    assert rows(store).items() < rows(toy.path / "whole.sqlite").items()
    monkeypatch.setenv("TOY_SECONDS", "0")
    check("-m", "fast").assert_outcomes(passed=2, deselected=4)
    assert rows(store) == rows(toy.path / "whole.sqlite")


@pytest.mark.slow
def test_a_worker_killed_for_memory_costs_its_cells_and_nothing_else(check, toy, monkeypatch, rows):
    check("-m", "fast", "--hw1-store", "whole.sqlite")
    (toy.path / "pids").mkdir()
    monkeypatch.setenv("TOY_PIDS", str(toy.path / "pids"))
    monkeypatch.setenv("TOY_SECONDS", "0.5")
    command = [sys.executable, "-m", "pytest", "-q", "-m", "fast", "--hw1-jobs", "2"]
    with subprocess.Popen(command, cwd=toy.path, stdout=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 60
        while not (pids := list((toy.path / "pids").iterdir())):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(int(pids[0].name), signal.SIGKILL)  # what the system does to the process with most memory
        said = run.stdout.read()
    assert run.returncode == 0, said
    assert rows(toy.path / ".hw1/results.sqlite") == rows(toy.path / "whole.sqlite")


@pytest.fixture
def cells(made_experiment):
    """Eight cells whose tables are too large for one page, or for a small disk together."""
    made = made_experiment()

    def table(seeds, arm):
        import pandas as pd

        values = stream("resume", *seeds).random((len(seeds), 200))
        return pd.DataFrame({"seed": list(seeds), "arm": arm, **{f"v{i}": values[:, i] for i in range(200)}})

    made.make(table)
    return made.cells(range(16))


def run(cells, path):
    store = Store(path)
    try:
        compute(cells, store, jobs=1, watcher=Silent())
    finally:
        store.close()


def test_a_full_disk_keeps_what_was_stored_and_the_next_run_goes_on(cells, tmp_path, monkeypatch, rows):
    run(cells, tmp_path / "whole.sqlite")
    connect, half = sqlite3.connect, (tmp_path / "whole.sqlite").stat().st_size // 4096 // 2

    def on_a_small_disk(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.execute(f"PRAGMA max_page_count = {half}")
        return connection

    with monkeypatch.context() as context:
        context.setattr("hw1.running.store.sqlite3.connect", on_a_small_disk)
        with pytest.raises(StoreError, match=r"disk is full. What is in it is intact: free some space"):
            run(cells, tmp_path / "s.sqlite")
    assert 0 < len(rows(tmp_path / "s.sqlite")) < 8
    run(cells, tmp_path / "s.sqlite")
    assert rows(tmp_path / "s.sqlite") == rows(tmp_path / "whole.sqlite")


@pytest.mark.slow
def test_a_disk_that_is_really_full(cells, tmp_path, rows):
    """On a file system of half the size that is needed, where this machine lets us have one."""
    run(cells, tmp_path / "whole.sqlite")
    small = tmp_path / "small"
    small.mkdir()
    half = (tmp_path / "whole.sqlite").stat().st_size // 2
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={half}", "tmpfs", small], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("mounting a small file system needs root and its rights")
    try:
        with pytest.raises(StoreError, match=r"is full. What is in it is intact"):
            run(cells, small / "s.sqlite")
        assert 0 < len(rows(small / "s.sqlite")) < 8
        shutil.copy(small / "s.sqlite", tmp_path / "s.sqlite")
    finally:
        subprocess.run(["umount", small], check=True)
    run(cells, tmp_path / "s.sqlite")
    assert rows(tmp_path / "s.sqlite") == rows(tmp_path / "whole.sqlite")


# Writes a cell, then overwrites all of them in a transaction whose pages reach the disk, and stops in its middle.
STOPPED = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE cells SET tables = zeroblob(length(tables)), label = 'half written'")
connection.execute("INSERT INTO cells SELECT key || 'x', label, seconds, about, tables, NULL FROM cells")
print("stops", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_copy_of_database_and_journal_taken_in_mid_write_goes_on(cells, tmp_path, rows):
    run(cells, tmp_path / "whole.sqlite")
    run(cells[:4], tmp_path / "s.sqlite")
    before = rows(tmp_path / "s.sqlite")
    command = [sys.executable, "-c", STOPPED, tmp_path / "s.sqlite"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        writer.stdout.readline()
        os.waitpid(writer.pid, os.WUNTRACED)  # until it has stopped
        for name in ("s.sqlite", "s.sqlite-journal"):
            shutil.copy(tmp_path / name, tmp_path / f"copy.{name}".replace("s.sqlite", "sqlite"))
        writer.kill()
    copy = tmp_path / "copy.sqlite"
    assert b"half written" in copy.read_bytes(), "pages of the open transaction are in the file that was copied"
    assert rows(copy) == before
    run(cells, copy)
    assert rows(copy) == rows(tmp_path / "whole.sqlite")


def test_a_damaged_cell_is_named_put_aside_and_computed_anew(check, toy, rows):
    check("-m", "fast").assert_outcomes(passed=2, deselected=4)
    store = toy.path / ".hw1/results.sqlite"
    expected = rows(store)
    with sqlite3.connect(store) as connection:
        key, tables = connection.execute("SELECT key, tables FROM cells LIMIT 1").fetchone()
        damaged = tables[:100] + bytes(20) + tables[120:]
        connection.execute("UPDATE cells SET tables = ? WHERE key = ?", (damaged, key))
    connection.close()
    found = check("-m", "fast")
    found.assert_outcomes(passed=2, deselected=4)
    found.stdout.fnmatch_lines([f"*results.sqlite: biased/*({key[:8]}) is damaged, is put aside and computed anew"])
    assert rows(store) == expected
