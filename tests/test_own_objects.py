"""Nets and optimizers of a user's that would train otherwise than by themselves: seen in the trial, in one line."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import prune
from torch.utils.checkpoint import checkpoint

from hw1.judging.brought import replacements_of
from hw1.judging.trial import Trial
from hw1.registry import find_experiment
from hw1.training import Recipe, cross_entropy, stack, train
from hw1.training.own import PerReplica

SEEDS = (0, 1)


def trial(name, *, net=None, optimizer=None, arms=None):
    """What is said of what was brought to an experiment."""
    experiment = find_experiment(name)
    setting = experiment.setting("fast")
    given = dict.fromkeys(arms, net) if arms else net
    own = replacements_of(given, None, optimizer, None, None)
    return Trial(experiment=experiment, registered=setting, setting=setting, own=own, seeds=[0]).run()


class Checkpointed(nn.Module):
    """Activations that the backward pass computes anew."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first, self.last = nn.Sequential(nn.Linear(inputs, 8), nn.Tanh()), nn.Linear(8, outputs)

    def forward(self, x):
        return self.last(checkpoint(self.first, x, use_reentrant=False))


class Clamped(nn.Module):
    """Overwrites its weights in each pass."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first, self.last = nn.Linear(inputs, 8), nn.Linear(8, outputs)

    def forward(self, x):
        self.first.weight.data = self.first.weight.data.clamp(-0.01, 0.01)
        return self.last(self.first(x).tanh())


def dense(inputs, outputs, *, last=nn.Tanh):
    return nn.Sequential(nn.Linear(inputs, 8), last(), nn.Linear(8, outputs))


def hooked(inputs, outputs):
    net = dense(inputs, outputs)
    net[0].weight.register_hook(lambda gradient: 0.5 * gradient)
    return net


def hooked_in_a_module(inputs, outputs):
    net = dense(inputs, outputs)
    net[1].register_full_backward_hook(lambda module, inward, outward: (2 * inward[0],))
    return net


@pytest.mark.parametrize("net", [Checkpointed, Clamped, hooked, hooked_in_a_module])
def test_a_net_whose_gradients_are_others_by_itself_is_refused(net):
    with pytest.raises(ValueError, match=r"the gradient of \S+ is another than backward\(\) gives\. Hooks"):
        trial("memorisation", net=net)


def normalised(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, outputs))


def convolutional(inputs, outputs):
    side = int(inputs**0.5)
    front = nn.Unflatten(1, (1, side, side)), nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()
    return nn.Sequential(*front, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * (side // 2) ** 2, outputs))


class Tied(nn.Module):
    """One matrix, there and back."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.matrix, self.last = nn.Linear(inputs, 8), nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.last(self.matrix(x).relu() @ self.matrix.weight)


class Noisy(nn.Module):
    """Draws in each pass."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.last = nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.last(x + 0.1 * torch.randn(x.shape))


@pytest.mark.parametrize("net", [dense, normalised, convolutional, Tied])
def test_sound_nets_pass_without_a_word(net):
    assert trial("memorisation", net=net) == ()


def test_a_net_that_draws_in_each_pass_is_not_compared():
    (said,) = trial("memorisation", net=Noisy)
    assert said.startswith("The nets are trained one replica after the other: its forward pass draws")


class Rebinding(torch.optim.Optimizer):
    """Gradient descent as it is often written: new tensors in the place of the old ones."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.data = p.data - group["lr"] * p.grad


def test_an_optimizer_that_makes_new_tensors_trains_as_one_that_changes_them():
    x, y = torch.randn(3, 12, 4, generator=torch.Generator().manual_seed(0)), torch.arange(12) % 3
    nets = [nn.Linear(4, 3) for _ in range(3)]
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=20)

    def weights(kind=None):
        together = stack([copy.deepcopy(net) for net in nets])
        if kind is None:
            train(together, x, y, recipe, loss="cross_entropy", per_replica=True)
            return together.weights()
        along = PerReplica(together, lambda tensors: kind(tensors, lr=0.1), 0.1)
        for update in range(20):
            _, gradient = together.losses_and_gradient(cross_entropy, x, y, update, per_replica=True)
            along(gradient, 0.1)
        return together.weights()

    torch.testing.assert_close(weights(Rebinding), weights())
    torch.testing.assert_close(weights(torch.optim.SGD), weights())


def some(parameters, lr):
    return torch.optim.SGD([*parameters][:2], lr=lr)


def none(parameters, lr):
    return torch.optim.SGD(parameters, lr=0.0)


@pytest.mark.parametrize(("optimizer", "moved"), [(some, "2 of 4"), (none, "0 of 4")])
def test_weights_that_an_optimizer_leaves_alone_are_told(optimizer, moved):
    said, lost = trial("memorisation", optimizer=optimizer)
    assert lost.startswith("Your optimizer takes the place of sgd with momentum 0.9")
    assert f"your optimizer had moved {moved} tensors of weights: not " in said


def seeded(inputs, outputs):
    torch.manual_seed(3)
    return dense(inputs, outputs)


PRETRAINED = dense(64, 10)


def test_a_net_that_seeds_itself_or_is_copied_is_told_where_seeds_differ_in_their_data():
    for net in (seeded, lambda i, o: copy.deepcopy(PRETRAINED)):
        (said,) = trial("memorisation", net=net)
        assert said.startswith("What makes your net gives the same weights for every seed")


def test_a_net_that_seeds_itself_is_refused_where_seeds_differ_in_nothing_else():
    with pytest.raises(ValueError, match="one training would be counted as many"):
        trial("deep_vs_shallow", net=seeded, arms=["deep"])


def pruned(inputs, outputs):
    net = dense(inputs, outputs)
    prune.l1_unstructured(net[0], "weight", amount=0.5)
    net(torch.zeros(2, inputs))
    return net


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (lambda i, o: dense(i, o).to(torch.bfloat16), r"weights of torch\.bfloat16\. Give it float32 or float64"),
        (pruned, r"The net cannot be copied .* use torch\.nn\.utils\.parametrizations"),
    ],
    ids=["bfloat16", "pruned"],
)
def test_a_net_that_cannot_be_stacked_is_told_before_anything_is_trained(net, message):
    with pytest.raises(ValueError, match=message):
        trial("memorisation", net=net)


def test_a_compiled_net_is_trained_without_the_compiler():
    (said,) = trial("memorisation", net=lambda i, o: torch.compile(dense(i, o)))
    assert said.startswith("torch.compile is left out of your net")
