"""Replicas do not know of each other, and training does not know of the world."""

import numpy as np
import pytest
import torch
from torch import nn

from hw1.streams import stream
from hw1.training import Recipe, orders, squared, stack, train

SEEDS = (0, 1, 2, 3, 4)


def trained_weights(tools, nets, seeds, optimizer="adam", batch=None):
    x, y = tools.data("squared", next(nets[0].parameters()).dtype)
    recipe = Recipe(optimizer=optimizer, lr=0.01, updates=30, batch=batch)
    feed = orders([stream("training tests", s, "order") for s in seeds], len(x), batch) if batch else None
    together = stack(nets)
    result = train(
        together,
        x,
        y,
        recipe,
        loss="squared",
        orders=feed,
        at=(0, 10, 30),
        record={"loss": lambda stack: squared(stack.forward(x), y)},
    )
    return together.weights(), result


@pytest.mark.parametrize("kind", ["dense", "residual", "conv"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("batch", [None, 6])
def test_permuting_the_seeds_permutes_the_results(kind, optimizer, batch, tools):
    """To 1e-12 in double precision; not bit for bit, as vectorised loops round their last elements differently."""
    order = [3, 0, 4, 2, 1]
    one, _ = trained_weights(tools, tools.nets(kind, SEEDS, torch.float64), SEEDS, optimizer, batch)
    other, _ = trained_weights(tools, tools.nets(kind, order, torch.float64), order, optimizer, batch)
    torch.testing.assert_close(one[order], other, rtol=0, atol=1e-12)
    assert not torch.isclose(one, other, atol=1e-3).all(1)[[0, 1, 2, 4]].any()


@pytest.mark.parametrize("kind", ["dense", "residual", "conv"])
@pytest.mark.parametrize("fill", [float("nan"), float("inf"), 1e30, 0.0], ids=["nan", "inf", "huge", "dead"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_lost_replica_leaves_its_neighbours_alone(kind, fill, optimizer, tools):
    """Bit for bit, in weights and curves; the lost one is marked, and its curve holds +inf and no NaN."""
    healthy, expected = trained_weights(tools, tools.nets(kind, SEEDS), SEEDS, optimizer)
    nets = tools.nets(kind, SEEDS)
    with torch.no_grad():
        for parameter in nets[2].parameters():
            parameter.fill_(fill)
    weights, result = trained_weights(tools, nets, SEEDS, optimizer)
    others = [0, 1, 3, 4]
    assert torch.equal(weights[others], healthy[others])
    assert np.array_equal(result.curves["loss"][others], expected.curves["loss"][others])
    assert result.diverged.tolist() == [False, False, fill != 0, False, False]
    assert not np.isnan(result.curves["loss"]).any()
    assert np.isposinf(result.curves["loss"][2]).all() == (fill != 0)


def test_a_replica_that_runs_away_is_marked(tools):
    """A learning rate that fits linear nets is too large for the one with weights ten times as large."""
    nets = tools.nets(lambda: nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 3)), SEEDS)
    with torch.no_grad():
        for parameter in nets[1].parameters():
            parameter.mul_(10)
    x, y = tools.data("squared")
    together = stack(nets)
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=60)
    result = train(
        together, x, y, recipe, loss="squared", at=(0, 60), record={"loss": lambda s: squared(s.forward(x), y)}
    )
    assert result.diverged.tolist() == [False, True, False, False, False]
    assert np.isfinite(result.curves["loss"][:, 0]).all()
    assert np.isinf(result.curves["loss"][:, 1]).tolist() == result.diverged.tolist()


@pytest.mark.parametrize("kind", ["dense", "residual", "conv"])
def test_no_global_generator_is_used(kind, tools):
    with tools.global_generators_untouched():
        trained_weights(tools, tools.nets(kind, SEEDS), SEEDS, batch=6)


def test_the_nets_that_went_in_are_not_changed(tools):
    nets = tools.nets("dense", SEEDS)
    before = [tools.flat(net) for net in nets]
    trained_weights(tools, nets, SEEDS)
    assert all(torch.equal(tools.flat(net), b) for net, b in zip(nets, before, strict=True))
