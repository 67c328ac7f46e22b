"""Distances relative to the weights, against plain arithmetic, quadratic losses and the symmetry of ReLU nets."""

import numpy as np
import pytest
import torch

from hw1.measures.flatness import alphas_at, like_the_weights, random_directions, rises
from hw1.measures.matching import layers_of, rescaled, weights_of
from hw1.nets.dense import blank, dense, initialise
from hw1.streams import stream
from hw1.training import cross_entropy, stack


def made(purpose, replicas=3, dtype=torch.float64):
    nets = [dense((6, 5), inputs=2, outputs=3) for _ in range(replicas)]
    for k, net in enumerate(nets):
        initialise(net.to(dtype), stream("flatness test", k, purpose))
    return stack(nets)


def directions(nets, purpose="direction"):
    return random_directions(nets, [stream("flatness test", k, purpose) for k in range(nets.K)])


def test_points_beyond_the_ends_are_as_far_as_said():
    nets, end = made("start"), made("end").weights()
    start = nets.weights()
    before, after = alphas_at(start, end, [0.5, 2.0])
    for i, distance in enumerate([0.5, 2.0]):
        low, high = (start + a[:, i : i + 1] * (end - start) for a in (before, after))
        torch.testing.assert_close((low - start).norm(dim=1), distance * start.norm(dim=1))
        torch.testing.assert_close((high - end).norm(dim=1), distance * end.norm(dim=1))
    assert (before < 0).all()
    assert (after > 1).all()


def test_a_direction_like_the_weights_has_their_lengths():
    nets = made("start")
    drawn = directions(nets)
    torch.testing.assert_close(drawn.norm(dim=1), torch.ones(3, dtype=torch.float64))
    scaled = like_the_weights(nets, drawn)
    nets.load(scaled)
    for k in range(nets.K):
        ours, theirs, raw = nets.parameters_of(k), made("start").parameters_of(k), unit_directions(drawn, k)
        for name, part in ours.items():
            dims = 1 if part.ndim == 2 else 0
            torch.testing.assert_close(part.norm(dim=dims), theirs[name].norm(dim=dims))
            cosine = (part * raw[name]).sum(dims) / part.norm(dim=dims) / raw[name].norm(dim=dims)
            torch.testing.assert_close(cosine, torch.ones_like(cosine))


def unit_directions(drawn, k):
    nets = made("start")
    nets.load(drawn)
    return nets.parameters_of(k)


def test_filters_of_a_convolution_are_rows():
    net = blank(lambda: torch.nn.Sequential(torch.nn.Conv1d(2, 4, 3), torch.nn.Flatten(), torch.nn.Linear(8, 3)))
    initialise(net, stream("flatness test", "conv"))
    nets = stack([net])
    own = nets.parameters_of(0)["0.weight"].norm(dim=(1, 2))
    nets.load(like_the_weights(nets, directions(nets)))
    torch.testing.assert_close(nets.parameters_of(0)["0.weight"].norm(dim=(1, 2)), own)


def test_the_rise_of_a_quadratic_is_known():
    """|w + s|^2 - |w|^2 = 2 w.s + |s|^2."""
    nets = made("start")
    weights = nets.weights()
    steps = [0.3 * directions(nets), directions(nets, "other")]
    seen = rises(nets, steps, lambda nets: nets.flat.square().sum(1))
    assert seen.shape == (3, 2)
    for i, step in enumerate(steps):
        torch.testing.assert_close(seen[:, i], 2 * (weights * step).sum(1) + step.square().sum(1))
    assert torch.equal(nets.weights(), weights)


@pytest.mark.parametrize("factor", [8.0, 0.1])
def test_rescaled_layers_rise_as_before_at_relative_distances_only(factor):
    nets, x = made("start"), torch.from_numpy(stream("flatness test", "x").standard_normal((30, 2)))
    y = torch.from_numpy(stream("flatness test", "y").integers(0, 3, 30))

    def loss(nets):
        return cross_entropy(nets.forward(x), y)

    drawn = directions(nets)
    relative, absolute = (rises(nets, [step], loss) for step in (like_the_weights(nets, drawn), drawn))
    nets.load(weights_of([rescaled(net, factor) for net in layers_of(nets, nets.flat)], nets))
    relative_after, absolute_after = (rises(nets, [step], loss) for step in (like_the_weights(nets, drawn), drawn))
    torch.testing.assert_close(relative_after, relative)
    assert not np.allclose(absolute_after, absolute, rtol=0.1)
