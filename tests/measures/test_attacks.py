"""Attacks against autograd on single nets, and against what is known of linear models."""

import itertools
import math
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from hw1.measures.attacks import deviations, random_signs, seen_at, signed_gradient, transfer
from hw1.measures.sensitivity import logits
from hw1.nets.dense import blank, dense, initialised
from hw1.nets.residual import residual_dense
from hw1.streams import stream
from hw1.training import squared
from hw1.training import stack as stacked

EPSILON = 0.3


@pytest.fixture
def points(tools):
    """Own inputs (3, 20, 2) and labels (3, 20) of three replicas, of different deviations."""
    x, _, labels = tools.data()
    return torch.stack([x, 2 * x.flip(0), -x]), torch.stack([labels, labels.flip(0), labels])


def rngs(purpose, count=3):
    return [stream("attacks", purpose, k) for k in range(count)]


def by_hand(net, x, y, step, loss):
    """One point at a time, by autograd on its own loss."""
    moved = []
    for point, label in zip(x, y, strict=True):
        inputs = point[None].clone().requires_grad_()
        loss(net(inputs), label[None]).backward()
        moved.append(point + step * inputs.grad[0].sign())
    return torch.stack(moved)


@pytest.mark.parametrize("at_once", [1, 7, 500])
def test_the_step_is_that_of_autograd_on_each_net_and_point_alone(tools, points, at_once):
    nets, (x, y) = tools.stack(), points
    found = signed_gradient(logits(nets), x, y, EPSILON, at_once=at_once)
    for k in range(nets.K):
        step = EPSILON * np.std(x[k].numpy())
        expected = by_hand(nets.unstack(k), x[k], y[k], step, F.cross_entropy)
        torch.testing.assert_close(found[k], expected, rtol=1e-14, atol=1e-15)


