"""Dropout: on in an update, off in everything else, and the same numbers in any company."""

import numpy as np
import pytest
import torch
from torch import nn

from hw1.nets.dense import blank, initialise
from hw1.nets.dropout import kept
from hw1.nets.keyed import draw_keys, keys_at
from hw1.streams import stream
from hw1.training import (
    BatchedStack,
    Dropout,
    FunctionalStack,
    Recipe,
    SequentialStack,
    outputs_of,
    squared,
    stack,
    train,
)

SEEDS = (0, 1, 2, 3)


def nets(seeds, dtype=torch.float32):
    made = []
    for seed in seeds:
        net = blank(
            lambda: nn.Sequential(
                nn.Linear(2, 4), nn.Tanh(), Dropout(0.5), nn.Linear(4, 4), Dropout(0.5), nn.Linear(4, 3)
            )
        )
        initialise(net.to(dtype), stream("dropout tests", seed, "init"))
        made.append(net)
    return made


def masks(seeds):
    return [stream("dropout tests", seed, "dropout") for seed in seeds]


def conv_nets(seeds, dtype=torch.float32, padding=0):
    made = []
    for seed in seeds:
        front = nn.Unflatten(1, (1, 1, 2)), nn.Conv2d(1, 4, (1, 2), padding=padding, device="meta"), nn.Flatten()
        net = blank(lambda front=front: nn.Sequential(*front, Dropout(0.5), nn.Linear(4, 3)))
        initialise(net.to(dtype), stream("dropout tests", seed, "init"))
        made.append(net)
    return made


def conv_nets_in_torchs_own_way(seeds, dtype=torch.float32):
    return conv_nets(seeds, dtype, padding="valid")


def normalised_nets(seeds, dtype=torch.float32):
    made = []
    for seed in seeds:
        net = blank(lambda: nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), Dropout(0.5), nn.Linear(4, 3)))
        initialise(net.to(dtype), stream("dropout tests", seed, "init"))
        made.append(net)
    return made


MAKERS = {
    nets: BatchedStack,
    conv_nets: BatchedStack,
    conv_nets_in_torchs_own_way: SequentialStack,
    normalised_nets: FunctionalStack,
}
KINDS = pytest.mark.parametrize(("make", "kind"), MAKERS.items(), ids=lambda value: value.__name__)


def test_the_share_that_stays_is_what_was_asked_for():
    """A million numbers: 4.5 binomial deviations are 0.0023."""
    key = draw_keys(masks([7]))[0]
    for p in (0.0, 0.1, 0.5, 0.9):
        assert abs(kept(key, (1000, 1000), p).double().mean().item() - (1 - p)) < 0.0023


def test_masks_of_other_replicas_layers_updates_and_places_are_independent():
    """Pairs of masks of 40,000 agree as often as coins do: 4.5 deviations are 0.011; so do neighbours in one mask."""
    keys = draw_keys(masks([0, 1]))
    drawn = [keys_at(keys[k], update, layer) for k in (0, 1) for update in (0, 1, 2) for layer in (0, 1)]
    some = [kept(key, (40_000,), 0.5) for key in drawn]
    for i, a in enumerate(some):
        for b in some[:i]:
            assert abs((a == b).double().mean().item() - 0.5) < 0.011
        for shift in (1, 2, 64, 4096):
            assert abs((a[shift:] == a[:-shift]).double().mean().item() - 0.5) < 0.012


def test_the_hash_is_the_published_one():
    """Oracle: lowbias32 in numpy's wrapping 32-bit words."""

    def mixed(x):
        x = x.astype(np.uint32)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x7FEB352D)
        x ^= x >> np.uint32(15)
        x *= np.uint32(0x846CA68B)
        return x ^ (x >> np.uint32(16))

    key = np.array([123456789, 4294967295], dtype=np.uint32)
    words = mixed(mixed(np.arange(1000, dtype=np.uint32) ^ key[0]) + key[1])
    expected = words.astype(np.int64) >= round(0.3 * 2**32)
    assert np.array_equal(kept(torch.tensor(key.astype(np.int64)), (1000,), 0.3).numpy(), expected)


@KINDS
def test_an_evaluation_is_without_dropout(make, kind):
    """The test that fails when dropout is left on: outputs are those of the same weights without the layers."""
    together, x = stack(make(SEEDS), masks=masks(SEEDS)), torch.randn(5, 2)
    assert isinstance(together, kind)
    bare = [nn.Sequential(*(layer for layer in net if not isinstance(layer, Dropout))) for net in make(SEEDS)]
    expected = torch.stack([net(x) for net in bare])
    torch.testing.assert_close(together.forward(x), expected)
    together.forward(x, update=3)
    torch.testing.assert_close(together.forward(x), expected)
    own = x.expand(len(SEEDS), -1, -1)
    torch.testing.assert_close(outputs_of(together, own, at_once=2), expected)
    torch.testing.assert_close(together.unstack(1).train()(x), expected[1])


