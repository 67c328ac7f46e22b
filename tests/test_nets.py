"""Architectures at a budget, and initial weights from named streams."""

import math
import re
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from hw1.nets.dense import ACTIVATIONS, blank, count_parameters, dense, initialise, initialised, widths_for_budget
from hw1.replaced import Replacements, replacing
from hw1.streams import stream

torch.set_num_threads(1)

SIZES = st.integers(1, 9)


@contextmanager
def global_generators_untouched():
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    yield
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(numpy_before, np.random.get_state()[1])  # noqa: NPY002


@given(st.lists(SIZES, max_size=4), SIZES, SIZES)
@settings(max_examples=30)
def test_the_count_is_what_torch_counts(widths, inputs, outputs):
    net = dense(widths, inputs=inputs, outputs=outputs)
    assert count_parameters(widths, inputs=inputs, outputs=outputs) == sum(p.numel() for p in net.parameters())


@given(st.integers(1, 4), SIZES, SIZES, st.integers(0, 500))
def test_widths_are_those_nearest_to_the_budget(depth, inputs, outputs, extra):
    """Oracle: try every width."""

    def count(width):
        return count_parameters((width,) * depth, inputs=inputs, outputs=outputs)

    budget = count(1) + extra
    widths = widths_for_budget(budget, depth=depth, inputs=inputs, outputs=outputs)
    assert widths == (min(range(1, 520), key=lambda width: abs(count(width) - budget)),) * depth


def test_the_budget_of_the_claims_gives_their_nets():
    assert widths_for_budget(472, depth=1, inputs=1, outputs=1) == (157,)
    assert widths_for_budget(472, depth=3, inputs=1, outputs=1) == (14, 14, 14)
    assert widths_for_budget(571, depth=5, inputs=1, outputs=1) == (11, 11, 11, 11, 11)


@pytest.mark.parametrize(("budget", "depth", "message"), [(5, 3, "already takes 8"), (100, 0, "depth=0")])
def test_impossible_budgets_are_refused(budget, depth, message):
    with pytest.raises(ValueError, match=message):
        widths_for_budget(budget, depth=depth, inputs=1, outputs=1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_dense_net_computes_what_its_name_says(activation):
    """Oracle: the layers written out."""
    net = dense((3, 2), inputs=2, outputs=1, activation=activation)
    initialise(net, stream("nets", activation))
    x = torch.linspace(-2, 2, 10).reshape(5, 2)
    by_name = {"identity": lambda h: h, "sine": torch.sin, "square": lambda h: h * h}
    act = by_name.get(activation) or getattr(nn.functional, activation)
    h = x
    for layer in (0, 2, 4):
        h = h @ net[layer].weight.T + net[layer].bias
        h = act(h) if layer < 4 else h
    torch.testing.assert_close(net(x), h)
    assert len(net) == 5


def test_nobody_can_use_a_net_that_was_not_initialised():
    assert dense((3,), inputs=1, outputs=1)(torch.ones(1, 1)).isnan().all()


@pytest.mark.parametrize(("widths", "message"), [((3, 0), "1-3-0-1"), ((-1,), "at least 1")])
def test_empty_layers_are_refused(widths, message):
    with pytest.raises(ValueError, match=message):
        dense(widths, inputs=1, outputs=1)


def test_an_unknown_activation_names_the_known_ones():
    with pytest.raises(ValueError, match=r"activation='swish' is unknown. Use one of .*relu"):
        dense((3,), inputs=1, outputs=1, activation="swish")


def conv():
    return nn.Sequential(nn.Conv2d(4, 30, 3, groups=2), nn.GroupNorm(2, 30), nn.Flatten(), nn.Linear(30, 50))


def test_initial_weights_have_torchs_distribution():
    """Kolmogorov-Smirnov against the uniform distribution of torch's documentation; p > 1e-4 for this fixed stream."""
    net = blank(conv)
    initialise(net, stream("nets", "distribution"))
    for layer, fan_in in ((net[0], 2 * 3 * 3), (net[3], 30)):
        bound = 1 / math.sqrt(fan_in)
        for values in (layer.weight, layer.bias):
            numbers = values.detach().double().numpy().ravel()
            assert stats.kstest(numbers, "uniform", args=(-bound, 2 * bound)).pvalue > 1e-4
    assert (net[1].weight == 1).all()
    assert (net[1].bias == 0).all()


def test_the_bounds_are_those_that_torch_itself_draws_within():
    """Oracle: 1,500 weights of torch's own initialisation reach within 2% of the bound that we use (P(not) < 1e-13)."""
    with torch.random.fork_rng():
        theirs = nn.Conv2d(5, 60, 3, groups=1).weight.detach().abs().max()
    net = blank(lambda: nn.Conv2d(5, 60, 3))
    initialise(net, stream("nets", "bounds"))
    assert net.weight.abs().max().item() == pytest.approx(theirs.item(), rel=0.02)


def test_he_weights_are_normal_with_variance_2_over_fan_in():
    net = dense((200,), inputs=50, outputs=1)
    initialise(net, stream("nets", "he"), scheme="he")
    weights = net[0].weight.detach().double().numpy().ravel()
    assert stats.kstest(weights, "norm", args=(0, math.sqrt(2 / 50))).pvalue > 1e-4
    assert not net[0].bias.any()


@pytest.mark.parametrize("scheme", ["torch", "he"])
def test_the_schemes_that_there_were_draw_what_they_drew(scheme):
    """Oracle: the draws written out, the weight before the bias, and for "he" no draw for a bias."""
    net, rng = blank(conv).double(), stream("nets", "as before")
    initialise(net, stream("nets", "as before"), scheme)
    for layer, fan_in in ((net[0], 2 * 3 * 3), (net[3], 30)):
        for values in (layer.weight, layer.bias):
            if scheme == "torch":
                expected = rng.uniform(-1.0, 1.0, tuple(values.shape)) / math.sqrt(fan_in)
            elif values is layer.weight:
                expected = rng.standard_normal(tuple(values.shape)) * math.sqrt(2 / fan_in)
            else:
                expected = np.zeros(tuple(values.shape))
            np.testing.assert_array_equal(values.detach().numpy(), expected)


_MANY = {"linear": lambda: nn.Linear(70, 150), "grouped": lambda: nn.Conv2d(8, 60, 5, groups=2)}


def _by_torch(scheme, weight):
    if scheme == "he":
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
    elif scheme == "xavier":
        nn.init.xavier_uniform_(weight)
    else:
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5))  # what nn.Linear and nn.Conv call
    return weight.detach().double().numpy().ravel()


