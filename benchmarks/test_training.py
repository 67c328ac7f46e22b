"""24 seeds of the dense nets of the fast tier against a loop over the seeds.

The numbers are per update and seed, so that the slow loop may do fewer. "one core": in stacks of the experiment's size;
"24 at once": what is left by that size; "two processes": two arms' worth of the experiment's cells, in warm processes.
"""

import pytest

from benchmarks.arms import NARROW, WIDE
from benchmarks.cases import SEEDS
from benchmarks.limits import flops, products
from benchmarks.loops import in_two, ours, plain
from benchmarks.parts import parts

UNIT = {"unit": "us per update and seed", "scale": 1e6}
SIDES = ["plain loop", "one core", "24 at once", "two processes"]


def measure(timed, row, case, side, targets):
    about = {"row": row, "case": case, "side": side, **UNIT}
    if side == "plain loop":
        nets = case.nets(4)
        timed(lambda: plain(case, nets, 40), of=4 * 40, **about)
    elif side == "two processes":
        against = {"against": "plain loop", "target": targets[1]}
        timed(lambda: in_two(case, 2 * SEEDS, 200), of=2 * SEEDS * 200, **against, **about)
    else:
        stacks = case.stacks(SEEDS, SEEDS if side == "24 at once" else 0)
        against = {"against": "plain loop", "target": targets[0]}
        if side == "one core":
            against |= {"products": products(case) * 1e6, "flops": flops(case), "parts": parts(case)}
        timed(lambda: ours(case, stacks, 100), of=SEEDS * 100, **against, **about)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("case", NARROW, ids=str)
def test_narrow(timed, case, side):
    measure(timed, "narrow", case, side, (15, 25))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("case", WIDE, ids=str)
def test_wide(timed, case, side):
    measure(timed, "wide", case, side, (2, 4))