def test_any_loss_may_be_climbed(tools, points):
    nets, (x, _) = tools.stack(), points
    targets = torch.from_numpy(stream("attacks", "targets").normal(size=(3, 20, 3)))
    found = signed_gradient(logits(nets), x, targets, EPSILON, loss=squared, unit=torch.ones(3))
    for k in range(nets.K):
        expected = by_hand(nets.unstack(k), x[k], targets[k], EPSILON, F.mse_loss)
        torch.testing.assert_close(found[k], expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("kind", ["convolutional", "residual with BatchNorm"])
def test_other_kinds_of_stacks_are_attacked_alike(kind):
    def convolutional():
        return nn.Sequential(nn.Conv2d(1, 2, 2), nn.Tanh(), nn.Flatten(), nn.Linear(8, 3))

    def residual():
        return residual_dense(4, 1, inputs=9, outputs=3, norm="batch")

    make = (lambda: blank(convolutional)) if kind == "convolutional" else residual
    nets = stacked([net.double().eval() for net in initialised(make, rngs(kind, 2))])
    x = torch.from_numpy(stream("attacks", "images").normal(size=(2, 6, 1, 3, 3)))
    y = torch.arange(12).reshape(2, 6) % 3
    found = signed_gradient(logits(nets), x, y, EPSILON, unit=torch.ones(2))
    for k in range(2):
        expected = by_hand(nets.unstack(k).eval(), x[k], y[k], EPSILON, F.cross_entropy)
        torch.testing.assert_close(found[k], expected, rtol=1e-14, atol=1e-15)


def two_classes():
    """A stack of linear models with two outputs, inputs (3, 20, 4) and labels (3, 20)."""
    nets = stacked([net.double() for net in initialised(lambda: dense((), inputs=4, outputs=2), rngs("linear"))])
    x = torch.from_numpy(stream("attacks", "linear").normal(size=(3, 20, 4)))
    return nets, x, torch.arange(60).reshape(3, 20) % 2


def test_the_step_on_a_linear_model_has_a_closed_form():
    """The margin of the label, (w_y - w_other) x, falls by epsilon |w_y - w_other|_1 at every point."""
    nets, x, y = two_classes()
    w = nets.leaves["0.weight"].detach()
    toward = (w[:, 1] - w[:, 0])[:, None] * (1 - 2 * y[..., None])  # from the label's class to the other
    found = signed_gradient(logits(nets), x, y, EPSILON, unit=torch.ones(3))
    torch.testing.assert_close(found, x + EPSILON * toward.sign(), rtol=1e-14, atol=0)
    biases = nets.leaves["0.bias"].detach()
    bias = (biases[:, 1] - biases[:, 0])[:, None] * (1 - 2 * y)
    margin = (toward * x).sum(-1) + bias + EPSILON * toward.abs().sum(-1)  # of the other class over the label's
    torch.testing.assert_close(seen_at(logits(nets), found, y).loss, F.softplus(margin).mean(1))


def test_no_other_signs_do_more_to_a_linear_model():
    """Brute force: all sixteen corners of the cube around each point."""
    nets, x, y = two_classes()

    def losses(x):
        return F.cross_entropy(nets.forward(x, per_replica=True).transpose(1, 2), y, reduction="none").detach()

    corners = [x + EPSILON * x.new_tensor(signs) for signs in itertools.product((-1.0, 1.0), repeat=4)]
    worst = torch.stack([losses(corner) for corner in corners]).amax(0)
    found = signed_gradient(logits(nets), x, y, EPSILON, unit=torch.ones(3))
    torch.testing.assert_close(losses(found), worst, rtol=1e-12, atol=0)


def test_sizes_are_in_units_of_the_deviation_of_each_replicas_inputs(tools, points):
    nets, (x, y) = tools.stack(), points
    np.testing.assert_allclose(deviations(x), [np.std(part) for part in x.numpy()], rtol=1e-13)
    images = x.reshape(3, 20, 1, 2)
    torch.testing.assert_close(deviations(images), deviations(x))
    moved = signed_gradient(logits(nets), x, y, EPSILON), random_signs(x, EPSILON, rngs("signs"))
    for one in moved:
        steps = (EPSILON * deviations(x))[:, None, None].expand(x.shape)
        torch.testing.assert_close((one - x).abs(), steps, rtol=1e-12, atol=0)


def test_a_step_of_nothing_leaves_the_inputs(tools, points):
    nets, (x, y) = tools.stack(), points
    assert torch.equal(signed_gradient(logits(nets), x, y, 0.0), x)
    assert torch.equal(random_signs(x, 0, rngs("signs")), x)


def test_a_dead_net_gives_no_direction(tools, points):
    nets, (x, y) = tools.stack(), points
    nets.load(torch.zeros_like(nets.weights()))
    assert torch.equal(signed_gradient(logits(nets), x, y, EPSILON), x)


def test_a_sure_net_still_gives_a_direction():
    """Logits 60 apart: softmax is 1 to float32's last bit, and what is left of the gradient, e-26, is still a sign."""
    net = dense((), inputs=2, outputs=2)
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[30.0, 30.0], [-30.0, -30.0]]))
        net[0].bias.zero_()
    x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    found = signed_gradient(logits(stacked([net])), x, torch.zeros(1, 2, dtype=torch.int64), 1.0, unit=torch.ones(1))
    assert torch.equal(found, x - 1)


def test_a_net_that_has_diverged_is_recorded_and_moves_nothing(tools, points):
    nets, (x, y) = tools.stack(), points
    whole = transfer(logits(nets), logits(nets), x, y, EPSILON)
    lost = tools.stack()
    weights = lost.weights()
    weights[1] = math.nan
    lost.load(weights)
    moved = signed_gradient(logits(lost), x, y, EPSILON)
    assert torch.equal(moved[1], x[1])
    assert torch.equal(moved[0], signed_gradient(logits(nets), x, y, EPSILON)[0])
    seen, against = (transfer(logits(source), logits(lost), x, y, EPSILON) for source in (nets, lost))
    for found in (seen.clean, seen.own, seen.transferred, against.transferred):
        assert found.loss[1] == math.inf
        assert found.accuracy[1] == 0
    assert torch.equal(seen.own.loss[[0, 2]], whole.own.loss[[0, 2]])
    harmless = transfer(logits(lost), logits(nets), x, y, EPSILON)
    assert torch.equal(harmless.transferred.loss[1], whole.clean.loss[1])