@pytest.mark.parametrize("make", _MANY.values(), ids=_MANY)
@pytest.mark.parametrize("scheme", ["torch", "he", "xavier"])
def test_weights_of_a_scheme_have_the_variance_and_distribution_of_torchs_own(scheme, make):
    """Oracle: torch.nn.init on as many weights; p > 1e-4 for these fixed streams. 6,000 weights tell variances 12 %
    apart (four standard errors of a normal's), and fan_in from the mean of both fans is a factor of 1.4 at least."""
    ours = blank(make)
    initialise(ours, stream("nets", "variance", scheme), scheme)
    weights = ours.weight.detach().double().numpy().ravel()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        theirs = _by_torch(scheme, make().weight)
    assert weights.var() == pytest.approx(theirs.var(), rel=0.12)
    assert stats.ks_2samp(weights, theirs).pvalue > 1e-4
    assert bool(ours.bias.any()) is (scheme == "torch")


def test_xavier_weights_are_uniform_within_their_bound():
    net = dense((200,), inputs=50, outputs=1)
    initialise(net, stream("nets", "xavier"), scheme="xavier")
    bound = math.sqrt(6 / (50 + 200))
    weights = net[0].weight.detach().double().numpy().ravel()
    assert stats.kstest(weights, "uniform", args=(-bound, 2 * bound)).pvalue > 1e-4


@pytest.mark.parametrize("scheme", ["torch", "he", "xavier"])
def test_a_gain_is_a_factor_of_the_weights_and_of_nothing_else(scheme):
    plain, larger = blank(conv).double(), blank(conv).double()
    initialise(plain, stream("nets", "gain"), scheme)
    initialise(larger, stream("nets", "gain"), scheme, gain=2.5)
    for i, factor in ((0, 2.5), (1, 1), (3, 2.5)):
        torch.testing.assert_close(larger[i].weight, factor * plain[i].weight, rtol=1e-15, atol=0)
        assert torch.equal(larger[i].bias, plain[i].bias)


def _updated(net, updates):
    """After some updates of plain gradient descent on the cross-entropy of made-up labels."""
    x = torch.from_numpy(stream("nets", "symmetric").normal(size=(40, 6)))
    labels = torch.arange(40) % 3
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(updates):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), labels).backward()
        optimizer.step()
    return net


