"""Permuted units, against the function of the net, brute force over all orders, and a known permutation."""

from itertools import permutations

import numpy as np
import pytest
import torch

from hw1.measures.matching import Layer, layers_of, match_units, matched, permuted, rescaled, weights_of
from hw1.nets.dense import blank, dense, initialise
from hw1.streams import stream
from hw1.training import stack


def made(purpose, widths, replicas=3, inputs=4, outputs=3):
    nets = [dense(widths, inputs=inputs, outputs=outputs) for _ in range(replicas)]
    for k, net in enumerate(nets):
        initialise(net, stream("matching test", k, purpose))
    return stack(nets)


def shuffles(widths, k):
    return [stream("matching test", k, "order", layer).permutation(width) for layer, width in enumerate(widths)]


def shuffled(nets, widths):
    pairs = enumerate(layers_of(nets, nets.flat))
    return weights_of([permuted(net, shuffles(widths, k)) for k, net in pairs], nets)


def distance(net, other):
    return sum(
        ((a.weight - b.weight) ** 2).sum() + ((a.bias - b.bias) ** 2).sum() for a, b in zip(net, other, strict=True)
    )


def test_layers_are_the_weights_and_back():
    nets = made("start", (6, 5))
    layers = layers_of(nets, nets.flat)
    assert torch.equal(weights_of(layers, nets), nets.weights())
    assert (layers[1][1].weight == nets.leaves["2.weight"][1].numpy(force=True)).all()
    assert (layers[1][1].bias == nets.leaves["2.bias"][1].numpy(force=True)).all()


def test_permuted_units_leave_the_function_as_it_is():
    widths = (6, 5, 7)
    nets, x = made("start", widths), torch.from_numpy(stream("matching test", "x").standard_normal((50, 4))).float()
    before, weights = nets.forward(x), nets.weights()
    nets.load(shuffled(nets, widths))
    assert (nets.weights() != weights).float().mean() > 0.5
    torch.testing.assert_close(nets.forward(x), before, atol=1e-6, rtol=0)  # sums in another order


@pytest.mark.parametrize("widths", [(32,), (24, 24), (16, 32, 8)])
def test_matching_undoes_a_random_permutation_exactly(widths):
    nets = made("start", widths)
    assert torch.equal(matched(nets, nets.weights(), shuffled(nets, widths)), nets.weights())


def test_one_hidden_layer_gets_the_nearest_order_of_all():
    nets, others = made("start", (5,)), made("other", (5,))
    for net, other in zip(layers_of(nets, nets.flat), layers_of(others, others.flat), strict=True):
        found = distance(net, permuted(other, match_units(net, other)))
        every = [distance(net, permuted(other, [np.array(order)])) for order in permutations(range(5))]
        assert found == pytest.approx(min(every))
        assert found < every[0]


def test_no_change_of_one_layer_brings_two_hidden_layers_nearer():
    nets, others = made("start", (4, 5)), made("other", (4, 5))
    for net, other in zip(layers_of(nets, nets.flat), layers_of(others, others.flat), strict=True):
        first, second = match_units(net, other)
        found = distance(net, permuted(other, [first, second]))
        single = [[np.array(order), second] for order in permutations(range(4))]
        single += [[first, np.array(order)] for order in permutations(range(5))]
        assert found <= min(distance(net, permuted(other, orders)) for orders in single) + 1e-12
        assert found < distance(net, other)


def test_equal_units_do_not_keep_matching_from_ending():
    net = [Layer(np.ones((3, 2)), np.zeros(3)), Layer(np.ones((2, 3)), np.zeros(2))]
    assert [order.tolist() for order in match_units(net, net)] == [[0, 1, 2]]


@pytest.mark.parametrize("hidden", [0, 1])
def test_rescaled_relu_layers_leave_the_function_as_it_is(hidden):
    nets, x = made("start", (6, 5)), torch.from_numpy(stream("matching test", "x").standard_normal((50, 4))).float()
    before = nets.forward(x)
    for factor, tolerance in ((8.0, 0.0), (10.0, 1e-6)):  # a power of two is exact in floating point
        layers = layers_of(made("start", (6, 5)), nets.flat)
        changed = made("start", (6, 5))
        changed.load(weights_of([rescaled(net, factor, hidden) for net in layers], changed))
        assert not torch.equal(changed.weights(), nets.weights())
        torch.testing.assert_close(changed.forward(x), before, atol=tolerance, rtol=0)


def test_what_cannot_be_permuted_or_rescaled_is_refused():
    net = layers_of(made("start", (6, 5)), made("start", (6, 5)).flat)[0]
    with pytest.raises(ValueError, match=r"lengths \[6, 4\] are not permutations of hidden layers of \[6, 5\]"):
        permuted(net, [np.arange(6), np.arange(4)])
    with pytest.raises(ValueError, match="factor=0 at hidden layer 0 of 2"):
        rescaled(net, 0.0)
    nets = stack([blank(lambda: torch.nn.Sequential(torch.nn.Conv1d(1, 2, 3), torch.nn.Flatten()))])
    with pytest.raises(ValueError, match=r"\(2, 1, 3\).*not weights and biases of dense layers by turns"):
        layers_of(nets, nets.flat)
