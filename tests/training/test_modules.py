"""Whatever is called a module: state, randomness and steps of its own, against plain torch, one net at a time."""

import copy
import inspect
import random
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils.parametrizations import spectral_norm

from hw1.nets.attention import keyed_attention
from hw1.nets.exchanged import keyed_copy
from hw1.nets.keyed import draw_keys, keyed, keys_at, lending
from hw1.streams import stream
from hw1.training import (
    BatchedStack,
    FunctionalStack,
    Recipe,
    SequentialStack,
    cross_entropy,
    orders,
    outputs_of,
    stack,
    train,
)

SEEDS = (0, 1, 2)
CLASSES = 3


class Residual(nn.Module):
    """Two convolutions with a normalisation each, and a skip around the second."""

    def __init__(self, norm):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norms = nn.ModuleList([norm(4), norm(4)])
        self.last = nn.Linear(4, CLASSES)

    def forward(self, x):
        h = self.norms[0](self.first(x.view(-1, 1, 4, 4))).relu()
        return self.last((h + self.norms[1](self.second(h)).relu()).mean((2, 3)))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.last = kind(4, 6, batch_first=True), nn.Linear(6, CLASSES)

    def forward(self, x):
        return self.last(self.cell(x.view(-1, 4, 4))[0][:, -1])


class Encoder(nn.Module):
    """A Transformer with its positions in a buffer."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, CLASSES)
        self.register_buffer("positions", torch.arange(32.0).sin().view(4, 8), persistent=False)
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=dropout, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)

    def forward(self, x):
        return self.last(self.encoder(self.first(x.view(-1, 4, 4)) + self.positions).mean(1))


class HalfFrozen(nn.Module):
    """A frozen front with a normalisation that its own `train` keeps in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.front, self.norm, self.last = nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Linear(8, CLASSES)
        self.front.requires_grad_(False)
        self.norm.running_mean.normal_()

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x):
        return self.last(self.norm(self.front(x)).relu())


class ByNumbers(nn.Module):
    """Its steps depend on its numbers."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(16, CLASSES)

    def forward(self, x):
        return self.last(x) if self.last.bias.sum() > 0 else self.last(x).tanh()


class Counting(nn.Module):
    """A buffer that is replaced, not changed in place, and that outputs depend on."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(16, CLASSES)
        self.register_buffer("passes", torch.tensor(1.0, dtype=torch.float64))

    def forward(self, x):
        if self.training:
            self.passes = self.passes + 1
        return self.last(x) / self.passes.sqrt()


def dense(norm, *, first=lambda layer: layer, last=nn.ReLU):
    return nn.Sequential(
        first(nn.Linear(16, 8)), norm(8), last(), nn.Linear(8, 8), norm(8), nn.Tanh(), nn.Linear(8, CLASSES)
    )


def images(norm):
    front = nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 4, 3, padding=1), norm(4), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*front, nn.Flatten(), nn.Linear(16, CLASSES))


def without_weights(features):
    return nn.BatchNorm1d(features, affine=False)


def without_shift(features):
    has = "bias" in inspect.signature(nn.BatchNorm1d).parameters  # from torch 2.14 on
    return nn.BatchNorm1d(features, **({"bias": False} if has else {"track_running_stats": False}))


