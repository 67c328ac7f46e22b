"""Time and memory of more and more seeds: in stacks of the experiment's size, and all in one stack.

`megabytes` is the most that a process had until then, less what it had after a first training of one seed.
"""

from dataclasses import replace
from functools import cache

import pytest

from benchmarks.arms import NARROW
from benchmarks.loops import ours
from benchmarks.processes import fresh

UPDATES = 50
SEEDS = [24, 48, 96, 192]
SIZES = ["in stacks of 8", "in one stack"]


def case_of(size, seeds):
    return NARROW[0] if size == SIZES[0] else replace(NARROW[0], stack=seeds)


@cache
def megabytes(size):
    """By number of seeds, all in one process, whose peak memory can only grow."""
    asked = [NARROW[0].plain(1, 1), *(case_of(size, seeds).plain(seeds, UPDATES) for seeds in SEEDS)]
    _, *found = fresh("hw1", asked)
    return {seeds: (one["peak"] - found[0]["before"]) / 1e6 for seeds, one in zip(SEEDS, found, strict=True)}


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("size", SIZES)
def test_scaling(timed, size, seeds):
    case = case_of(size, seeds)
    stacks = case.stacks(seeds)
    about = {"row": "scaling", "case": f"{NARROW[0]}, {size}", "unit": "us per update and seed", "scale": 1e6}
    about |= {"side": f"{seeds} seeds", "megabytes": megabytes(size)[seeds]}
    timed(lambda: ours(case, stacks, UPDATES), of=seeds * UPDATES, **about)
