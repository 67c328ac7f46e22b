"""Losses and gradients by hand against autograd's, in double precision."""

from copy import deepcopy
from itertools import pairwise

import pytest
import torch
from torch import nn

from hw1.nets.dense import Sine, Square
from hw1.training import LOSSES, BatchedStack, SequentialStack, cross_entropy, squared, stack
from hw1.training.layers import tanh
from hw1.training.stacks import Stack
from hw1.training.windows import pooling

K, N = 3, 7


def nets(activation, sizes):
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    return [nn.Sequential(*layers[:-1]).double() for _ in range(K)]


def problem(loss, sizes, per_replica):
    generator = torch.Generator().manual_seed(2)
    lead = (K,) if per_replica else ()
    x = torch.randn(*lead, N, sizes[0], dtype=torch.float64, generator=generator)
    if loss == "cross_entropy":
        return x, torch.randint(sizes[-1], (*lead, N), generator=generator)
    return x, torch.randn(*lead, N, sizes[-1], dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("per_replica", [False, True])
@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("sizes", [(1, 5, 1), (4, 5, 1, 3), (4, 1), (1, 1, 1), (2, 6, 5, 4, 3)])
@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.Tanh, Sine, Square])
def test_by_hand_is_what_autograd_gives(activation, sizes, loss, per_replica):
    torch.manual_seed(0)
    replicas = stack(nets(activation, sizes))
    x, y = problem(loss, sizes, per_replica)
    by_hand = replicas.losses_and_gradient(LOSSES[loss], x, y, 0, per_replica=per_replica)
    expected = Stack.losses_and_gradient(replicas, LOSSES[loss], x, y, 0, per_replica=per_replica)
    for found, known in zip(by_hand, expected, strict=True):
        torch.testing.assert_close(found, known, rtol=1e-13, atol=1e-15)
    assert not by_hand[1].requires_grad


def images(layers, shape=(2, 5, 6), outputs=3):
    """A net for images, and its inputs and labels."""
    front = nn.Sequential(nn.Flatten(), nn.Unflatten(1, shape), *layers, nn.Flatten())
    features = front(torch.zeros(1, *shape)).shape[1]

    def net():
        made = deepcopy(nn.Sequential(*front, nn.Linear(features, outputs))).double()
        for parameter in made.parameters():
            nn.init.normal_(parameter)
        return made

    generator = torch.Generator().manual_seed(3)
    x = torch.randn(K, N, *shape, dtype=torch.float64, generator=generator)
    return [net() for _ in range(K)], x, torch.randint(outputs, (K, N), generator=generator)


WINDOWS = {
    "as long as wide": [nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)],
    "no padding": [nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, (1, 3)), nn.Tanh()],
    "uneven": [nn.Conv2d(2, 3, (5, 3), padding=(2, 0), stride=(1, 2)), nn.Tanh()],
    "strides": [nn.Conv2d(2, 4, 3, padding=1, stride=2), nn.ReLU(), nn.Conv2d(4, 3, 3, padding=1, stride=2)],
    "pooled first": [nn.MaxPool2d((1, 2)), nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d((2, 1)), nn.Sigmoid()],
    "average": [nn.Conv2d(2, 4, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(4, 3, 3, padding=1), Sine()],
    "pooled twice": [nn.Conv2d(2, 4, 1), nn.MaxPool2d(2), nn.AvgPool2d(2), nn.ReLU()],
    "even kernels": [nn.Conv2d(2, 3, 2), nn.ReLU(), nn.Conv2d(3, 2, (2, 4), padding=(1, 2)), nn.ReLU(inplace=True)],
}


@pytest.mark.parametrize("name", WINDOWS)
def test_convolutions_and_pooling_are_torchs(name):
    """Odd sides of 5 lose their last row, images of two channels that are not square."""
    torch.manual_seed(1)
    are_torchs(*images(WINDOWS[name]))


@pytest.mark.parametrize("shape", [(2, 8, 1), (2, 1, 7), (1, 8, 1), (1, 1, 1)])
def test_images_of_one_row_or_column(shape):
    torch.manual_seed(1)
    front = [nn.Conv2d(shape[0], 1, 3, padding=1), nn.Conv2d(1, 2, 3, padding=(0, 1) if shape[1] > 2 else 1), nn.ReLU()]
    are_torchs(*images(front, shape))


