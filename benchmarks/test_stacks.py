"""How many seeds to train side by side: microseconds per update and seed, by the width of the stack.

The stack widths in the settings of the experiments are taken from here: what an update costs beside its products is
shared by the seeds, until their activations no longer fit into the cache. The peer is in `test_training.py`.
"""

import pytest

from benchmarks.arms import NARROW, WIDE
from benchmarks.loops import ours

UPDATES = 50


@pytest.mark.parametrize("seeds", [1, 2, 4, 8, 12, 24])
@pytest.mark.parametrize("case", [NARROW[0], WIDE[0]], ids=str)
def test_stack(timed, case, seeds):
    stacks = case.stacks(seeds, seeds)
    about = {"row": "stacks", "case": case, "side": f"{seeds} seeds", "unit": "us per update and seed", "scale": 1e6}
    timed(lambda: ours(case, stacks, UPDATES), of=seeds * UPDATES, rounds=7, **about)