def test_random_signs_are_fair_and_each_replica_has_its_own_stream():
    x = torch.zeros(3, 500, 20, dtype=torch.float64)
    unit = torch.ones(3)
    found = random_signs(x, 1.0, rngs("fair"), unit=unit)
    assert set(found.unique().tolist()) == {-1.0, 1.0}
    assert (found.flatten(1).mean(1).abs() < 0.05).all()  # five standard errors of 10,000 signs
    alone = random_signs(x[:1], 1.0, [stream("attacks", "fair", 2)], unit=unit[:1])
    assert torch.equal(alone[0], found[2])
    assert (found[0] == found[1]).double().mean().item() == pytest.approx(0.5, abs=0.05)


def test_what_is_seen_at_inputs_is_each_nets_own_loss_and_accuracy(tools, points):
    nets, (x, y) = tools.stack(), points
    found = seen_at(logits(nets), x, y, at_once=7)
    for k in range(nets.K):
        outputs = nets.unstack(k)(x[k]).detach()
        torch.testing.assert_close(found.loss[k], F.cross_entropy(outputs, y[k]))
        assert found.accuracy[k].item() == pytest.approx((outputs.argmax(1) == y[k]).double().mean().item())


def test_transfer_measures_the_target_at_inputs_that_were_moved_against_the_source(tools, points):
    target, (x, y) = tools.stack(), points
    source = tools.stack(widths=(6,), activation="relu")
    found = transfer(logits(source), logits(target), x, y, EPSILON, unit=torch.ones(3))
    for k in range(3):
        against = {
            name: by_hand(net.unstack(k), x[k], y[k], EPSILON, F.cross_entropy)
            for name, net in (("own", target), ("transferred", source))
        }
        for name, moved in {"clean": x[k], **against}.items():
            outputs = target.unstack(k)(moved).detach()
            seen = getattr(found, name)
            torch.testing.assert_close(seen.loss[k], F.cross_entropy(outputs, y[k]))
            assert seen.accuracy[k].item() == pytest.approx((outputs.argmax(1) == y[k]).double().mean().item())
    assert not torch.allclose(found.own.loss, found.transferred.loss, rtol=0.01)


def test_a_net_transfers_all_to_itself(tools, points):
    nets, (x, y) = tools.stack(), points
    found = transfer(logits(nets), logits(nets), x, y, EPSILON)
    assert torch.equal(found.own.loss, found.transferred.loss)
    assert (found.own.loss > found.clean.loss).all()


def test_attacking_leaves_no_gradients_behind(tools, points):
    nets, (x, y) = tools.stack(), points
    found = transfer(logits(nets), logits(nets), x, y, EPSILON)
    moved = signed_gradient(logits(nets), x, y, EPSILON)
    assert not any(one.requires_grad for one in (moved, found.own.loss, found.clean.accuracy))
    assert nets.flat.grad is None
    assert all(leaf.grad is None for leaf in nets.leaves.values())
    assert x.grad is None


X, Y = torch.ones(2, 4, 3), torch.zeros(2, 4, dtype=torch.int64)
UNIT = torch.ones(2)


def same(x):
    return x


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: deviations(X), "The inputs of replica 0 deviate by 0, which is no unit of a step. Pass unit="),
        (lambda: signed_gradient(same, X, Y[0], 1, unit=UNIT), "Labels of shape (4,) are not one for each of 2 x 4"),
        (lambda: seen_at(same, X, Y[:, :3]), "Labels of shape (2, 3) are not one for each of 2 x 4 inputs."),
        (lambda: signed_gradient(same, X, Y, -0.1, unit=UNIT), "epsilon=-0.1 is no size of a step."),
        (lambda: signed_gradient(same, X, Y, math.nan, unit=UNIT), "epsilon=nan is no size of a step."),
        (lambda: random_signs(X, 1, rngs("few", 1), unit=UNIT), "1 generators do not fit 2 replicas."),
        (lambda: random_signs(X, 1, rngs("two", 2), unit=UNIT[:1]), "unit of shape (1,) does not fit 2 replicas."),
    ],
    ids=range(7),
)
def test_what_cannot_be_attacked_is_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        call()
    assert "\n" not in str(caught.value)
