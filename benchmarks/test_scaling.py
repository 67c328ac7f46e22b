"""Time and memory of more and more seeds: in stacks of the experiment's size, and all in one stack.

`megabytes` is the most that a fresh process had, less what it had before it made the nets.
"""

from dataclasses import replace

import pytest

from benchmarks.arms import NARROW
from benchmarks.loops import ours
from benchmarks.processes import fresh

UPDATES = 50


@pytest.mark.parametrize("seeds", [24, 48, 96, 192])
@pytest.mark.parametrize("size", ["in stacks of 8", "in one stack"])
def test_scaling(timed, size, seeds):
    case = NARROW[0] if size == "in stacks of 8" else replace(NARROW[0], stack=seeds)
    found = fresh("hw1", [case.plain(seeds, UPDATES)])[0]
    megabytes = (found["peak"] - found["before"]) / 1e6
    stacks = case.stacks(seeds)
    about = {"row": "scaling", "case": f"{NARROW[0]}, {size}", "unit": "us per update and seed", "scale": 1e6}
    timed(lambda: ours(case, stacks, UPDATES), side=f"{seeds} seeds", of=seeds * UPDATES, megabytes=megabytes, **about)
