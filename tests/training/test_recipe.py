"""Recipes: what they refuse, and their learning rates against torch's schedulers."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from hw1.nets.dense import dense, initialised
from hw1.replaced import Replacements, replacing
from hw1.streams import stream
from hw1.training import Recipe, stack, train


@pytest.mark.parametrize("updates", [1, 2, 7, 40])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "step"])
def test_learning_rates_are_those_of_torchs_schedulers(schedule, updates):
    """To 1e-9 of the start: torch computes the cosine by recursion."""
    recipe = Recipe(optimizer="sgd", lr=0.3, updates=updates, schedule=schedule)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs = {
        "constant": lambda: lr_scheduler.ConstantLR(optimizer, factor=1),
        "cosine": lambda: lr_scheduler.CosineAnnealingLR(optimizer, T_max=updates),
        "step": lambda: lr_scheduler.LambdaLR(
            optimizer, lambda t: 0.1 ** sum(t >= share * updates for share in (0.5, 0.75))
        ),
    }[schedule]()
    for update in range(updates):
        assert recipe.lr_at(update) == pytest.approx(theirs.get_last_lr()[0], abs=3e-10)
        optimizer.step()
        theirs.step()


def test_the_cosine_starts_at_lr_and_ends_near_0():
    recipe = Recipe(optimizer="sgd", lr=0.3, updates=1000, schedule="cosine")
    assert recipe.lr_at(0) == 0.3
    assert recipe.lr_at(500) == pytest.approx(0.15)
    assert 0 < recipe.lr_at(999) < 1e-6


def test_what_is_built_takes_nesterovs_step():
    """Oracle: torch's own update, whose second step differs from the heavy ball's."""
    ours, theirs = torch.ones(1, 2), torch.ones(1, 2, requires_grad=True)
    step = Recipe(optimizer="sgd", lr=0.1, momentum=0.9, nesterov=True, updates=2).build(ours)
    optimizer = torch.optim.SGD([theirs], lr=0.1, momentum=0.9, nesterov=True)
    for gradient in (torch.ones(1, 2), torch.full((1, 2), 2.0)):
        step(gradient, 0.1)
        theirs.grad = gradient
        optimizer.step()
    torch.testing.assert_close(ours, theirs.detach())


def test_the_triangle_is_numpys_interpolation_between_the_published_corners():
    recipe = Recipe(optimizer="sgd", lr=0.5, updates=1430, schedule="triangle")
    expected = 0.5 * np.interp(np.arange(1430), [0, 0.23 * 1430, 1430], [0.2, 1, 0.07])
    np.testing.assert_allclose([recipe.lr_at(t) for t in range(1430)], expected, rtol=1e-12)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_warm_up_rises_linearly_to_the_schedule(schedule):
    """Oracle: torch's LinearLR, times the schedule without warm-up."""
    recipe = Recipe(optimizer="sgd", lr=0.3, updates=20, schedule=schedule, warmup=5)
    plain = Recipe(optimizer="sgd", lr=0.3, updates=20, schedule=schedule)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = lr_scheduler.LinearLR(optimizer, start_factor=1 / 5, total_iters=4)
    for update in range(20):
        assert recipe.lr_at(update) == pytest.approx(plain.lr_at(update) * theirs.get_last_lr()[0], rel=1e-9)
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize("own", [False, True])
def test_each_replicas_gradient_is_clipped_at_its_own_norm(own):
    """Oracle: a plain loop with torch's own clipping, for each net; some of the gradients are longer."""
    nets = initialised(lambda: dense((4,), inputs=1, outputs=1), [stream("clip", 1, seed) for seed in range(3)])
    x, clip = torch.linspace(-1, 1, 16)[:, None], 0.3
    recipe = Recipe(optimizer="sgd", lr=0.5, updates=5, clip=clip)
    with replacing(Replacements(optimizer=torch.optim.SGD) if own else None, "arm"):
        together = stack(nets)
        train(together, x, x.sin(), recipe, loss="squared")
    longer = []
    for k, net in enumerate(nets):
        optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
        for _ in range(5):
            optimizer.zero_grad()
            (net(x) - x.sin()).square().mean().backward()
            longer.append(torch.nn.utils.clip_grad_norm_(net.parameters(), clip).item() > clip)
            optimizer.step()
        torch.testing.assert_close(together.unstack(k)(x), net(x), rtol=1e-5, atol=1e-6)
    assert 0 < sum(longer) < len(longer)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "lion"}, "optimizer='lion' is unknown. Use one of sgd, adam, adamw"),
        ({"schedule": "linear"}, "schedule='linear' is unknown. Use one of constant, cosine, step, triangle"),
        ({"lr": 0.0}, "lr=0.0 cannot train anything. Use a positive number"),
        ({"lr": float("nan")}, "lr=nan"),
        ({"updates": 0}, "updates=0 cannot train anything. Use at least 1"),
        ({"batch": 0}, "batch=0 .*None for full batches"),
        ({"momentum": 1.0}, "momentum=1.0 .*below 1"),
        ({"weight_decay": -0.1}, "weight_decay=-0.1"),
        ({"warmup": 11}, "warmup=11 .*0 to all updates"),
        ({"warmup": -1}, "warmup=-1"),
        ({"clip": 0.0}, "clip=0.0 .*a positive number, or None"),
        ({"nesterov": True}, "nesterov=True needs momentum above 0"),
        ({"optimizer": "adam", "momentum": 0.9}, "optimizer='adam' would ignore momentum=0.9"),
    ],
    ids=str,
)
def test_values_that_cannot_train_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**{"optimizer": "sgd", "lr": 0.1, "updates": 10} | change)
