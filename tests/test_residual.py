"""Residual nets and normalisation by name: what they compute, what the twin without skips shares, what is refused."""

import math

import pytest
import torch
from torch import nn

from hw1.nets.dense import initialised
from hw1.nets.normalisation import NORMALISATIONS, normalisation
from hw1.nets.residual import Residual, residual_convolutional, residual_dense
from hw1.streams import stream
from hw1.training import Recipe, stack, train

SEEDS = (0, 1)


def rngs():
    return [stream("residual nets", seed) for seed in SEEDS]


def of_rows(**options):
    return lambda: residual_dense(8, 3, inputs=5, outputs=4, **options)


def of_images(**options):
    return lambda: residual_convolutional((4, 8), 2, inputs=(1, 6, 6), outputs=4, **options)


def parameters(net):
    return sum(p.numel() for p in net.parameters())


def test_a_block_adds_what_goes_around_it():
    x, branch = torch.randn(3, 5), nn.Linear(5, 5)
    assert torch.equal(Residual(branch)(x), x + branch(x))
    other = nn.Linear(5, 5)
    assert torch.equal(Residual(other, branch)(x), branch(x) + other(x))


@pytest.mark.parametrize("norm", NORMALISATIONS)
@pytest.mark.parametrize("make", [of_rows, of_images])
def test_nets_train_side_by_side(make, norm):
    nets = initialised(make(norm=norm), rngs())
    together = stack(nets)
    torch.manual_seed(0)
    x = torch.randn(12, 5 if make is of_rows else 36)
    y = torch.randint(0, 4, (12,))
    before = torch.nn.functional.cross_entropy(nets[0].train()(x), y)
    recipe = Recipe(optimizer="adam", lr=0.01, updates=60)
    assert not train(together, x, y, recipe, loss="cross_entropy").diverged.any()
    for k in range(len(SEEDS)):
        outputs = together.forward(x, update=0)[k]
        assert torch.nn.functional.cross_entropy(outputs, y) < before - 0.1


def test_without_skips_a_dense_net_has_the_same_weights_and_computes_the_plain_chain():
    with_skips, without = (initialised(of_rows(skip=skip), rngs())[0] for skip in (True, False))
    assert parameters(with_skips) == parameters(without) == (5 + 1) * 8 + 6 * (8 + 1) * 8 + (8 + 1) * 4
    assert all(torch.equal(a, b) for a, b in zip(with_skips.parameters(), without.parameters(), strict=True))
    x = torch.randn(3, 5)
    linear = [m for m in without.modules() if isinstance(m, nn.Linear)]
    h = linear[0](x)
    for layer in linear[1:]:
        h = layer(h.relu())
    torch.testing.assert_close(without(x), h)
    h = linear[0](x)
    for first, second in zip(linear[1:-1:2], linear[2:-1:2], strict=True):
        h = h + second(first(h.relu()).relu())
    torch.testing.assert_close(with_skips(x), linear[-1](h.relu()))


def test_stages_halve_the_sides_and_only_skips_have_1_x_1_convolutions():
    net = initialised(of_images(), rngs())[0]
    seen = []
    for block in net.modules():
        if isinstance(block, Residual):
            block.register_forward_hook(lambda _, __, outputs: seen.append(tuple(outputs.shape[1:])))
    assert net(torch.randn(2, 1, 6, 6)).shape == (2, 4)
    assert seen == [(4, 6, 6), (4, 6, 6), (8, 3, 3), (8, 3, 3)]
    kernels = [[m.kernel_size for m in of_images(skip=skip)().modules() if isinstance(m, nn.Conv2d)] for skip in (1, 0)]
    assert [sizes.count((1, 1)) for sizes in kernels] == [1, 0]
    assert [len(sizes) for sizes in kernels] == [1 + 8 + 1, 1 + 8]


def test_gradients_of_strided_1_x_1_filters_of_few_channels_are_right():
    """In channels_last, oneDNN's write beyond their memory: wrong numbers or a crash."""
    nets = initialised(of_images(norm="none"), rngs())
    x, y = torch.randn(12, 36), torch.randint(0, 4, (12,))
    together = stack(nets)
    for _ in range(20):
        gradient = together.gradient(
            torch.stack([torch.nn.functional.cross_entropy(o, y) for o in together.forward(x)])
        )
    for k, net in enumerate(nets):
        torch.nn.functional.cross_entropy(net(x), y).backward()
        expected = torch.cat([p.grad.flatten() for p in net.parameters()])
        torch.testing.assert_close(gradient[k], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize("kind", ["batch", "layer", "group"])
def test_normalised_numbers_have_mean_0_and_variance_1_where_the_name_says(kind, images):
    x = 3 + 200 * torch.randn(6, 8, *((5, 5) if images else ()), dtype=torch.float64)
    groups = normalisation(kind, 8, images=images).double()(x).reshape(6, 8, -1)
    over = {"batch": groups.transpose(0, 1).flatten(1), "layer": groups.flatten(1), "group": groups.reshape(24, -1)}[
        kind
    ]
    torch.testing.assert_close(over.mean(1), torch.zeros(len(over), dtype=torch.float64), rtol=0, atol=1e-12)
    torch.testing.assert_close(over.var(1, correction=0), torch.ones(len(over), dtype=torch.float64), rtol=0, atol=0.05)


def test_a_blank_net_begins_with_fresh_statistics():
    net = of_rows(norm="batch")()
    assert all(math.isnan(p.detach().flatten()[0]) for p in net.parameters())
    assert {name.rpartition(".")[2]: float(buffer.sum()) for name, buffer in net.named_buffers()} == {
        "running_mean": 0.0,
        "running_var": 8.0,
        "num_batches_tracked": 0.0,
    }


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (of_rows(norm="spectral"), "norm='spectral' is unknown. Use one of none, batch, layer, group"),
        (of_rows(activation="swish"), "activation='swish' is unknown"),
        (lambda: residual_dense(0, 1, inputs=1, outputs=1), "Nothing can pass layers of sizes"),
        (lambda: residual_convolutional((4, 0), 1, inputs=(1, 4, 4), outputs=2), "Nothing can pass"),
        (lambda: normalisation("weight", 4), "normalisation='weight' is unknown"),
        (lambda: normalisation("group", 6), "6 features are not 4 groups"),
    ],
)
def test_what_makes_no_net_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