def test_hidden_units_that_start_at_zero_stay_equal_and_others_do_not():
    """Sigmoids are not 0 at 0, so the weights move, all alike in each layer."""
    nets = [dense((5, 4), inputs=6, outputs=3, activation="sigmoid").double() for _ in range(2)]
    for net, scheme in zip(nets, ("zeros", "xavier"), strict=True):
        initialise(net, stream("nets", "zeros"), scheme)
        _updated(net, 4)
    for layer in (0, 2):
        equal, apart = (net[layer].weight.detach() for net in nets)
        assert equal.abs().max() > 0
        # Not to the last bit: products sum different rows in different orders.
        torch.testing.assert_close(equal, equal[:1].expand_as(equal), rtol=1e-12, atol=0)
        assert not torch.isclose(apart, apart[0]).all(1)[1:].any()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_net_of_zeros_whose_activation_is_0_at_0_is_dead_but_for_its_last_bias(activation):
    net = dense((5, 4), inputs=6, outputs=3, activation=activation).double()
    initialise(net, stream("nets", "zeros"), "zeros")
    _updated(net, 4)
    moved = {name for name, values in net.named_parameters() if values.any()}
    assert moved == {"4.bias"}


def test_zeros_draw_nothing():
    rng, untouched = stream("nets", "none"), stream("nets", "none")
    initialise(blank(conv), rng, "zeros")
    assert rng.bit_generator.state["state"]["counter"].tolist() == [0, 0, 0, 0]
    assert rng.uniform() == untouched.uniform()


@pytest.mark.parametrize("options", [{"scheme": "zeros"}, {"gain": 3.0}])
def test_a_scheme_draws_the_linear_layers_of_a_users_net_too_and_leaves_the_rest(options):
    def make(inputs, outputs):
        frozen = nn.Linear(4, 4).requires_grad_(False)
        return nn.Sequential(nn.Linear(inputs, 4), nn.PReLU(init=0.3), frozen, nn.Linear(4, outputs))

    with replacing(Replacements(net=make), "arm"):
        plain, other = (dense((9,), inputs=6, outputs=3) for _ in range(2))
        initialise(plain, stream("nets", "own"))
        initialise(other, stream("nets", "own"), **options)
    reach = options.get("gain", 0) / math.sqrt(6)
    assert other[0].weight.abs().max().item() == pytest.approx(reach, rel=0.3)
    assert other[1].weight.item() == pytest.approx(0.3)
    assert torch.equal(other[2].weight, plain[2].weight)


def test_the_same_stream_gives_the_same_net_in_every_precision():
    singles, doubles = dense((5,), inputs=2, outputs=1), dense((5,), inputs=2, outputs=1).double()
    initialise(singles, stream("nets", 1))
    initialise(doubles, stream("nets", 1))
    for single, double in zip(singles.parameters(), doubles.parameters(), strict=True):
        assert torch.equal(single, double.float())


def test_nets_neither_draw_from_the_global_generators_nor_depend_on_them():
    nets = []
    for seed in (0, 1):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            with global_generators_untouched():
                nets.append(blank(conv))
                initialise(nets[-1], stream("nets", "global"))
                initialise(dense((3, 3), inputs=1, outputs=1), stream("nets", "global"), scheme="he")
    for one, other in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_layers_without_defined_start_values_are_refused_before_drawing():
    net = nn.Sequential(nn.Linear(1, 2), nn.PReLU())
    before = net[0].weight.clone()
    with pytest.raises(TypeError, match="'1' is a PReLU"):
        initialise(net, stream("nets", 1))
    assert torch.equal(net[0].weight, before)


def test_nets_are_drawn_each_from_its_own_stream():
    first, second = initialised(lambda: dense((3,), inputs=1, outputs=1), [stream("nets", 1), stream("nets", 2)])
    alone = dense((3,), inputs=1, outputs=1)
    initialise(alone, stream("nets", 2))
    assert all(torch.equal(a, b) for a, b in zip(second.parameters(), alone.parameters(), strict=True))
    assert not torch.equal(first[0].weight, second[0].weight)


@pytest.mark.parametrize(
    ("scheme", "gain", "message"),
    [
        ("orthogonal", 1, "scheme='orthogonal' is unknown. Use one of torch, he, xavier, zeros."),
        ("he", 0.0, "gain=0 is no factor of weights. Use a number above 0, or scheme='zeros'."),
        ("he", math.nan, "gain=nan is no factor"),
        ("zeros", 2, "gain=2 changes nothing at scheme='zeros'"),
    ],
)
def test_schemes_and_gains_that_mean_nothing_are_refused(scheme, gain, message):
    net = nn.Linear(1, 1)
    before = net.weight.item()
    with pytest.raises(ValueError, match=re.escape(message)):
        initialise(net, stream("nets", 1), scheme, gain=gain)
    assert net.weight.item() == before


def test_a_blank_net_with_buffers_of_its_own_is_refused():
    class Positions(nn.Linear):
        def __init__(self):
            super().__init__(2, 2)
            self.register_buffer("positions", torch.arange(2.0))

    with pytest.raises(ValueError, match=r"start values of buffers \(positions of Positions\)"):
        blank(Positions)