# The kind of the stack, and whether all replicas go at once.
MODULES = {
    "batch norm": (lambda: dense(nn.BatchNorm1d), BatchedStack, True),
    "batch norm, GELU": (lambda: dense(nn.BatchNorm1d, last=nn.GELU), BatchedStack, True),
    "batch norm without weights": (lambda: dense(without_weights), BatchedStack, True),
    "batch norm without a shift": (lambda: dense(without_shift), FunctionalStack, True),
    "batch norm with momentum 0.5": (lambda: dense(lambda n: nn.BatchNorm1d(n, momentum=0.5)), BatchedStack, True),
    "batch norm of all passes": (lambda: dense(lambda n: nn.BatchNorm1d(n, momentum=None)), FunctionalStack, False),
    "batch norm without memory": (
        lambda: dense(lambda n: nn.BatchNorm1d(n, track_running_stats=False)), FunctionalStack, True,
    ),
    "batch norm of inputs": (lambda: nn.Sequential(nn.BatchNorm1d(16), nn.Linear(16, CLASSES)), BatchedStack, True),
    "batch norm, nested": (lambda: nn.Sequential(dense(nn.BatchNorm1d)), FunctionalStack, True),
    "batch norm of images": (lambda: images(nn.BatchNorm2d), BatchedStack, True),
    "instance norm of images": (
        lambda: images(lambda n: nn.InstanceNorm2d(n, affine=True, track_running_stats=True)), SequentialStack, False,
    ),
    "residual, batch norm": (lambda: Residual(nn.BatchNorm2d), FunctionalStack, True),
    "residual, group norm": (lambda: Residual(lambda n: nn.GroupNorm(2, n)), FunctionalStack, True),
    "LSTM": (lambda: Recurrent(nn.LSTM), FunctionalStack, False),
    "GRU": (lambda: Recurrent(nn.GRU), FunctionalStack, False),
    "Transformer": (Encoder, FunctionalStack, True),
    "spectral norm": (lambda: dense(nn.LayerNorm, first=spectral_norm), FunctionalStack, False),
    "half frozen": (HalfFrozen, FunctionalStack, True),
    "by numbers": (ByNumbers, FunctionalStack, False),
    "counting": (Counting, FunctionalStack, True),
}  # fmt: skip
ALL = pytest.mark.parametrize("name", MODULES)


def made(name, seeds=SEEDS):
    nets = []
    for seed in seeds:
        torch.manual_seed(seed)
        nets.append((MODULES[name][0] if isinstance(name, str) else name)().double())
    return nets


def stacked(name, seeds=SEEDS):
    """The stack of copies of nets; that some go one after the other is told by a warning."""
    return stack([copy.deepcopy(net) for net in made(name, seeds)])


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The nets are trained one replica after the other")
        yield


@pytest.fixture
def data():
    rng = stream("tests of modules", "data")
    return torch.from_numpy(rng.normal(size=(24, 16))), torch.from_numpy(rng.integers(0, CLASSES, 24))


def alone(net, x, y, updates=50, seen=None):
    """Plain torch: gradient descent with momentum in training mode."""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for _ in range(updates):
        net.train()
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    return net


SGD = Recipe(optimizer="sgd", lr=0.05, momentum=0.9, updates=50)


@ALL
def test_training_is_that_of_plain_torch(name, data):
    """Weights, buffers and outputs in evaluation mode after 50 updates; the pass after the last leaves nothing."""
    together, (x, y) = stacked(name), data
    result = train(together, x, y, SGD, loss="cross_entropy")
    assert type(together) is MODULES[name][1]
    assert not result.diverged.any()
    for k, net in enumerate(made(name)):
        alone(net, x, y).eval()
        own = together.unstack(k)
        expected = {**dict(net.named_parameters()), **dict(net.named_buffers())}
        for key, values in (*own.named_parameters(), *own.named_buffers()):
            torch.testing.assert_close(
                values, expected[key], rtol=0, atol=1e-12, msg=lambda said, key=key: f"{key}: {said}"
            )
        torch.testing.assert_close(together.forward(x)[k], net(x), rtol=0, atol=1e-12)


@ALL
def test_replicas_go_at_once_where_they_can(name, data):
    together = stacked(name)
    together.forward(data[0])
    assert isinstance(together, BatchedStack) or together._way.together == MODULES[name][2]


@ALL
def test_gradients_are_those_of_plain_torch(name, data):
    """Of a training pass, and of an evaluation, in all trained parameters."""
    together, (x, y) = stacked(name), data
    gradient = together.losses_and_gradient(cross_entropy, x, y, 0, per_replica=False)[1]
    fresh = stacked(name)
    evaluated = fresh.gradient(cross_entropy(fresh.forward(x), y))
    for k, net in enumerate(made(name)):
        for mode, found in ((True, gradient), (False, evaluated)):
            again = copy.deepcopy(net).train(mode)
            F.cross_entropy(again(x), y).backward()
            expected = torch.cat([p.grad.reshape(-1) for p in again.parameters() if p.requires_grad])
            torch.testing.assert_close(found[k], expected, rtol=0, atol=1e-13)


