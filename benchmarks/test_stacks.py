"""How many replicas to train side by side: time of 50 updates per replica, against a plain loop over the replicas.

Full batches of 128 points, Adam. `extra_info` gives microseconds per update and replica. The stack widths in the
settings of the experiments are taken from here: the narrow nets gain up to 24, the wide one is fastest at 8 (its
activations then still fit into the cache).
"""

import pytest
import torch
from torch import nn

from hw1.data import TARGETS, grid
from hw1.nets import dense, initialise
from hw1.streams import stream
from hw1.training import Recipe, stack, train

NETS = {"1-14x3-1": (14, 14, 14), "1-157-1": (157,)}
UPDATES = 50
X = grid(128)
Y = TARGETS["sin 5 pi x"](X)

each_net = pytest.mark.parametrize("widths", NETS.values(), ids=NETS)


def nets(widths, replicas):
    made = [dense(widths, inputs=1, outputs=1, activation="tanh") for _ in range(replicas)]
    for k, net in enumerate(made):
        initialise(net, stream("benchmark", 0, k, "init"))
    return made


def timed(benchmark, replicas, function):
    result = benchmark.pedantic(function, rounds=7, iterations=1, warmup_rounds=1)
    benchmark.extra_info["us_per_update_and_replica"] = round(benchmark.stats["median"] / UPDATES / replicas * 1e6)
    return result


@each_net
@pytest.mark.parametrize("replicas", [1, 2, 4, 8, 12, 24])
def test_stack(benchmark, widths, replicas):
    benchmark.group = str(widths)
    together = stack(nets(widths, replicas))
    recipe = Recipe(optimizer="adam", lr=1e-3, updates=UPDATES)
    timed(benchmark, replicas, lambda: train(together, X, Y, recipe, loss="squared"))


@each_net
def test_plain_loop(benchmark, widths):
    """One net after the other, as a notebook would: the peer."""
    benchmark.group = str(widths)
    x, y = (torch.as_tensor(values, dtype=torch.float32) for values in (X, Y))

    def loop():
        for net in nets(widths, 4):
            optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
            for _ in range(UPDATES):
                optimizer.zero_grad()
                nn.functional.mse_loss(net(x), y).backward()
                optimizer.step()

    timed(benchmark, 4, loop)
