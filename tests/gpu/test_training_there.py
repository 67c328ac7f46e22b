"""Trainings on a GPU: the numbers of the CPU but for rounding, the same ones each time, recorded or not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hw1.nets.dense import blank, dense, initialise
from hw1.nets.residual import residual_convolutional, residual_dense
from hw1.registry import find_experiment
from hw1.streams import stream
from hw1.training import Dropout, FlipAndShift, Recipe, captured, orders, stack, train

SEEDS, POINTS, INPUTS, CLASSES = range(4), 60, 64, 10
EIGHT = (1, 8, 8)


def convolutional():
    """Convolutions with random shifts and dropout."""
    front = nn.Unflatten(1, EIGHT), FlipAndShift(1, flip=True, border="constant"), nn.Conv2d(1, 8, 3, padding=1)
    return nn.Sequential(*front, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), Dropout(0.2), nn.Linear(128, CLASSES))


class Nested(nn.Module):
    """No Sequential, so that its replicas run under vmap."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Linear(INPUTS, 32), nn.LayerNorm(32)
        self.inner, self.last = nn.Sequential(nn.Linear(32, 32), nn.GELU(), Dropout(0.2)), nn.Linear(32, CLASSES)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.last(h + self.inner(self.norm(h)))


KINDS = {
    "dense": lambda: dense((32, 32), inputs=INPUTS, outputs=CLASSES, activation="tanh"),
    "convolutions, shifts and dropout": convolutional,
    "dense and residual, BatchNorm": lambda: residual_dense(32, 2, inputs=INPUTS, outputs=CLASSES, norm="batch"),
    "convolutional and residual": lambda: residual_convolutional((8, 8), 1, inputs=EIGHT, outputs=CLASSES),
    "under vmap": lambda: blank(Nested),
}
RECIPES = {
    "Nesterov": Recipe(optimizer="sgd", lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01, updates=10, batch=20),
    "AdamW, cosine": Recipe(optimizer="adamw", lr=0.003, weight_decay=0.1, schedule="cosine", updates=10, batch=20),
}

# A processor adds in its own order: sums of 60 numbers differ by about 1e-7 in float32 and 1e-16 in float64, and ten
# updates carry that on. These bounds, some thousand times as wide, are not yet seen on a GPU; TF32 would be 1e-3 off.
NEAR = {torch.float32: {"rtol": 1e-3, "atol": 1e-4}, torch.float64: {"rtol": 1e-9, "atol": 1e-10}}


@pytest.fixture
def long(monkeypatch):
    """A recipe that is worth a recording: warming up takes three updates, the others are replayed."""
    monkeypatch.setattr(captured, "LEAST", 12)
    return lambda recipe: replace(RECIPES[recipe], updates=captured.LEAST + 4)


def nets(kind, dtype):
    made = [KINDS[kind]().to(dtype) for _ in SEEDS]
    for seed, net in zip(SEEDS, made, strict=True):
        initialise(net, stream("gpu tests", seed, "init"))
    return made


def trained(kind, recipe, device, dtype=torch.float32):
    """Weights, state and losses of a training, on the host."""
    together = stack(nets(kind, dtype), device, masks=[stream("gpu tests", seed, "masks") for seed in SEEDS])
    x = stream("gpu tests", "x").normal(size=(POINTS, INPUTS))
    y = stream("gpu tests", "y").integers(CLASSES, size=POINTS)
    feed = orders([stream("gpu tests", seed, "order") for seed in SEEDS], POINTS, recipe.batch, device)
    losses = []
    train(
        together,
        torch.from_numpy(x).to(dtype),
        torch.from_numpy(y),
        recipe,
        loss="cross_entropy",
        orders=feed,
        on_update=lambda update, found: losses.append(found),
    )
    return [found.cpu() for found in [together.weights(), *together.state.values(), *losses]]


@pytest.mark.parametrize("dtype", NEAR, ids=str)
@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("kind", KINDS)
def test_ten_updates_are_those_of_the_cpu(kind, recipe, dtype, device):
    there, here = (trained(kind, RECIPES[recipe], where, dtype) for where in (device, "cpu"))
    assert len(there) == len(here) > 10
    for one, other in zip(there, here, strict=True):
        torch.testing.assert_close(one, other, **NEAR[dtype])


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seeds_give_the_same_bytes_again(kind, recipe, device, long):
    for one, other in zip(*(trained(kind, long(recipe), device) for _ in range(2)), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("kind", KINDS)
def test_recorded_updates_are_those_that_run_as_they_are(kind, recipe, device, monkeypatch, long):
    """On a GPU from the fourth update on as two graphs; without an entry for its type of device, one by one."""
    recorded = trained(kind, long(recipe), device)
    monkeypatch.setattr(captured, "GRAPHS", {})
    for one, other in zip(recorded, trained(kind, long(recipe), device), strict=True):
        assert torch.equal(one, other)


def test_products_and_convolutions_of_float32_are_rounded_as_float32(device):
    """TF32 has 10 bits of each number, float32 has 23: relative errors of 1e-3 and of 1e-6."""
    rng = stream("gpu tests", "products")
    a, b = (torch.from_numpy(rng.normal(size=(256, 256))) for _ in range(2))
    images, filters = (
        torch.from_numpy(rng.normal(size=(8, 16, 32, 32))),
        torch.from_numpy(rng.normal(size=(32, 16, 3, 3))),
    )
    for operation, operands in ((torch.matmul, (a, b)), (torch.nn.functional.conv2d, (images, filters))):
        exact = operation(*operands)
        found = operation(*(one.float().to(device) for one in operands)).cpu().double()
        assert float((found - exact).norm() / exact.norm()) < 1e-5


def test_an_experiment_measures_there_what_it_measures_here(device):
    """One arm of random labels: accuracies and epochs are those of the CPU, or next to them."""
    experiment = find_experiment("memorisation")
    setting = replace(experiment.setting("fast"), train=100, test=100, epochs=20)
    there, here = (
        experiment.module.run(setting, arm="random", seeds=range(12), device=where)["runs"] for where in (device, "cpu")
    )
    assert np.abs(there["train_accuracy"] - here["train_accuracy"]).max() <= 0.05
