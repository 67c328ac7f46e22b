"""Trainings in phases, against a loop in plain torch that goes through the phases of each net by itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from hw1.data import problem
from hw1.nets.dense import classifiers
from hw1.nets.parts import frozen_below_the_last, shrunk_and_perturbed, with_new_last_layers
from hw1.streams import stream
from hw1.training import Phase, Recipe, classify, in_phases

SEEDS = (3, 4)


def draw(seed, *purpose):
    return stream("phases", 1, seed, *purpose)


DATA = problem("digits", train=20, test=15, rngs=[draw(seed, "data") for seed in SEEDS])
OTHER = replace(DATA, x_train=DATA.x_train[:, ::-1].copy() * 2)
FIRST = Recipe(optimizer="adam", lr=0.01, updates=5, batch=8)
SECOND = Recipe(optimizer="sgd", lr=0.1, updates=6, batch=6, momentum=0.9, schedule="cosine")


def nets(purpose="init"):
    return classifiers(DATA, (5,), [draw(seed, purpose) for seed in SEEDS])


def run(*phases, **options):
    return in_phases(nets(), phases, seeds=SEEDS, draw=draw, device="cpu", **options)


def alone(net, data, k, recipe, purpose, loss=F.cross_entropy):
    """One net's phase in plain torch; gives its test losses before each update and after the last."""
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[recipe.optimizer]
    momentum = {"momentum": recipe.momentum} if recipe.optimizer == "sgd" else {}
    optimizer = kind([p for p in net.parameters() if p.requires_grad], lr=recipe.lr, **momentum)
    x, y, x_test, y_test = (
        torch.from_numpy(getattr(data, name)[k]) for name in ("x_train", "y_train", "x_test", "y_test")
    )
    rng, waiting, losses = draw(SEEDS[k], *purpose), [], []
    for update in range(recipe.updates):
        losses.append(F.cross_entropy(net(x_test), y_test).item())
        for group in optimizer.param_groups:
            group["lr"] = recipe.lr_at(update)
        if len(waiting) < recipe.batch:
            waiting = rng.permutation(len(x)).tolist()
        now, waiting = waiting[: recipe.batch], waiting[recipe.batch :]
        optimizer.zero_grad()
        loss(net(x[now]), y[now]).backward()
        optimizer.step()
    return [*losses, F.cross_entropy(net(x_test), y_test).item()]


def flat(net):
    return torch.cat([parameter.detach().reshape(-1) for parameter in net.parameters()])


# Single precision, in another order of sums: 2.4e-7 at most was measured over these 11 updates.
CLOSE = {"rtol": 1e-5, "atol": 2e-6}
STARTS = {
    "as they are": lambda found: found,
    "new last layers": lambda found: with_new_last_layers(found, [draw(seed, "head") for seed in SEEDS]),
    "frozen below": frozen_below_the_last,
    "shrunk and perturbed": lambda found: shrunk_and_perturbed(found, nets("noise"), shrink=0.3, perturb=0.5),
}


def by_hand(name, net, k):
    """What a start makes of one net, in place."""
    with torch.no_grad():
        if name == "new last layers":
            rng = draw(SEEDS[k], "head")
            for parameter in (net[-1].weight, net[-1].bias):  # torch's default start, U(-1, 1) / sqrt(inputs)
                parameter.copy_(torch.from_numpy(rng.uniform(-1, 1, parameter.shape) / 5**0.5))
        elif name == "shrunk and perturbed":
            for own, other in zip(net.parameters(), nets("noise")[k].parameters(), strict=True):
                own.copy_(0.3 * own + 0.5 * other)
    net[0].requires_grad_(name != "frozen below")


@pytest.mark.parametrize("name", STARTS)
def test_every_net_goes_through_the_phases_as_in_plain_torch(name):
    at = range(6), range(7)
    found = run(Phase(DATA, FIRST, at=at[0]), Phase(OTHER, SECOND, at=at[1], start=STARTS[name]))
    assert found.whole.steps.tolist() == list(range(12))
    for k, net in enumerate(nets()):
        before = alone(net, DATA, k, FIRST, ("order",))
        torch.testing.assert_close(flat(found.parts[0].stack.unstack(k)), flat(net), **CLOSE)
        by_hand(name, net, k)
        after = alone(net, OTHER, k, SECOND, ("order", 1))
        torch.testing.assert_close(flat(found.parts[1].stack.unstack(k)), flat(net), **CLOSE)
        np.testing.assert_allclose(found.whole.curves["test_loss"][k], [*before, *after[1:]], rtol=1e-5)


def test_a_loss_and_labels_of_its_own_belong_to_one_phase():
    shown = (DATA.y_train + 1) % 10
    phases = (
        Phase(DATA, FIRST, options={"shown": shown}),
        Phase(DATA, SECOND, options={"loss": lambda outputs, y: outputs.square().flatten(1).mean(1)}),
    )
    found = run(*phases)
    for k, net in enumerate(nets()):
        alone(net, replace(DATA, y_train=shown), k, FIRST, ("order",))
        alone(net, DATA, k, SECOND, ("order", 1), loss=lambda outputs, y: outputs.square().mean())
        torch.testing.assert_close(flat(found.parts[1].stack.unstack(k)), flat(net), **CLOSE)


def test_one_phase_is_a_training():
    one = run(Phase(DATA, FIRST, at=(0, 3, 5))).whole
    plain = classify(nets(), DATA, FIRST, seeds=SEEDS, draw=draw, device="cpu", at=(0, 3, 5))
    np.testing.assert_array_equal(one.steps, plain.steps)
    for name, curve in plain.curves.items():
        np.testing.assert_array_equal(one.curves[name], curve)
    assert torch.equal(one.stack.weights(), plain.stack.weights())


def test_the_whole_has_the_curves_that_all_phases_have_and_a_border_once():
    phases = (
        Phase(DATA, FIRST, at=(0, 5), options={"also": {"shifted": DATA.y_train}}),
        Phase(OTHER, SECOND, at=(0, 6)),
    )
    found = run(*phases)
    assert list(found.whole.curves) == ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
    assert found.whole.steps.tolist() == [0, 5, 11]
    assert found.whole.curves["train_loss"][0, 1] == found.parts[0].curves["train_loss"][0, -1]
    assert found.whole.stack is found.parts[1].stack


def test_a_net_that_diverged_in_the_first_phase_has_diverged():
    wild = replace(FIRST, optimizer="sgd", lr=1e30)
    assert run(Phase(DATA, wild), Phase(DATA, FIRST)).whole.diverged.all()
    assert not run(Phase(DATA, FIRST), Phase(DATA, FIRST)).whole.diverged.any()


def test_running_statistics_go_on_with_the_weights():
    two = [nn.Sequential(*net[:1], nn.BatchNorm1d(5), *net[1:]) for net in nets()]
    phases = Phase(DATA, FIRST), Phase(DATA, SECOND)
    found = in_phases(two, phases, seeds=SEEDS, draw=draw, device="cpu")
    first, second = (part.stack.state["1.num_batches_tracked"] for part in found.parts)
    assert (first.tolist(), second.tolist()) == ([5, 5], [11, 11])


def test_phases_that_cannot_be_joined_are_refused():
    with pytest.raises(ValueError, match="without phases"):
        run()
    with pytest.raises(ValueError, match="Phase 0 ends after 5 updates and is last measured after 3"):
        run(Phase(DATA, FIRST, at=(0, 3)), Phase(DATA, SECOND))
