"""Small convolutional nets: two processes of one thread each, against a plain loop with all cores."""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np
import pytest
import torch
from torch import nn

from hw1.data import SHAPES
from hw1.nets.convolutional import Cnn, convolutional
from hw1.nets.dense import initialised
from hw1.registry import find_experiment
from hw1.running.memory import kept
from hw1.running.pinned import pinned
from hw1.running.processes import in_processes
from hw1.training import Recipe, orders, stack, train

EXAMPLES = 400
EACH = {"fast": (8, 20), "full": (2, 6)}  # nets in a cell (the experiment's), updates
DATA = {"fast": "mnist1d", "full": "cifar10"}


@lru_cache
def made(tier: str, nets: int):
    """Nets, inputs and labels, of noise in the shape of the data: CIFAR-10 need not be there."""
    s = find_experiment("locality").setting(tier)
    cnn = Cnn(inputs=SHAPES[s.data], outputs=10, filters=s.filters, kernel=s.kernel, widths=s.dense)
    rngs = [np.random.default_rng(seed) for seed in range(nets)]
    x = np.stack([rng.standard_normal((EXAMPLES, int(np.prod(cnn.inputs))), dtype=np.float32) for rng in rngs])
    y = np.stack([rng.integers(0, 10, EXAMPLES) for rng in rngs])
    return s, initialised(lambda: convolutional(cnn), rngs), torch.from_numpy(x), torch.from_numpy(y), rngs


def cell(tier: str) -> int:
    nets, updates = EACH[tier]
    s, modules, x, y, rngs = made(tier, nets)
    recipe = Recipe(optimizer="adam", lr=s.lr, updates=updates, batch=s.batch)
    feed = orders(rngs, EXAMPLES, s.batch)
    with kept(), pinned():
        train(stack(modules), x, y, recipe, loss="cross_entropy", orders=feed, per_replica=True)
    return nets


def plain(tier: str, nets: int, updates: int) -> None:
    s, modules, xs, ys, rngs = made(tier, nets)
    for net, x, y, rng in zip(modules, xs, ys, rngs, strict=True):
        optimizer = torch.optim.Adam(net.parameters(), lr=s.lr, fused=True)
        for _ in range(updates):
            rows = torch.from_numpy(rng.permutation(EXAMPLES)[: s.batch])
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()


@pytest.mark.parametrize("side", ["plain loop, all cores", "two processes"])
@pytest.mark.parametrize("tier", EACH)
def test_convolution(timed, tier, side):
    s = find_experiment("locality").setting(tier)
    nets, updates = EACH[tier]
    case = f"locality/cnn {tier}, {'x'.join(map(str, SHAPES[DATA[tier]]))}, filters {s.filters}, batches of {s.batch}"
    about = {"row": "convolution", "case": case, "side": side, "unit": "us per update and seed", "scale": 1e6}
    if side == "two processes":
        cells = [(tier,)] * 4
        against = {"against": "plain loop, all cores", "target": 1.3}
        timed(lambda: list(in_processes(2, cell, cells)), of=4 * nets * updates, **against, **about)
    else:
        torch.set_num_threads(os.cpu_count() or 1)
        timed(lambda: plain(tier, 1, updates), of=updates, **about)
