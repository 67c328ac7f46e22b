"""A replica in a stack learns what the same net learns alone in an ordinary loop with torch.optim."""

import pytest
import torch
from torch import nn

from hw1.streams import stream
from hw1.training import (
    BatchedStack,
    FunctionalStack,
    Recipe,
    SequentialStack,
    cross_entropy,
    l1,
    orders,
    squared,
    stack,
    train,
)

SEEDS = (3, 4, 5)
LOSS = {"squared": squared, "l1": l1, "cross_entropy": cross_entropy}
RECIPES = {
    "sgd": {"optimizer": "sgd", "lr": 0.1},
    "momentum": {"optimizer": "sgd", "lr": 0.02, "momentum": 0.9, "weight_decay": 0.01},
    "adam": {"optimizer": "adam", "lr": 0.01},
    "adam, decay, step": {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.1, "schedule": "step"},
    "adamw, cosine": {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.1, "schedule": "cosine"},
    "minibatch": {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "batch": 7},
    "minibatch, adam, cosine": {"optimizer": "adam", "lr": 0.01, "batch": 5, "schedule": "cosine"},
}
# Largest difference of a weight (they are of size 1). The sums are taken in another order, so single precision drifts
# apart with the updates: measured at most 1.2e-7 after 10 and 5.3e-7 after 100 updates; in double precision 1.3e-15.
TOLERANCE = {(torch.float32, 10): 2e-6, (torch.float32, 100): 2e-5, (torch.float64, 100): 1e-12}


def order_streams(seeds):
    return [stream("training tests", seed, "order") for seed in seeds]


KINDS = {"dense": BatchedStack, "conv": BatchedStack, "other conv": SequentialStack, "residual": FunctionalStack}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize(("dtype", "updates"), TOLERANCE, ids=lambda value: str(value).removeprefix("torch."))
def test_a_replica_learns_what_it_learns_alone(kind, recipe, dtype, updates, tools):
    loss = "cross_entropy" if recipe.get("batch") == 5 else "squared"
    recipe = Recipe(**recipe, updates=updates)
    x, y = tools.data(loss, dtype)
    together = stack(tools.nets(kind, SEEDS, dtype))
    assert type(together) is KINDS[kind]
    feed = orders(order_streams(SEEDS), len(x), recipe.batch) if recipe.batch else None
    record = {"loss": lambda stack: LOSS[loss](stack.forward(x), y)}
    trained = train(together, x, y, recipe, loss=loss, orders=feed, record=record, at=range(updates + 1))
    for k, (net, rng) in enumerate(zip(tools.nets(kind, SEEDS, dtype), order_streams(SEEDS), strict=True)):
        alone = tools.train_alone(net, x, y, recipe, loss, rng)
        tolerance = {"rtol": 0, "atol": TOLERANCE[dtype, updates]}
        torch.testing.assert_close(together.weights()[k], tools.flat(net), **tolerance)
        torch.testing.assert_close(trained.curves["loss"][k].tolist(), alone, **tolerance)
        assert alone[-1] < alone[0]
    assert not trained.diverged.any()


def test_the_absolute_loss_trains_as_in_plain_torch(tools):
    recipe = Recipe(optimizer="sgd", lr=0.05, updates=20)
    x, y = tools.data("l1", torch.float64)
    together = stack(tools.nets("dense", SEEDS, torch.float64))
    train(together, x, y, recipe, loss="l1")
    for k, net in enumerate(tools.nets("dense", SEEDS, torch.float64)):
        tools.train_alone(net, x, y, recipe, "l1")
        torch.testing.assert_close(together.weights()[k], tools.flat(net), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: nn.Sequential(
            nn.Flatten(), nn.Linear(2, 5, bias=False), nn.LeakyReLU(), nn.Identity(), nn.Linear(5, 3)
        ),
        lambda: nn.Sequential(nn.Linear(2, 3)),
    ],
    ids=["no bias", "one layer"],
)
def test_both_kinds_of_stack_agree(layers, tools):
    """In double precision to 1e-12, after 50 updates."""
    x, y = tools.data("squared", torch.float64)
    recipe = Recipe(optimizer="adam", lr=0.01, updates=50)
    stacks = [kind(tools.nets(layers, SEEDS, torch.float64)) for kind in (BatchedStack, FunctionalStack)]
    assert isinstance(stack(tools.nets(layers, SEEDS)), BatchedStack)
    for each in stacks:
        train(each, x, y, recipe, loss="squared")
    torch.testing.assert_close(stacks[0].weights(), stacks[1].weights(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["dense", "residual"])
@pytest.mark.parametrize("batch", [None, 7])
def test_replicas_with_data_of_their_own_train_on_these(kind, batch, tools):
    x, y = tools.data("squared", torch.float64)
    factors = torch.tensor([1.0, 0.5, -1.0], dtype=torch.float64)[:, None, None]
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=20, batch=batch)
    together = stack(tools.nets(kind, SEEDS, torch.float64))
    feed = orders(order_streams(SEEDS), len(x), batch) if batch else None
    train(together, x * factors, y * factors.flip(0), recipe, loss="squared", orders=feed, per_replica=True)
    for k, (net, rng) in enumerate(zip(tools.nets(kind, SEEDS, torch.float64), order_streams(SEEDS), strict=True)):
        tools.train_alone(net, x * factors[k], y * factors[2 - k], recipe, "squared", rng)
        torch.testing.assert_close(together.weights()[k], tools.flat(net), rtol=0, atol=1e-12)


def test_labels_of_their_own_with_shared_inputs(tools):
    """As when a share of the labels is corrupted per seed; as many replicas as examples, where shapes could deceive."""
    x, labels = tools.data("cross_entropy", torch.float64, n=3)
    own = torch.stack([labels, labels.flip(0), torch.zeros(3, dtype=torch.int64)])
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=20, batch=2)
    together = stack(tools.nets("dense", SEEDS, torch.float64))
    train(together, x, own, recipe, loss="cross_entropy", orders=orders(order_streams(SEEDS), 3, 2))
    for k, (net, rng) in enumerate(zip(tools.nets("dense", SEEDS, torch.float64), order_streams(SEEDS), strict=True)):
        tools.train_alone(net, x, own[k], recipe, "cross_entropy", rng)
        torch.testing.assert_close(together.weights()[k], tools.flat(net), rtol=0, atol=1e-12)
