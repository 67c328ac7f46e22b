"""Two runs and a merge work on one store for minutes: nobody waits for ever, nothing is lost, nothing is wrong."""

import subprocess
import sys
import time

import pytest

# Until the time is over: the same cells, block by block, from two runs at once.
RUN = """
import sys, time
from hw1.machine.devices import CPU
from hw1.registry import find_experiment
from hw1.running.cells import cells_of
from hw1.running.computing import compute
from hw1.running.progress import Silent
from hw1.running.store import Store

biased = find_experiment("biased", package="toy_claims")
ends, block = time.time() + float(sys.argv[2]), 0
with Store(sys.argv[1]) as store:
    while time.time() < ends:
        seeds = range(1000 * block, 1000 * block + 12)
        compute(cells_of(biased, biased.setting("fast"), biased.arms, seeds, CPU), store, jobs=1, watcher=Silent())
        block += 1
print(block)
"""
# Until the time is over: brings another store in, and takes all of it out into a third.
MERGE = """
import sys, time
from pathlib import Path
from hw1.running.merging import merge
from hw1.running.store import Store

shared, other, third = sys.argv[1:4]
ends, merged = time.time() + float(sys.argv[4]), 0
while time.time() < ends:
    for target, source in ((shared, other), (third, shared)):
        if Path(source).exists() and Path(source).stat().st_size:
            with Store(target) as into, Store(source, create=False) as of:
                merge(into, [of])
            merged += 1
print(merged)
"""
SECONDS, SHORTLY = 30, 15  # for each unit of the scale; at scale 1
CELLS = 6  # of a block


@pytest.mark.slow
def test_two_runs_and_a_merge_on_one_store(toy, rows, scale, say):
    seconds = str(SECONDS * scale if scale > 1 else SHORTLY)

    def start(program, *arguments, seconds=seconds):
        command = [sys.executable, "-c", program, *arguments, seconds]
        return subprocess.Popen(command, cwd=toy.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    began = time.monotonic()
    start(RUN, "other.sqlite", seconds="5").communicate()
    some = [start(RUN, "s.sqlite"), start(RUN, "s.sqlite"), start(MERGE, "s.sqlite", "other.sqlite", "third.sqlite")]
    counts = []
    for one in some:
        said, _ = one.communicate(timeout=60 + 2 * float(seconds))
        assert one.returncode == 0, said
        counts.append(int(said))
    shared, other, third = (rows(toy.path / f"{name}.sqlite") for name in ("s", "other", "third"))
    assert min(counts) > 1
    assert other.items() <= shared.items()
    assert third.items() <= shared.items()
    assert len(third) > 0
    assert len(shared) > CELLS
    say(
        f"{len(shared)} cells in {time.monotonic() - began:.0f} s by two runs ({counts[:2]} blocks), {counts[2]} merges"
    )
