"""Stacks: what goes in comes out, and what cannot be stacked is refused."""

import pytest
import torch
from torch import nn

from hw1.training import BatchedStack, FunctionalStack, stack

SEEDS = (0, 1, 2)


@pytest.mark.parametrize("kind", ["dense", "residual", "conv", "other conv"])
def test_a_stack_computes_what_its_nets_compute(kind, tools):
    nets, (x, _) = tools.nets(kind, SEEDS, torch.float64), tools.data("squared", torch.float64)
    together = stack(nets)
    own = torch.stack([x, 2 * x, -x])
    expected = torch.stack([net(x) for net in nets])
    expected_own = torch.stack([net(each) for net, each in zip(nets, own, strict=True)])
    torch.testing.assert_close(together.forward(x), expected, rtol=0, atol=1e-14)
    torch.testing.assert_close(together.forward(own, per_replica=True), expected_own, rtol=0, atol=1e-14)
    assert (3, sum(p.numel() for p in nets[0].parameters())) == (together.K, together.P)


@pytest.mark.parametrize("kind", ["dense", "residual", "conv", "other conv"])
def test_gradients_are_those_of_autograd(kind, tools):
    nets, (x, y) = tools.nets(kind, SEEDS, torch.float64), tools.data("squared", torch.float64)
    together = stack(nets)
    gradients = together.gradient((together.forward(x) - y).square().sum((1, 2)))
    for k, net in enumerate(nets):
        (net(x) - y).square().sum().backward()
        expected = torch.cat([p.grad.reshape(-1) for p in net.parameters()])
        torch.testing.assert_close(gradients[k], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", ["dense", "residual"])
def test_weights_go_out_and_in_again(kind, tools):
    nets = tools.nets(kind, SEEDS)
    together = stack(nets)
    saved = together.weights()
    assert torch.equal(saved, torch.stack([tools.flat(net) for net in nets]))
    together.load(saved.flip(0))
    assert torch.equal(tools.flat(together.unstack(0)), saved[2])
    for name, parameter in nets[2].named_parameters():
        assert torch.equal(together.parameters_of(0)[name], parameter)
    together.load(torch.zeros_like(saved))
    assert saved.any()  # a copy, not a view
    assert not together.weights().any()


def test_an_unstacked_net_is_independent_and_of_the_same_kind(tools):
    together = stack(tools.nets("residual", SEEDS))
    net, (x, _) = together.unstack(1), tools.data("squared")
    torch.testing.assert_close(net(x), together.forward(x)[1])
    net.first.weight.data.zero_()
    assert together.parameters_of(1)["first.weight"].any()
    assert all(p.requires_grad for p in net.parameters())


def test_images_are_flattened_where_the_net_says_so(tools):
    nets = tools.nets(lambda: nn.Sequential(nn.Flatten(), nn.Linear(6, 2)), SEEDS)
    images = torch.arange(24.0).reshape(4, 1, 2, 3)
    together = stack(nets)
    assert isinstance(together, BatchedStack)
    expected = torch.stack([net(images) for net in nets])
    torch.testing.assert_close(together.forward(images), expected)
    torch.testing.assert_close(together.forward(images.expand(3, -1, -1, -1, -1), per_replica=True), expected)


class Doubled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


def tied():
    layer = nn.Linear(2, 2)
    return nn.Sequential(layer, nn.Tanh(), layer)


def hooked():
    net = nn.Sequential(nn.Linear(2, 2))
    net[0].register_forward_hook(lambda _, __, output: 3 * output)
    return net


def hooked_before():
    net = nn.Sequential(nn.Linear(2, 2))
    net[0].register_forward_pre_hook(lambda _, inputs: (3 * inputs[0],))
    return net


def shared():
    relu = nn.ReLU()
    return nn.Sequential(nn.Linear(2, 2), relu, nn.Linear(2, 2), relu)


@pytest.mark.parametrize(
    "make",
    [
        tied,
        hooked,
        hooked_before,
        shared,
        lambda: nn.Sequential(Doubled(2, 2)),
        lambda: nn.Sequential(nn.Linear(2, 4), nn.Softmax(1)),
        # two almost equal features make rounding errors up to 300 times as large, in 22 of 600 draws of the nets
        lambda: nn.Sequential(nn.Linear(2, 8), nn.LayerNorm(8)),
        lambda: nn.Sequential(nn.Sequential(nn.Linear(2, 2))),
    ],
    ids=["tied", "hooked", "hooked before", "shared", "subclass", "softmax", "layer norm", "nested"],
)
def test_nets_that_only_look_dense_are_not_taken_for_it(make, tools):
    nets = [make() for _ in SEEDS]
    together, (x, _) = stack(nets), tools.data("squared")
    assert isinstance(together, FunctionalStack)
    torch.testing.assert_close(together.forward(x), torch.stack([net(x) for net in nets]))


@pytest.mark.parametrize("first", [nn.Identity(), nn.ReLU()])
def test_images_that_something_precedes_the_flattening_of_are_taken(first):
    nets = [nn.Sequential(first, nn.Flatten(), nn.Linear(6, 2)) for _ in SEEDS]
    together, x = stack(nets), torch.randn(5, 1, 2, 3)
    torch.testing.assert_close(together.forward(x), torch.stack([net(x) for net in nets]))


def test_features_that_make_no_images_are_refused():
    front = nn.Sequential(nn.Linear(4, 12), nn.Unflatten(1, (1, 2, 3)), nn.Conv2d(1, 1, 1), nn.Flatten())
    together = stack([nn.Sequential(*front, nn.Linear(12, 3))])
    with pytest.raises(RuntimeError, match="shape"):
        together.forward(torch.ones(5, 4))


def with_alpha(alpha):
    return nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(alpha))


