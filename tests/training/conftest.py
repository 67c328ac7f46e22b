"""Small nets and data for the training tests, and the oracle: torch's own loop, one net at a time."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from hw1.nets.dense import blank, dense, initialise
from hw1.streams import stream

torch.set_num_threads(1)

PLAIN_LOSS = {"squared": F.mse_loss, "l1": F.l1_loss, "cross_entropy": F.cross_entropy}


class Residual(nn.Module):
    """A net that is no Sequential."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.scale, self.first, self.second, self.last = scale, nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.last(h + self.scale * torch.tanh(self.second(h)))


MAKE = {
    "dense": lambda: dense((6, 5), inputs=2, outputs=3, activation="tanh"),
    "residual": lambda: blank(Residual),
    "conv": lambda: blank(lambda: conv(padding=(0, 1))),
    "other conv": lambda: blank(lambda: conv(padding="same")),
}


def conv(padding):
    """The same net; with padding by name it goes torch's own way through convolutions."""
    front = nn.Conv2d(1, 4, (1, 3), padding=padding), nn.Tanh(), nn.MaxPool2d((1, 2)), nn.Flatten()
    return nn.Sequential(nn.Unflatten(1, (1, 1, 2)), *front, nn.Linear(4, 3))


def make_nets(kind, seeds, dtype=torch.float32):
    nets = []
    for seed in seeds:
        net = MAKE[kind]() if isinstance(kind, str) else blank(kind)
        initialise(net.to(dtype), stream("training tests", seed, "init"))
        nets.append(net)
    return nets


def make_data(loss, dtype=torch.float32, n=24):
    """Shared data: x (n, 2); y (n, 3), or labels (n,) in 0..2."""
    rng = stream("training tests", "data")
    x = torch.from_numpy(rng.uniform(-1, 1, (n, 2))).to(dtype)
    y = torch.sin(3 * x @ torch.from_numpy(rng.normal(size=(2, 3))).to(dtype))
    return x, (y.argmax(1) if loss == "cross_entropy" else y)


def train_alone(net, x, y, recipe, loss, rng=None):
    """Ordinary torch: stock optimizer and scheduler, a loop. Gives the full loss before each update and after."""
    settings = {"lr": recipe.lr, "weight_decay": recipe.weight_decay}
    settings |= {"momentum": recipe.momentum} if recipe.optimizer == "sgd" else {}
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[recipe.optimizer]
    optimizer = kind(net.parameters(), **settings)
    scheduler = {
        "constant": lambda: torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1),
        "cosine": lambda: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=recipe.updates),
        "step": lambda: torch.optim.lr_scheduler.MultiStepLR(
            optimizer, milestones=[-(-recipe.updates // 2), -(-3 * recipe.updates // 4)], gamma=0.1
        ),
    }[recipe.schedule]()
    losses, waiting = [], []
    for _ in range(recipe.updates):
        losses.append(PLAIN_LOSS[loss](net(x), y).item())
        if recipe.batch is not None and len(waiting) < recipe.batch:
            waiting = rng.permutation(len(x)).tolist()
        now, waiting = (slice(None), []) if recipe.batch is None else (waiting[: recipe.batch], waiting[recipe.batch :])
        optimizer.zero_grad()
        PLAIN_LOSS[loss](net(x[now]), y[now]).backward()
        optimizer.step()
        scheduler.step()
    return [*losses, PLAIN_LOSS[loss](net(x), y).item()]


def flat(net):
    return torch.cat([p.detach().reshape(-1) for p in net.parameters()])


@contextmanager
def global_generators_untouched():
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    yield
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(numpy_before, np.random.get_state()[1])  # noqa: NPY002


class Tools:
    """The functions above, for tests that cannot import a conftest."""

    Residual = Residual
    nets = staticmethod(make_nets)
    data = staticmethod(make_data)
    train_alone = staticmethod(train_alone)
    flat = staticmethod(flat)
    global_generators_untouched = staticmethod(global_generators_untouched)


@pytest.fixture
def tools():
    return Tools
