"""Against jit(vmap(scan)) of JAX on one core: whole trainings from a fresh process, and without compile time.

Both sides start from the same weights, so that their losses must agree. JAX is looked for in the interpreter named by
HW1_JAX_PYTHON, or in this one (dependency group `bench`).
"""

import os

import numpy as np
import pytest

from benchmarks.arms import NARROW, WIDE
from benchmarks.cases import SEEDS
from benchmarks.loops import ours, plain
from benchmarks.processes import Process, fresh, has_jax

pytestmark = pytest.mark.skipif(not has_jax(), reason="no jax here: name an interpreter that has it in HW1_JAX_PYTHON")

SIDES = ["JAX", "one core"]
UPDATES = 200
WHOLE = {
    "deep_vs_shallow, arms deep and shallow, whole trainings": [NARROW[0], WIDE[0]],
    "activations, arm tanh, whole trainings": [NARROW[3]],
}


@pytest.fixture(scope="module")
def jax_process():
    with Process("jax") as process:
        yield process


@pytest.fixture
def same_core():
    """The core that JAX has."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[-1:])
    yield
    os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", WHOLE)
def test_fresh_process(timed, name, side):
    """All updates of the experiment, 24 seeds: imports, compiling and training."""
    cases = [case.plain(SEEDS, case.updates) for case in WHOLE[name]]
    against = {} if side == "JAX" else {"against": "JAX", "target": 1.5}
    about = {"row": "fresh", "case": name, "side": side, "rounds": 3, "warm": 0}
    timed(lambda: fresh("jax" if side == "JAX" else "hw1", cases), **against, **about)


@pytest.mark.usefixtures("same_core")
@pytest.mark.parametrize("side", [*SIDES, "24 at once"])
@pytest.mark.parametrize("case", [*NARROW[:2], NARROW[5], *WIDE[:2], WIDE[3]], ids=str)
def test_steady(timed, jax_process, case, side):
    """Without imports and compiling."""
    about = {"row": "steady", "case": case, "unit": "us per update and seed", "scale": 1e6, "of": SEEDS * UPDATES}
    if side == "JAX":
        plainly = case.plain(SEEDS, UPDATES)
        timed(lambda: jax_process.ask(plainly), side=side, **about)
    else:
        stacks = case.stacks(SEEDS, SEEDS if side == "24 at once" else 0)
        timed(lambda: ours(case, stacks, UPDATES), side=side, against="JAX", target=1.0, **about)


@pytest.mark.parametrize("case", [NARROW[0], NARROW[1], NARROW[5], WIDE[0]], ids=str)
def test_all_three_train_the_same_nets(benchmark, jax_process, case):
    """20 updates, as rounding errors grow later."""
    benchmark.group = "agreement"
    by_jax = jax_process.ask(case.plain(8, 20))["losses"]
    by_us = benchmark.pedantic(lambda: ours(case, case.stacks(8), 20), rounds=1)
    np.testing.assert_allclose(by_us, by_jax, rtol=1e-3)
    np.testing.assert_allclose(by_us, plain(case, case.nets(8), 20), rtol=1e-3)
