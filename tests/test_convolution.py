"""Convolutional nets from a description: what they compute and how many parameters they have."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from hw1.nets.convolutional import Cnn, convolutional, dense_twin, with_filters
from hw1.nets.dense import initialise
from hw1.streams import stream

torch.set_num_threads(1)

IMAGES = {"inputs": (2, 7, 6), "outputs": 3}
SIGNALS = {"inputs": (1, 1, 11), "outputs": 4}

CNNS = st.builds(
    Cnn,
    inputs=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    outputs=st.integers(1, 5),
    filters=st.lists(st.integers(1, 4), max_size=4).map(tuple),
    kernel=st.sampled_from([1, 3, 5]),
    halving=st.sampled_from(["max", "average", "stride", "none"]),
    each=st.integers(1, 2),
    widths=st.lists(st.integers(1, 5), max_size=2).map(tuple),
    dropout=st.sampled_from([0.0, 0.5]),
)


def made(cnn, seed=0):
    net = convolutional(cnn)
    initialise(net, stream("convolution tests", seed))
    return net


@given(CNNS)
@settings(max_examples=60, deadline=None)
def test_the_count_is_what_torch_counts_and_the_outputs_have_their_shape(cnn):
    net = made(cnn)
    assert cnn.parameters == sum(p.numel() for p in net.parameters())
    channels, height, width = cnn.inputs
    flat = torch.randn(2, channels * height * width)
    assert net(flat).shape == (2, cnn.outputs)
    assert torch.equal(net(flat), net(flat.reshape(2, channels, height, width)))


def test_the_tutorials_net_has_its_published_count():
    """tensorflow.org/tutorials/images/cnn: 122,570 parameters."""
    assert Cnn(inputs=(3, 32, 32), outputs=10, filters=(32, 64, 64), widths=(64,)).parameters == 122_570


@pytest.mark.parametrize("halving", ["max", "average", "stride", "none"])
def test_an_image_net_computes_what_its_layers_say(halving):
    net = made(Cnn(**IMAGES, filters=(4, 5), halving=halving, widths=(6,), activation="tanh"))
    w1, b1, w2, b2, v1, c1, v2, c2 = net.parameters()
    x = torch.randn(3, 2, 7, 6)
    stride = 2 if halving == "stride" else 1
    reduce = {"max": lambda h: F.max_pool2d(h, 2), "average": lambda h: F.avg_pool2d(h, 2)}.get(halving, lambda h: h)
    h = reduce(torch.tanh(F.conv2d(x, w1, b1, stride=stride, padding=1)))
    h = reduce(torch.tanh(F.conv2d(h, w2, b2, stride=stride, padding=1)))
    expected = torch.tanh(h.flatten(1) @ v1.T + c1) @ v2.T + c2
    torch.testing.assert_close(net(x), expected)


def test_a_signal_net_computes_what_conv1d_computes():
    net = made(Cnn(**SIGNALS, filters=(4, 5), kernel=5))
    w1, b1, w2, b2, v, c = net.parameters()
    x = torch.randn(3, 11)
    h = F.max_pool1d(F.conv1d(x[:, None], w1[:, :, 0], b1, padding=2).relu(), 2)
    h = F.max_pool1d(F.conv1d(h, w2[:, :, 0], b2, padding=2).relu(), 2)
    torch.testing.assert_close(net(x), h.flatten(1) @ v.T + c)


@pytest.mark.parametrize("halving", ["average", "stride", "none"])
def test_the_twin_with_identity_activations_is_affine(halving):
    net = made(Cnn(**IMAGES, filters=(4, 5), halving=halving, widths=(6,), activation="identity")).double()
    x, y = torch.randn(2, 5, 84, dtype=torch.float64)
    torch.testing.assert_close(net(0.3 * x + 0.7 * y), 0.3 * net(x) + 0.7 * net(y))


def test_max_pooling_leaves_the_twin_with_identity_activations_nonlinear():
    net = made(Cnn(**IMAGES, filters=(4,), activation="identity")).double()
    x, y = torch.randn(2, 5, 84, dtype=torch.float64)
    assert not torch.allclose(net(0.3 * x + 0.7 * y), 0.3 * net(x) + 0.7 * net(y))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_families_are_matched_in_parameters(depth):
    """Oracle: no other width and no other number of filters is nearer to the budget."""
    cnn = Cnn(inputs=(1, 1, 40), outputs=10, filters=(16, 16), kernel=5)
    twin, other = dense_twin(cnn, depth=depth), with_filters(cnn, 3_002, depth=depth)
    assert {type(layer) for layer in convolutional(twin)} == {nn.Flatten, nn.Linear, nn.ReLU}
    assert len(twin.widths) == len(other.filters) == depth
    for net, name in ((twin, "widths"), (other, "filters")):
        size = getattr(net, name)[0]
        for neighbour in (size - 1, size + 1):
            described = Cnn(**{**vars(net), name: (neighbour,) * depth})
            assert abs(described.parameters - 3_002) >= abs(net.parameters - 3_002)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": 4}, "kernel=4 has no middle"),
        ({"halving": "min"}, "halving='min' is unknown"),
        ({"activation": "step"}, "activation='step' is unknown"),
        ({"filters": (0,)}, "at least 1"),
    ],
)
def test_descriptions_that_make_no_net_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Cnn(**{**IMAGES, "filters": (2,), **change})


def test_budgets_that_make_no_net_are_refused():
    cnn = Cnn(**IMAGES, filters=())
    with pytest.raises(ValueError, match="20 parameters cannot make 2 convolutions"):
        with_filters(cnn, 20, depth=2)
    with pytest.raises(ValueError, match="depth=0"):
        with_filters(cnn, 1_000, depth=0)


def test_the_weights_are_nan_until_they_are_drawn():
    net = convolutional(Cnn(**IMAGES, filters=(2,)))
    assert all(p.isnan().all() for p in net.parameters())
    assert isinstance(net[2], nn.Conv2d)