def frozen(*names):
    net = nn.Linear(2, 2)
    for name in names:
        getattr(net, name).requires_grad_(False)
    return net


class Acting(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.layer, self._act = nn.Linear(2, 2), act

    def forward(self, x):
        return self._act(self.layer(x))


@pytest.mark.parametrize(
    ("nets", "message"),
    [
        ([], "no nets to stack"),
        ([nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.5))], r"a generator for each of 1 replicas, not none"),
        ([frozen("weight", "bias")], "no parameters that can be trained. Unfreeze some"),
        ([frozen("bias"), frozen("weight")], "Net 1 differs from net 0"),
        ([nn.BatchNorm1d(2), nn.BatchNorm1d(2).half()], "Net 1 differs from net 0"),
        ([nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1).double())], "2 dtypes"),
        ([nn.Tanh()], "no parameters that can be trained"),
        ([nn.Linear(2, 2), nn.Linear(2, 3)], "Net 1 differs from net 0 in 'itself'.*out_features=3.*out_features=2"),
        ([nn.Linear(2, 2), nn.Linear(2, 2).double()], "float64"),
        ([nn.Sequential(nn.Linear(2, 2)), nn.Sequential(nn.Linear(2, 2), nn.Tanh())], "missing"),
        ([with_alpha(0.1), with_alpha(0.1), with_alpha(0.2)], "Net 2 differs from net 0 in '1'"),
        ([Acting(torch.tanh), Acting(torch.relu)], "tanh"),
        ([nn.Linear(2, 2), nn.Linear(2, 2).eval()], "'training': 'False'"),
    ],
)
def test_what_cannot_be_stacked_is_refused(nets, message):
    with pytest.raises(ValueError, match=message):
        stack(nets)


def test_nets_that_differ_in_an_attribute_are_refused(tools):
    with pytest.raises(ValueError, match=r"'scale': '2\.0'"):
        stack([tools.Residual(1.0), tools.Residual(2.0)])


@pytest.mark.parametrize(
    ("shape", "per_replica", "message"),
    [
        ((5, 3), False, "does not fit a net of 2 inputs"),
        ((3, 5, 2), False, r"or \(3, n, 2\) with per_replica=True"),
        ((5, 2), True, "does not fit 3 replicas"),
        ((4, 5, 2), True, r"shape \(4, 5, 2\) does not fit 3 replicas"),
        ((2,), False, "does not fit"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(shape, per_replica, message, tools):
    with pytest.raises(ValueError, match=message):
        stack(tools.nets("dense", SEEDS)).forward(torch.zeros(shape), per_replica=per_replica)


def test_weights_that_do_not_fit_are_refused(tools):
    with pytest.raises(ValueError, match=r"do not fit 3 replicas of 71 parameters. Pass \(3, 71\)"):
        stack(tools.nets("dense", SEEDS)).load(torch.zeros(71))