@ALL
def test_only_a_training_update_changes_the_state(name, data):
    together, (x, _) = stacked(name), data
    before = together.snapshot()
    together.forward(x)
    together.forward(x, update=3)
    together.forward(x[:1] if "without memory" not in name else x[:2])
    outputs_of(together, x.expand(3, -1, -1), at_once=5)
    together.gradient(together.forward(x, update=1).square().mean((1, 2)))
    assert all(torch.equal(values, before.state[key]) for key, values in together.state.items())
    train(
        together, x, data[1], SGD, loss="cross_entropy", at=(0, 50), record={"out": lambda s: s.forward(x).flatten(1)}
    )
    plain = stacked(name)
    train(plain, x, data[1], SGD, loss="cross_entropy")
    assert all(torch.equal(values, plain.state[key]) for key, values in together.state.items())


@ALL
def test_what_was_is_restored(name, data):
    together, (x, y) = stacked(name), data
    before, outputs = together.snapshot(), together.forward(x)
    train(together, x, y, SGD, loss="cross_entropy")
    trained, later = together.snapshot(), together.forward(x)
    together.restore(before)
    assert torch.equal(together.forward(x), outputs)
    mixed = before.where(torch.tensor([True, False, True]), trained)
    together.restore(mixed)
    assert torch.equal(together.forward(x)[[0, 2]], outputs[[0, 2]])
    assert torch.equal(together.forward(x)[1], later[1])
    assert not torch.equal(later[1], outputs[1])


@ALL
def test_replicas_in_another_order_are_the_same_nets(name, data):
    x, y = data
    here, there = stacked(name), stacked(name, SEEDS[::-1])
    for together in (here, there):
        train(together, x, y, SGD, loss="cross_entropy")
    torch.testing.assert_close(here.weights(), there.weights().flip(0), rtol=0, atol=1e-13)
    for key, values in here.state.items():
        torch.testing.assert_close(values, there.state[key].flip(0), rtol=0, atol=1e-13)


def test_state_keeps_its_types_and_follows_the_precision_of_the_weights():
    nets = [nn.Sequential(nn.Sequential(nn.Linear(16, 8), nn.BatchNorm1d(8))) for _ in SEEDS]
    state = stack(nets).state
    assert {name.rpartition(".")[2]: values.dtype for name, values in state.items()} == {
        "running_mean": torch.float32,
        "running_var": torch.float32,
        "num_batches_tracked": torch.int64,
    }
    assert all(len(values) == 3 for values in state.values())


@pytest.mark.parametrize("name", ["batch norm", "batch norm, nested", "Transformer", "half frozen"])
def test_second_derivatives_are_those_of_plain_torch(name, data):
    """Products of the Hessian of the loss in evaluation mode with a vector, and Jacobians in the inputs."""
    together, (x, y) = stacked(name), data
    vector = torch.from_numpy(stream("tests of modules", "vector").normal(size=(3, together.P)))
    gradient = together.gradient(cross_entropy(together.forward(x), y), create_graph=True)
    product = together.gradient((gradient * vector).sum(1))
    own = x.expand(3, -1, -1)
    outputs, pull = torch.func.vjp(lambda x: together.forward(x, per_replica=True), own)
    pulled = pull(torch.ones_like(outputs))[0]
    for k, net in enumerate(made(name)):
        net.eval()
        trained = [p for p in net.parameters() if p.requires_grad]
        with sdpa_kernel(SDPBackend.MATH):
            first = torch.autograd.grad(F.cross_entropy(net(x), y), trained, create_graph=True)
        flat = torch.cat([part.reshape(-1) for part in first])
        second = torch.autograd.grad(flat @ vector[k], trained, materialize_grads=True)
        torch.testing.assert_close(product[k], torch.cat([p.reshape(-1) for p in second]), rtol=0, atol=1e-13)
        there = x.clone().requires_grad_()
        torch.testing.assert_close(pulled[k], torch.autograd.grad(net(there).sum(), there)[0], rtol=0, atol=1e-13)


# What is random in training.


class Functional(nn.Module):
    """Dropout as a function, which no layer shows."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(16, 8), nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.last(F.dropout(self.first(x).relu(), 0.5, self.training))


class OfNumpy(Functional):
    """Noise from numpy's global generator."""

    def forward(self, x):
        noise = torch.from_numpy(np.random.normal(size=(len(x), 8))) if self.training else 0  # noqa: NPY002
        return self.last(self.first(x) + noise)


