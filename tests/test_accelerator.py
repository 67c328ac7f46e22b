"""Every experiment on an accelerator that is not there (accelerator.py): nothing strays or waits in a training."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hw1.registry import experiments

PROGRAM = Path(__file__).parent / "accelerator.py"
ROOT = PROGRAM.parents[1]
FAMILIES = sorted({experiment.family for experiment in experiments().values()})
# Waits after an arm's trainings: 0 to 14 were seen, one for each of its columns, and 24 and 34 where a Jacobian or an
# eigenvalue is measured in parts.
WAITS = 40


def lines(*arguments):
    """What the program says, in which warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_experiment_runs_on_an_accelerator(family):
    """Trainings, measures and tables, with no tensor of another device, no unplanned wait in a training, few after."""
    names = [experiment.name for experiment in experiments().values() if experiment.family == family]
    seen = lines(*names)
    assert {line["experiment"] for line in seen} == set(names)
    wrong = [f"{line['experiment']}, arm {line['arm']}: {line['error']}" for line in seen if "error" in line]
    assert not wrong, "\n".join(wrong)
    slow = [f"{line['experiment']}, arm {line['arm']}: {line['where']}" for line in seen if line["waits"] > WAITS]
    assert not slow, "\n".join(slow)


@pytest.fixture(scope="module")
def faults():
    """What was seen of planted faults, by name."""
    return {line["fault"]: line for line in lines("--faults")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("stray in a loss", "StrayTensorError: aten.sub.Tensor on simgpu:0 with tensors (3, 8, 3) of the CPU"),
        ("stray index in a loss", "StrayTensorError: aten.index.Tensor on simgpu:0 with tensors (2,) of the CPU"),
        ("stray in a record", "StrayTensorError: aten.mul.Tensor on simgpu:0 with tensors (8,) of the CPU"),
        ("stray in a measure", "StrayTensorError: aten.mul.Tensor on simgpu:0 with tensors (8,) of the CPU"),
        ("a training on the CPU", "StrayTensorError: the losses are on cpu"),
        ("number in a loss", "HostSyncError: the host waits for simgpu:0 during a training: aten._local_scalar_dense"),
        ("mask in a loss", "HostSyncError: the host waits for simgpu:0 during a training: aten."),
        ("copy in a record", "HostSyncError: the host waits for simgpu:0 during a training: aten._to_copy.default"),
    ],
)
def test_a_planted_fault_is_caught(faults, fault, error):
    assert faults[fault]["error"].startswith(error)


@pytest.mark.slow
def test_a_sound_training_is_what_it_is_on_the_cpu(faults):
    """Bit for bit, since it computes there; and what it waits for afterwards is counted."""
    assert faults["none"] == {"fault": "none", "equal": True, "waits": 3}
