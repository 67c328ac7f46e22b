"""The same code on an accelerator: checked on a simulated one, as no machine of the tests need have a real one."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hw1.training import Recipe, squared, stack, train

SIMULATION = Path(__file__).parent / "simulated_gpu.py"


@pytest.fixture(scope="module")
def simulation():
    """Lines of the simulation, in which warnings are errors."""
    command = [sys.executable, "-W", "error", str(SIMULATION)]
    root = SIMULATION.parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env={"PYTHONPATH": str(root)}, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_everything_of_a_training_stays_on_the_accelerator(simulation):
    """Dense, normalised and convolutional nets, three optimizers, four losses; full batches and minibatches, pruned."""
    trainings = [line.split() for line in simulation if line.startswith(("dense", "other", "images"))]
    assert len(trainings) == 3 * 3 * 4
    assert all(devices == ["simgpu:0"] for _, _, _, *devices in trainings)


MIXING = pytest.mark.skipif(
    tuple(map(int, torch.__version__.split(".")[:2])) < (2, 13),
    reason="fake tensors of torch 2.11 mix devices without a word; tests/accelerator.py looks for strays itself",
)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [pytest.param("stray", "simgpu:0 and cpu", marks=MIXING), ("sync", "DataDependentOutputException")],
)
def test_the_simulation_sees_what_it_is_there_for(spoil, error, simulation):
    """A loss with a tensor on the CPU, and one that waits for a number, do not get through."""
    assert any(line.startswith(spoil) and error in line for line in simulation)


@pytest.mark.parametrize(
    "device",
    ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"))],
)
@pytest.mark.parametrize("kind", ["dense", "residual", "conv"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_every_device_learns_what_the_plain_loop_learns(device, kind, optimizer, tools):
    """To 1e-10 in double precision, after 20 updates: devices sum in another order."""
    x, y = tools.data("squared", torch.float64)
    recipe = Recipe(optimizer=optimizer, lr=0.01, updates=20, weight_decay=0.1)
    together = stack(tools.nets(kind, (0, 1), torch.float64), device)
    there, target = together.place(x), together.place(y)
    record = {"loss": lambda s: squared(s.forward(there), target)}
    result = train(together, x, y, recipe, loss="squared", record=record)
    for k, net in enumerate(tools.nets(kind, (0, 1), torch.float64)):
        alone = tools.train_alone(net, x, y, recipe, "squared")
        torch.testing.assert_close(together.weights()[k].cpu(), tools.flat(net), rtol=0, atol=1e-10)
        assert result.curves["loss"][k, 0] == pytest.approx(alone[-1], rel=1e-9)
    assert together.unstack(0).to(device)(there).device.type == device