class OfPython(Functional):
    """Whole layers left out, by Python's random."""

    def forward(self, x):
        skip = self.training and random.random() < 0.5
        return self.last(self.first(x) if skip else self.first(x).relu())


class Always(Functional):
    """Dropout in evaluation too."""

    def forward(self, x):
        return self.last(F.dropout(self.first(x).relu(), 0.5))


RANDOM = {
    "dropout": (lambda: dense(lambda _: nn.Dropout(0.5)), BatchedStack),
    "dropout before a norm": (
        lambda: nn.Sequential(nn.Linear(16, 8), nn.Dropout(0.3), nn.LayerNorm(8), nn.Linear(8, CLASSES)),
        FunctionalStack,
    ),
    "Transformer": (lambda: Encoder(0.3), FunctionalStack),
    "dropout of channels": (
        lambda: nn.Sequential(
            nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 4, 3), nn.Dropout2d(0.5), nn.Flatten(), nn.Linear(16, CLASSES)
        ),
        SequentialStack,
    ),
    "leaky at random": (lambda: nn.Sequential(nn.Linear(16, 8), nn.RReLU(), nn.Linear(8, CLASSES)), FunctionalStack),
    "alpha dropout": (lambda: dense(lambda _: nn.AlphaDropout(0.2)), FunctionalStack),
    "as a function": (Functional, FunctionalStack),
    "of numpy": (OfNumpy, FunctionalStack),
    "of Python": (OfPython, FunctionalStack),
}
DRAWING = pytest.mark.parametrize("name", RANDOM)


def masks(seeds):
    return [stream("tests of modules", seed, "dropout") for seed in seeds]


def trained(name, seeds, data):
    nets = made(RANDOM[name][0], seeds)
    together = stack(nets, masks=masks(seeds))
    feed = orders([stream("tests of modules", seed, "order") for seed in seeds], 24, 8, "cpu")
    train(together, *data, Recipe(optimizer="adam", lr=0.01, updates=6, batch=8), loss="cross_entropy", orders=feed)
    return together


@DRAWING
def test_numbers_are_the_same_in_any_company(name, data):
    together = trained(name, SEEDS, data)
    assert type(together) is RANDOM[name][1]
    for k, seed in enumerate(SEEDS):
        torch.testing.assert_close(together.weights()[k], trained(name, [seed], data).weights()[0], rtol=0, atol=1e-12)
    assert len({*together.weights()[:, 0].tolist()}) == 3


@pytest.mark.parametrize(
    "make", [lambda: Encoder(0.3), lambda: dense(lambda _: nn.Dropout(0.5))], ids=["attention", "dense"]
)
def test_with_dropout_training_is_that_of_plain_torch_with_the_same_masks(make, data):
    """The oracle is one net in a plain loop, whose layers of ours get the keys of their replica."""
    x, y = data
    together = stack(made(make), masks=masks(SEEDS))
    train(together, x, y, SGD, loss="cross_entropy")
    for k, net in enumerate(made(make)):
        alone = keyed_copy(net)
        layers, optimizer = keyed(alone), torch.optim.SGD(alone.parameters(), lr=0.05, momentum=0.9)
        for update in range(50):
            keys = [keys_at(draw_keys(masks(SEEDS))[k], update, layer) for layer in range(len(layers))]
            optimizer.zero_grad()
            with lending(layers, keys):
                F.cross_entropy(alone(x), y).backward()
            optimizer.step()
        expected = torch.cat([p.detach().flatten() for p in alone.parameters()])
        torch.testing.assert_close(together.weights()[k], expected, rtol=0, atol=1e-12)


@DRAWING
def test_passes_of_training_draw_and_those_of_evaluation_do_not(name, data):
    together, x = trained(name, SEEDS, data), data[0]
    assert torch.equal(together.forward(x), together.forward(x))
    first, second = together.forward(x, update=0), together.forward(x, update=1)
    assert not torch.equal(first, second)
    assert not torch.equal(first, together.forward(x))
    assert torch.equal(first, together.forward(x, update=0))
    torch.testing.assert_close(together.forward(x)[1], together.unstack(1).eval()(x), rtol=0, atol=1e-12)


@DRAWING
def test_no_global_generator_is_moved(name, data, tools):
    nets, before = made(RANDOM[name][0]), random.getstate()
    with tools.global_generators_untouched():
        together = stack(nets, masks=masks(SEEDS))
        together.forward(data[0], update=1)
        together.forward(data[0])
    assert random.getstate() == before