@KINDS
def test_records_of_a_training_are_evaluations(make, kind):
    x, y = torch.randn(6, 2), torch.randn(6, 3)
    together = stack(make(SEEDS), masks=masks(SEEDS))
    seen = []

    def measured(stack):
        seen.append(stack.weights())
        return squared(stack.forward(x), y)

    recipe = Recipe(optimizer="sgd", lr=0.1, updates=3)
    curve = train(together, x, y, recipe, loss="squared", record={"loss": measured}, at=(0, 1, 3)).curves["loss"]
    for i, weights in enumerate(seen):
        together.load(weights)
        for k in range(len(SEEDS)):
            bare = nn.Sequential(*(layer for layer in together.unstack(k) if not isinstance(layer, Dropout)))
            assert curve[k, i] == pytest.approx((bare(x) - y).square().mean().item(), rel=1e-6)


@KINDS
def test_an_update_draws_masks_of_its_own_and_the_same_again(make, kind):
    together, x = stack(make(SEEDS), masks=masks(SEEDS)), torch.randn(50, 2)
    first, again, second = (together.forward(x, update=update) for update in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.allclose(first, second)
    assert not torch.allclose(first, together.forward(x))


@KINDS
def test_the_company_does_not_change_a_replica(make, kind):
    """To 1e-12 in double precision after 20 updates, in another order and alone."""
    x, y = torch.randn(6, 2, dtype=torch.float64), torch.randn(6, 3, dtype=torch.float64)

    def weights(seeds):
        together = stack(make(seeds, dtype=torch.float64), masks=masks(seeds))
        train(together, x, y, Recipe(optimizer="adam", lr=0.01, updates=20), loss="squared")
        return together.weights()

    together = weights(SEEDS)
    torch.testing.assert_close(weights((3, 1)), together[[3, 1]], rtol=0, atol=1e-12)
    torch.testing.assert_close(weights((2,)), together[[2]], rtol=0, atol=1e-12)


def test_gradients_are_those_of_the_masked_net():
    """Oracle: the mask as a fixed factor in plain torch; by autograd and by hand."""
    net = conv_nets([5], torch.float64)[0]
    together, x = stack([net], masks=masks([5])), torch.randn(8, 2, dtype=torch.float64)
    key = keys_at(draw_keys(masks([5]))[0], 4, 0)
    factor = kept(key, (8, 4), 0.5).double() / 0.5
    expected = net[4](net[2](net[1](net[0](x))) * factor)
    torch.testing.assert_close(together.forward(x, update=4)[0], expected)
    gradient = together.gradient(together.forward(x, update=4).square().sum((1, 2)))
    expected.square().sum().backward()
    torch.testing.assert_close(gradient[0], torch.cat([p.grad.reshape(-1) for p in net.parameters()]))
    zeros = torch.zeros(8, 3, dtype=torch.float64)
    by_hand = together.losses_and_gradient(squared, x, zeros, 4, per_replica=False)[1]
    torch.testing.assert_close(24 * by_hand, gradient)


def test_masks_of_many_replicas_at_once_are_those_of_each():
    keys = keys_at(draw_keys(masks(SEEDS)), 2, 1)
    together = kept(keys, (7, 3), 0.5)
    assert torch.equal(together, torch.stack([kept(key, (7, 3), 0.5) for key in keys]))


def test_a_mask_without_a_key_is_refused():
    with pytest.raises(RuntimeError, match="The layer has no key"):
        Dropout(0.5).mask((2, 3), torch.float32)


def test_no_global_generator_is_touched(tools):
    made = nets(SEEDS)
    with tools.global_generators_untouched():
        together = stack(made, masks=masks(SEEDS))
        together.forward(torch.ones(3, 2), update=1)


@pytest.mark.parametrize("given", [None, masks(SEEDS[:2])])
def test_dropout_without_a_stream_for_each_replica_is_refused(given):
    with pytest.raises(ValueError, match="random in training need a generator for each of 4 replicas"):
        stack(nets(SEEDS), masks=given)


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_shares_that_are_none_are_refused(p):
    with pytest.raises(ValueError, match="not a share"):
        Dropout(p)


def test_evaluation_in_parts_is_evaluation_at_once():
    together = stack(nets(SEEDS), masks=masks(SEEDS))
    x = torch.randn(4, 10, 2)
    expected = together.forward(x, per_replica=True)
    for at_once in (3, 10, None):
        torch.testing.assert_close(outputs_of(together, x, at_once=at_once), expected)
