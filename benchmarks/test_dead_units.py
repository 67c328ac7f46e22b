"""Where units die, what optimizers remember of their gradients becomes denormal: flushed in training, and kept.

Whole cells of the tier `fast`, at their own rate and at one that kills nets.
"""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from hw1.registry import experiments

CELLS = {
    "dead_runs": ("dead_runs", "thirty_layers", {}),
    "frequencies at 3": ("frequencies", "relu", {"lr": 3.0}),
    "memorisation": ("memorisation", "random", {}),
}


@pytest.mark.parametrize("side", ["flushed", "kept"])
@pytest.mark.parametrize("name", CELLS)
def test_dead_units(benchmark, monkeypatch, name, side):
    experiment, arm, changes = CELLS[name]
    found = experiments()[experiment]
    setting = replace(found.setting("fast"), **changes)
    if side == "kept":
        monkeypatch.setattr("hw1.training.loop.flushed", nullcontext)
    benchmark.group = name
    benchmark.pedantic(
        lambda: found.module.run(setting, arm=arm, seeds=range(12), device="cpu"), rounds=3, warmup_rounds=1
    )