@DRAWING
def test_what_draws_needs_a_generator_for_each_replica(name, data):
    with pytest.raises(ValueError, match="need a generator for each of 3 replicas, not none"):
        stack(made(RANDOM[name][0])).forward(data[0])


def test_a_net_that_draws_in_evaluation_draws_the_same_each_time(data):
    together = stack(made(Always), masks=masks(SEEDS))
    assert torch.equal(together.forward(data[0]), together.forward(data[0]))
    assert not torch.equal(together.forward(data[0]), together.forward(data[0], update=0))


def test_what_draws_in_evaluation_alone_is_found_too(data, tools):
    class Noisy(Functional):
        def forward(self, x):
            return self.last(F.dropout(self.first(x).relu(), 0.5, not self.training))

    together = stack(made(Noisy), masks=masks(SEEDS))
    with tools.global_generators_untouched():
        assert torch.equal(together.forward(data[0]), together.forward(data[0]))


def test_a_layer_that_is_called_twice_draws_twice():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.drop = nn.Linear(16, CLASSES), nn.Dropout(0.5)

        def forward(self, x):
            return torch.stack([self.drop(x), self.drop(x)], dim=2).flatten(1) + 0 * self.last(x).sum()

    together = stack([Twice()], masks=masks([0]))
    first, second = together.forward(torch.ones(50, 16), update=0)[0].view(50, 16, 2).unbind(2)
    assert 0.4 < (first == second).double().mean() < 0.6  # 800 pairs of coins: 4.5 deviations are 0.08
    assert torch.equal(together.forward(torch.ones(50, 16))[0], torch.ones(50, 32))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("kind", ["one width", "other widths", "without biases"])
def test_attention_with_dropout_is_attention_but_for_what_is_left_out(kind, batch_first, masked):
    """With keys lent and next to nothing left out, against torch's layer: outputs, weights and masks of both kinds."""
    options = {"one width": {}, "other widths": {"kdim": 6, "vdim": 4}, "without biases": {"bias": False}}[kind]
    torch.manual_seed(0)
    plain = nn.MultiheadAttention(8, 2, dropout=1e-12, batch_first=batch_first, dtype=torch.float64, **options)
    ours = copy.deepcopy(plain)
    assert keyed_attention(ours)
    plain.dropout = 0.0
    query, key, value = (torch.randn(5, 5, n, dtype=torch.float64) for n in (8, plain.kdim, plain.vdim))
    hidden = torch.eye(5) > 0
    numbers = torch.zeros(5, 5, dtype=torch.float64).masked_fill(hidden, -torch.inf)
    for average, mask in ((True, hidden if masked else None), (False, numbers if masked else None)):
        padding = mask.roll(1, 0) if masked else None
        given = {"attn_mask": mask, "key_padding_mask": padding, "average_attn_weights": average}
        ours.drop.lend(draw_keys(masks([0]))[0])
        for found, expected in zip(ours(query, key, value, **given), plain(query, key, value, **given), strict=True):
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)
        ours.drop.lend(None)
        torch.testing.assert_close(ours(query, key, value, **given)[0], plain(query, key, value, **given)[0])


def test_attention_of_one_sequence_and_without_its_weights():
    plain = nn.MultiheadAttention(8, 2, dropout=1e-12, dtype=torch.float64)
    ours = copy.deepcopy(plain)
    assert keyed_attention(ours)
    plain.dropout, x = 0.0, torch.randn(5, 8, dtype=torch.float64)
    ours.drop.lend(draw_keys(masks([0]))[0])
    for wanted in (True, False):
        found, weights = ours(x, x, x, need_weights=wanted)
        torch.testing.assert_close(found, plain(x, x, x)[0], rtol=0, atol=1e-9)
        assert (weights is None) is not wanted


def test_dropout_of_attention_leaves_out_the_share_that_it_says():
    ours = nn.MultiheadAttention(8, 2, dropout=0.3)
    keyed_attention(ours)
    ours.drop.lend(draw_keys(masks([0]))[0])
    weights = ours(*(torch.randn(40, 30, 8),) * 3, average_attn_weights=False)[1]
    assert abs((weights == 0).double().mean() - 0.3) < 0.0078  # 96,000 weights: 4.5 deviations are 0.0067, and rounding


