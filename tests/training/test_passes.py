"""Losses and gradients by hand against autograd's, in double precision."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from hw1.training import LOSSES, stack
from hw1.training.passes import has_gradient_by_hand, tanh
from hw1.training.stacks import Stack

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
@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.Tanh])
def test_by_hand_is_what_autograd_gives(activation, sizes, loss, per_replica):
    torch.manual_seed(0)
    replicas = stack(nets(activation, sizes))
    x, y = problem(loss, sizes, per_replica)
    by_hand = replicas.losses_and_gradient(LOSSES[loss], x, y, 0, per_replica=per_replica)
    expected = Stack.losses_and_gradient(replicas, LOSSES[loss], x, y, 0, per_replica=per_replica)
    for found, known in zip(by_hand, expected, strict=True):
        torch.testing.assert_close(found, known, rtol=1e-13, atol=1e-15)
    assert not by_hand[1].requires_grad


@pytest.mark.parametrize(
    ("layers", "known"),
    [
        ([nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)], True),
        ([nn.Linear(2, 3), nn.Linear(3, 1)], True),
        ([nn.Linear(2, 3, bias=False)], False),
        ([nn.Linear(2, 3), nn.ReLU(), nn.Tanh()], False),
        ([nn.Tanh(), nn.Linear(2, 3)], False),
        ([nn.Linear(2, 3), nn.GELU()], False),
    ],
)
def test_what_is_not_known_goes_through_autograd(layers, known):
    parts = [(layer.weight, layer.bias) if isinstance(layer, nn.Linear) else layer for layer in layers]
    assert has_gradient_by_hand(parts) is known


@pytest.mark.parametrize(("dtype", "off"), [(torch.float32, 2.0**-22), (torch.float64, 2.0**-51)])
def test_tanh_is_two_units_in_the_last_place_of_one_off_at_most(dtype, off):
    h = torch.linspace(-30, 30, 1_000_001, dtype=dtype)
    assert (tanh(h) - torch.tanh(h.double())).abs().max() <= off
    assert tanh(torch.tensor([-torch.inf, 0.0, torch.inf], dtype=dtype)).tolist() == [-1, 0, 1]
