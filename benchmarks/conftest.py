"""Benchmarks, run by `python -m pytest benchmarks --benchmark-only`; they decide nothing."""

import os

import pytest
import torch

from benchmarks.limits import peak
from hw1.machine.environment import versions


@pytest.fixture(autouse=True)
def _one_thread():
    """One core: the figures are per core, and parallelism is by processes."""
    torch.set_num_threads(1)


def pytest_benchmark_update_machine_info(config, machine_info):  # noqa: ARG001 - pytest's hook
    """What the table says about the machine."""
    torch.set_num_threads(1)
    machine_info["hw1"] = {"cores": os.cpu_count(), "versions": dict(versions()), "gflops": peak() / 1e9}


@pytest.fixture
def timed(benchmark):
    """Time a function, and tell the table what it is.

    `of`, units of work in a call (updates times seeds, or seeds); `unit` and `scale`, how it is shown; `against`, the
    side that it is compared with, and `target`, the ratio to reach.
    """

    def run(function, *, row, case, side, of=1, unit="s", scale=1.0, rounds=5, warm=1, **more):
        benchmark.group = f"{row}: {case}"
        benchmark.extra_info.update(row=row, case=str(case), side=side, unit=unit, factor=scale / of, **more)
        return benchmark.pedantic(function, rounds=rounds, iterations=1, warmup_rounds=warm)

    return run