# What cannot be done, or is told.


class Remembering(nn.Module):
    """It keeps the last hidden state in an attribute."""

    def __init__(self):
        super().__init__()
        self.last, self.hidden = nn.Linear(16, CLASSES), 0

    def forward(self, x):
        self.hidden = self.last(x).detach().mean() + self.hidden
        return self.last(x) + self.hidden


class Growing(Counting):
    def forward(self, x):
        self.passes = torch.cat([self.passes.view(-1), torch.ones(1)])
        return self.last(x)


class TwoOutputs(Counting):
    def forward(self, x):
        return self.last(x), x


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Remembering, "gives other outputs in a second pass .* Register it as a buffer"),
        (Growing, r"The buffer passes of the net changes its shape in a pass, from \(\) to \(2,\)"),
        (TwoOutputs, "gives a tuple, and a stack needs one tensor"),
    ],
)
def test_what_no_stack_can_keep_is_told(kind, message, data):
    with pytest.raises(ValueError, match=message):
        stack([kind().double() for _ in SEEDS]).forward(data[0])


@pytest.mark.parametrize(("name", "told"), [("LSTM", True), ("Transformer", False), ("batch norm of images", False)])
def test_that_nets_go_one_after_the_other_is_told_once(name, told, data):
    together = stacked(name)
    expected = pytest.warns(UserWarning, match="one replica after the other: torch.func.vmap cannot run it")
    with expected if told else nullcontext():
        together.forward(data[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        together.forward(data[0])


@pytest.mark.parametrize(("side", "together"), [(16, True), (17, False)])
def test_large_convolutions_go_one_after_the_other_on_a_cpu(side, together):
    """Eight channels of 3 x 3 at 256 places are 18,432 numbers; at 289 there are more."""
    nets = [nn.Sequential(nn.Sequential(nn.Conv2d(8, 2, 3, padding=1)), nn.Flatten()) for _ in SEEDS]
    found = stack(nets)
    found.forward(torch.ones(2, 8, side, side))
    assert found._way.together is together


@pytest.mark.parametrize("name", [name for name in MODULES if "batch norm" in name and "memory" not in name])
def test_recalibrated_statistics_are_those_of_the_inputs(name, data):
    """Oracle: torch's own layer with `momentum=None`, which averages all passes since a reset."""
    together, (x, y) = stacked(name), data
    train(together, x, y, SGD, loss="cross_entropy")
    together.load(together.weights() * 1.5)
    own = torch.stack([x, 2 * x, x - 1])
    together.recalibrate(own, at_once=12)
    for k, net in enumerate(made(name)):
        with torch.no_grad():
            for (_, parameter), (_, values) in zip(
                net.named_parameters(), together.unstack(k).named_parameters(), strict=True
            ):
                parameter.copy_(values)
        for module in net.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.reset_running_stats()
                module.momentum = None
        net.train()
        for part in own[k].split(12):
            net(part)
        for key, values in net.named_buffers():
            if "num_batches" not in key:
                torch.testing.assert_close(together.state[key][k], values, rtol=0, atol=1e-12)


def test_a_single_input_that_is_left_over_goes_with_the_part_before_it(data):
    """Alone it has no variance."""
    together, own = stacked("batch norm"), torch.stack([data[0][:9]] * 3)
    together.recalibrate(own, at_once=4)
    parts = own[0].split([4, 5])
    first = together.unstack(0)[0]
    means = [first(part).mean(0) * len(part) / 9 for part in parts]
    torch.testing.assert_close(together.state["1.running_mean"][0], sum(means), rtol=0, atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", ["batch norm", "residual, batch norm", "half frozen"])
def test_a_net_comes_back_in_the_mode_in_which_it_came(name, training, data):
    nets = [net.train(training) for net in made(name)]
    came, together = {key: module.training for key, module in nets[0].named_modules()}, stack(nets)
    for change in (lambda: together.forward(data[0]), lambda: train(together, *data, SGD, loss="cross_entropy")):
        change()
        assert {key: module.training for key, module in together.unstack(1).named_modules()} == came


def test_nothing_is_recalibrated_where_nothing_has_a_state(tools):
    together = stack(tools.nets("dense", SEEDS))
    together.recalibrate(torch.full((3, 4, 2), torch.nan))
    assert together.state == {}
