"""Nets of one's own, twelve at a time: a small ResNet and a small Transformer against twelve plain loops.

`one by one` and `together` are the two ways of `hw1.training.ways`, whichever would be chosen; `stack` is what is.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import torch
from torch import nn

from hw1.nets.dense import initialised
from hw1.nets.residual import residual_convolutional, residual_dense
from hw1.running.memory import kept
from hw1.running.pinned import pinned
from hw1.training import FunctionalStack, Recipe, SequentialStack, orders, stack, train

SEEDS, EXAMPLES, BATCH, UPDATES, LR = 12, 400, 50, 5, 1e-3


class Transformer(nn.Module):
    """Two layers of width 32 with four heads, on sequences of 16 x 8."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(8, 32), nn.Linear(32, 10)
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=dropout, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.encoder(self.first(x.view(-1, 16, 8))).mean(1)
        return self.last(hidden)


def transformers(dropout: float):
    torch.manual_seed(0)
    return [Transformer(dropout) for _ in range(SEEDS)]


def residuals():
    return initialised(lambda: residual_convolutional((8, 16), 1, inputs=(1, 16, 8), outputs=10), rngs())


def dense_residuals():
    return initialised(lambda: residual_dense(32, 3, inputs=128, outputs=10, norm="batch"), rngs())


CASES = {
    "ResNet with BatchNorm, 8 and 16 channels, 16 x 8": residuals,
    "Transformer of width 32, dropout 0": lambda: transformers(0.0),
    "Transformer of width 32, dropout 0.1": lambda: transformers(0.1),
    "dense residual net with BatchNorm, 3 blocks of 32": dense_residuals,
}
KINDS = {"stack": stack, "together": FunctionalStack, "one by one": SequentialStack}


def rngs():
    return [np.random.default_rng(seed) for seed in range(SEEDS)]


@lru_cache
def data():
    rng = np.random.default_rng(99)
    x = rng.standard_normal((SEEDS, EXAMPLES, 128), dtype=np.float32)
    return torch.from_numpy(x), torch.from_numpy(rng.integers(0, 10, (SEEDS, EXAMPLES)))


@lru_cache
def made(case: str, kind: str):
    return KINDS[kind](CASES[case](), masks=rngs())


def side_by_side(case: str, kind: str) -> None:
    feed = orders(rngs(), EXAMPLES, BATCH)
    recipe = Recipe(optimizer="adam", lr=LR, updates=UPDATES, batch=BATCH)
    with kept(), pinned():
        train(made(case, kind), *data(), recipe, loss="cross_entropy", orders=feed, per_replica=True)


def plain(case: str) -> None:
    with kept():
        for net, x, y, rng in zip(CASES[case](), *data(), rngs(), strict=True):
            optimizer = torch.optim.Adam(net.parameters(), lr=LR, fused=True)
            for _ in range(UPDATES):
                rows = torch.from_numpy(rng.permutation(EXAMPLES)[:BATCH])
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
                optimizer.step()


@pytest.mark.parametrize("side", ["plain loop", *KINDS])
@pytest.mark.parametrize("case", CASES)
def test_modules(timed, case, side):
    about = {"row": "modules", "case": case, "side": side, "unit": "us per update and seed", "scale": 1e6}
    if side == "plain loop":
        timed(lambda: plain(case), of=SEEDS * UPDATES, rounds=7, **about)
    else:
        against = {"against": "plain loop", "target": 1.0}
        timed(lambda: side_by_side(case, side), of=SEEDS * UPDATES, rounds=7, **against, **about)