def are_torchs(nets, x, y):
    """Outputs, losses and gradients of a stack of nets are those of each net in plain torch."""
    replicas = stack(nets)
    assert isinstance(replicas, BatchedStack)
    losses, gradient = replicas.losses_and_gradient(cross_entropy, x, y, 0, per_replica=True)
    for k, net in enumerate(nets):
        torch.testing.assert_close(replicas.forward(x, per_replica=True)[k], net(x[k]), rtol=1e-12, atol=1e-13)
        loss = nn.functional.cross_entropy(net(x[k]), y[k])
        expected = torch.autograd.grad(loss, list(net.parameters()))
        torch.testing.assert_close(losses[k], loss.detach(), rtol=1e-12, atol=1e-13)
        torch.testing.assert_close(gradient[k], torch.cat([p.flatten() for p in expected]), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", WINDOWS)
def test_without_a_known_loss_autograd_goes_through_convolutions(name):
    nets, x, y = images(WINDOWS[name])
    replicas = stack(nets)
    by_hand = replicas.losses_and_gradient(cross_entropy, x, y, 0, per_replica=True)
    by_autograd = replicas.losses_and_gradient(lambda o, t: cross_entropy(o, t), x, y, 0, per_replica=True)
    for found, known in zip(by_hand, by_autograd, strict=True):
        torch.testing.assert_close(found, known, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("window", [[1, 1, 1, 1], [1, 3, 3, 3], [1, 1, 3, 3], [0, 2, 2, 1], [1, 0, 0, 1]])
def test_of_equal_numbers_in_a_window_the_first_gets_the_gradient(window):
    """Back to the inputs, where it shows: by hand and by autograd."""
    (along, down) = pooling(nn.MaxPool2d(2), (1, 2, 2))
    h = torch.tensor(window, dtype=torch.float64).reshape(1, 4, 1).requires_grad_()
    (expected,) = torch.autograd.grad(nn.functional.max_pool2d(h.reshape(1, 1, 2, 2), 2).sum(), h)
    (autograd,) = torch.autograd.grad(down.output(along.output(h)).sum(), h)
    first, seen = along.forward(h.detach())
    last, seen_last = down.forward(first)
    g, _ = down.backward(torch.ones_like(last), seen_last, inputs=True)
    by_hand, _ = along.backward(g, seen, inputs=True)
    assert by_hand.flatten().tolist() == autograd.flatten().tolist() == expected.flatten().tolist()


def test_a_pool_hands_on_what_is_no_number():
    (pool,) = pooling(nn.MaxPool2d((1, 2)), (1, 1, 2))
    for window in ([1.0, torch.nan], [torch.nan, 1.0]):
        h = torch.tensor(window).reshape(1, 2, 1)
        assert pool.output(h).isnan().all()
        assert pool.forward(h)[0].isnan().all()


@pytest.mark.parametrize(
    ("layers", "kind"),
    [
        ([nn.Conv2d(2, 3, 3, groups=1, dilation=2)], SequentialStack),
        ([nn.Conv2d(2, 4, 3, groups=2)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular")], SequentialStack),
        ([nn.Conv2d(2, 3, 3, bias=False)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding="same")], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(3)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2, stride=1)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2, ceil_mode=True)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.AvgPool2d(2, divisor_override=3)], SequentialStack),
        ([nn.Conv2d(2, 700, 3, padding=1), nn.Conv2d(700, 1, 3, padding=1)], SequentialStack),  # too large
        ([nn.Conv2d(2, 3, 3, padding=1), nn.Softmax(1)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2, padding=1)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2, dilation=2)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.AvgPool2d(2, padding=1)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1), nn.Linear(6, 4)], SequentialStack),  # of rows of images
        ([nn.Conv2d(2, 3, 3, padding=1), nn.Flatten(2)], SequentialStack),
        ([nn.Conv2d(2, 3, 3, padding=1)], BatchedStack),
    ],
    ids=str,
)
def test_other_windows_go_torchs_own_way(layers, kind):
    nets, x, _ = images(layers)
    replicas = stack(nets)
    assert type(replicas) is kind
    torch.testing.assert_close(replicas.forward(x, per_replica=True)[1], nets[1](x[1]), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("layers", "by_hand"),
    [
        ([nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)], True),
        ([nn.Linear(2, 3), nn.Linear(3, 1)], True),
        ([nn.Linear(2, 3), Sine()], True),
        ([nn.Linear(2, 3, bias=False)], False),
        ([nn.Linear(2, 3), nn.ReLU(), nn.Tanh()], False),
        ([nn.Tanh(), nn.Linear(2, 3)], False),
        ([nn.Linear(2, 3), nn.GELU()], False),
    ],
    ids=str,
)
def test_what_is_not_known_goes_through_autograd(layers, by_hand):
    torch.manual_seed(0)
    nets = [nn.Sequential(*deepcopy(layers)).double() for _ in range(K)]
    replicas = stack(nets)
    assert replicas._passes.by_hand is by_hand
    x = torch.randn(N, 2, dtype=torch.float64)
    gradient = replicas.losses_and_gradient(squared, x, torch.zeros_like(nets[0](x)), 0, per_replica=False)[1]
    expected = torch.autograd.grad(nets[0](x).square().mean(), list(nets[0].parameters()))
    torch.testing.assert_close(gradient[0], torch.cat([p.flatten() for p in expected]), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("dtype", "off"), [(torch.float32, 2.0**-22), (torch.float64, 2.0**-51)])
def test_tanh_is_two_units_in_the_last_place_of_one_off_at_most(dtype, off):
    h = torch.linspace(-30, 30, 1_000_001, dtype=dtype)
    assert (tanh(h) - torch.tanh(h.double())).abs().max() <= off
    assert tanh(torch.tensor([-torch.inf, 0.0, torch.inf], dtype=dtype)).tolist() == [-1, 0, 1]
