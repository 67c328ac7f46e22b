"""Optimizer, precision, nets and targets of one's own reach the rooms that experiments call."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import nn

from hw1.data import TARGETS, grid
from hw1.nets.convolutional import Cnn, convolutional
from hw1.nets.dense import dense, initialised
from hw1.nets.dropout import before_dense
from hw1.nets.keyed import draw_keys, lending
from hw1.replaced import Asked, Replacements, active, replacing
from hw1.streams import stream
from hw1.training import Recipe, stack, train

X = grid(16).astype(np.float32)
Y = np.sin(5 * X)


def rngs(count=3):
    return [stream("own", 1, seed, "init") for seed in range(count)]


def trained(own=None, optimizer="adam", weight_decay=0.0, schedule="cosine", count=3):
    """The weights of small nets after 30 updates."""
    recipe = Recipe(optimizer=optimizer, lr=0.01, updates=30, weight_decay=weight_decay, schedule=schedule)
    with replacing(own, "arm"):
        replicas = stack(initialised(lambda: dense((5, 4), inputs=1, outputs=1, activation="tanh"), rngs(count)))
        train(replicas, X, Y, recipe, loss="squared")
    return replicas


@pytest.mark.parametrize(("kind", "name"), [(torch.optim.Adam, "adam"), (torch.optim.SGD, "sgd")])
def test_our_optimizer_as_ones_own_trains_to_the_same_weights(kind, name):
    for decay in (0.0, 0.1):
        own = trained(Replacements(optimizer=kind), name, decay).flat
        torch.testing.assert_close(own, trained(None, name, decay).flat, rtol=1e-5, atol=1e-6)


def test_ones_own_optimizer_sees_one_net_at_a_time_and_its_layers():
    seen = []

    class Signed(torch.optim.Optimizer):
        """Steps by the sign of the gradient, times the largest of each layer: not elementwise."""

        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})
            seen.append([tuple(p.shape) for p in self.param_groups[0]["params"]])

        def step(self):
            for p in self.param_groups[0]["params"]:
                p.data -= self.param_groups[0]["lr"] * p.grad.sign() * p.grad.abs().max()

    together = trained(Replacements(optimizer=Signed)).flat.detach()
    assert seen == [[(5, 1), (5,), (4, 5), (4,), (1, 4), (1,)]] * 3
    alone = trained(Replacements(optimizer=Signed), count=1).flat.detach()
    torch.testing.assert_close(together[:1], alone)


def test_the_schedule_is_a_factor_on_ones_own_learning_rate():
    rates = []

    class Noted(torch.optim.SGD):
        """Plain descent at ten times the rate it is given."""

        def __init__(self, params, lr):
            super().__init__(params, lr=10 * lr)

        def step(self):
            rates.append(self.param_groups[0]["lr"])
            super().step()

    trained(Replacements(optimizer=Noted), count=1)
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=30, schedule="cosine")
    assert rates == pytest.approx([recipe.lr_at(update) for update in range(30)])


def one_cycle(optimizer):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.3, total_steps=31)


def warm_up(optimizer):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: min(1, (update + 1) / 10))


def decayed(optimizer):
    return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)


def scheduled(parameters, lr, schedule):
    """SGD that takes a step of its schedule after each of its own."""
    optimizer = torch.optim.SGD(parameters, lr=lr, momentum=0.9)
    scheduler = schedule(optimizer)
    optimizer.register_step_post_hook(lambda *_: scheduler.step())
    return optimizer


def plainly(schedule):
    """The same training in a plain loop of torch."""
    (net,) = initialised(lambda: dense((5, 4), inputs=1, outputs=1, activation="tanh"), rngs(1))
    optimizer = scheduled(net.parameters(), 0.01, schedule)
    for _ in range(30):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(torch.from_numpy(X)), torch.from_numpy(Y)).backward()
        optimizer.step()
    return torch.cat([p.detach().reshape(-1) for p in net.parameters()])


@pytest.mark.parametrize("ours", ["constant", "cosine"])
@pytest.mark.parametrize("schedule", [one_cycle, warm_up, decayed])
def test_ones_own_schedule_is_kept_and_ours_leaves_it_alone(schedule, ours):
    own = Replacements(optimizer=lambda parameters, lr: scheduled(parameters, lr, schedule))
    torch.testing.assert_close(trained(own, schedule=ours, count=1).flat.detach()[0], plainly(schedule))


def test_a_rate_that_the_optimizer_changes_by_itself_stays_changed():
    rates = []

    class Halving(torch.optim.SGD):
        """Each step leaves half of its rate."""

        def step(self):
            rates.append(self.param_groups[0]["lr"])
            super().step()
            self.param_groups[0]["lr"] /= 2

    trained(Replacements(optimizer=Halving), count=1)
    assert rates == [0.01 / 2**update for update in range(30)]


def test_double_precision_starts_from_the_same_numbers_and_ends_near():
    single, double = trained(), trained(Replacements(precision="float64"))
    assert (single.flat.dtype, double.flat.dtype) == (torch.float32, torch.float64)
    assert double.unstack(0)[0].weight.dtype == torch.float64
    assert not torch.equal(double.flat, double.flat.float().double())
    torch.testing.assert_close(single.flat.double(), double.flat, rtol=1e-3, atol=1e-4)
    with replacing(Replacements(precision="float64"), "arm"):
        start = stack(initialised(lambda: dense((5,), inputs=1, outputs=1), rngs()))
    torch.testing.assert_close(
        start.flat.float(), stack(initialised(lambda: dense((5,), inputs=1, outputs=1), rngs())).flat, rtol=0, atol=0
    )


def make(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 4), nn.LayerNorm(4), nn.PReLU(), nn.Linear(4, outputs))


def test_ones_own_net_is_built_for_the_inputs_and_drawn_from_the_stream_of_each_seed():
    state, small = torch.random.get_rng_state(), Cnn(inputs=(1, 2, 3), outputs=10, filters=(2,))
    with replacing(Replacements(net=make), "arm"):
        for build in (lambda: dense((9,), inputs=6, outputs=10), lambda: convolutional(small)):
            first, again = initialised(build, rngs()), initialised(build, rngs())
            assert first[0](torch.zeros(2, 6)).shape == (2, 10)
            assert all(torch.equal(a[0].weight, b[0].weight) for a, b in zip(first, again, strict=True))
            assert len({net[0].weight.sum().item() for net in first}) == 3
            assert torch.equal(first[0][1].weight, torch.ones(4))
    assert torch.equal(state, torch.random.get_rng_state())


def test_a_net_for_one_arm_leaves_the_others():
    own = Replacements(net={"mine": make})
    for arm, kind in (("mine", nn.LayerNorm), ("ours", nn.ReLU)):
        with replacing(own, arm):
            assert isinstance(dense((4,), inputs=6, outputs=10)[1], kind)


def test_dropout_before_dense_layers_is_that_of_plain_torch_and_keeps_the_weights():
    """Shared layers stay shared, subclasses stay, and evaluation is what it was."""
    shared = nn.Linear(6, 6)
    attention = nn.MultiheadAttention(6, 1)
    net = nn.ModuleDict({"a": nn.Sequential(shared, nn.ReLU(), shared), "b": nn.Linear(6, 2), "c": attention})
    before, x = net["b"].weight, torch.ones(4, 6)
    expected = net["b"](x)
    assert before_dense(net, 0.5) is net
    assert net["a"][0] is net["a"][2]
    assert type(net["c"].out_proj) is type(attention.out_proj) is not type(net["b"])
    assert net["b"].weight is before
    assert torch.equal(net["b"](x), expected)
    key = draw_keys([rngs()[0]])[0]
    with lending([net["b"].left_out], [key]):
        given = net["b"](x)
    with lending([net["b"].left_out], [key]):
        factors = net["b"].left_out(x)
    assert set(factors.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(given, F.linear(factors, before, net["b"].bias))
    assert before_dense(nn.Linear(2, 2), 0.5).left_out.p == 0.5


def test_a_target_stands_for_every_name():
    with replacing(Replacements(target=np.abs), "arm"):
        assert TARGETS["sinc"](np.array([-2.0])) == 2.0
    assert TARGETS["sinc"](np.array([0.0])) == 1.0


def test_asking_ends_before_training_and_says_what_was_asked_for():
    recipe = Recipe(optimizer="sgd", lr=0.1, momentum=0.9, updates=9)
    with replacing(Replacements(), "arm", only_ask=True) as now:
        replicas = stack(initialised(lambda: dense((5, 4), inputs=1, outputs=1), rngs()))
        with pytest.raises(Asked):
            train(replicas, X, TARGETS["sinc"](X), recipe, loss="squared")
    assert now.asked == {
        "net": ["dense 1-5-4-1 relu"],
        "target": ["sinc"],
        "optimizer": ["sgd with momentum 0.9"],
    }
    assert active() is None


def test_a_net_of_other_outputs_is_refused_in_words_when_it_is_asked_for():
    with (
        replacing(Replacements(net=lambda inputs, outputs: nn.Linear(inputs, 3)), "arm", only_ask=True),
        pytest.raises(ValueError, match=r"gives \(2, 3\) for two rows of 6 numbers, and \(2, 10\) are needed"),
    ):
        dense((5,), inputs=6, outputs=10)
