"""What the experiments on inputs, starts, skips and normalisation make, on problems that can be counted by hand.

torch is imported inside tests: collecting the claims leaves it out.
"""

import dataclasses

import numpy as np
import pytest

from hw1.claims.optimisation import batch_norm, inputs, skips, starts
from hw1.streams import stream


def draw(seed, *purpose):
    return stream("test_helpers_of_nets", seed, *purpose)


def digits(**changes):
    setting = dataclasses.replace(inputs.FAST, train=20, test=10, **changes)
    return setting.problem([0, 1], draw)


def test_stretched_digits_are_the_pixels_that_were_standardised():
    """Oracle: all of scikit-learn's images, whose pixels are whole numbers from 0 to 16."""
    from sklearn.datasets import load_digits

    found = inputs.stretched(digits(), 16)
    images = {tuple(image) for image in load_digits().data.astype(int)}
    for part in (found.x_train, found.x_test):
        np.testing.assert_allclose(part, part.round(), atol=1e-4)
        assert {tuple(row) for row in part.reshape(-1, 64).round().astype(int)} <= images
    with pytest.raises(ValueError, match="greatest input of 0"):
        inputs.stretched(digits(), 0)


def test_the_signal_of_layers_with_known_weights_is_counted():
    """Oracle: layers that multiply by 3, then by 2 and by 2, so that it doubles once per layer after the first."""
    import torch

    from hw1.nets.dense import dense

    nets = [dense((4, 4, 4), inputs=4, outputs=2) for _ in range(2)]
    with torch.no_grad():
        for net in nets:
            for layer, factor in zip(net[::2], (3, 2, 2, 1), strict=True):
                layer.weight.copy_(factor * torch.eye(4)[: layer.out_features])
                layer.bias.zero_()
        nets[1][4].weight.div_(4)  # then 2 and 1/2: no change in all
    data = dataclasses.replace(digits(), x_train=np.ones((2, 5, 4), dtype=np.float32))
    np.testing.assert_allclose(starts.doublings_per_layer(nets, data), [1, 0])
    with torch.no_grad():
        nets[0][0].weight.zero_()
    assert starts.doublings_per_layer(nets, data)[0] == 0
    assert starts.doublings_per_layer([dense((), inputs=4, outputs=2)] * 2, data).tolist() == [0, 0]


def test_a_residual_net_starts_with_the_weights_of_its_plain_twin_and_a_shallow_one_is_another():
    import torch

    setting = dataclasses.replace(skips.FAST, train=20, test=10, blocks=2, widths=(5, 4))
    data = setting.problem([0], draw)
    plain, residual = (skips.made(setting, net, data, [draw(0, "init")], "he")[0] for net in ("plain", "residual"))
    assert len(list(plain.parameters())) == 2 * (2 * 2 + 2)
    for one, other in zip(plain.parameters(), residual.parameters(), strict=True):
        assert torch.equal(one, other)
    x = torch.from_numpy(data.x_train[0])
    assert not torch.allclose(plain(x), residual(x))
    shallow = skips.made(setting, "shallow", data, [draw(0, "init")], "he")[0]
    assert [layer.out_features for layer in shallow[::2]] == [5, 4, 10]
    with pytest.raises(ValueError, match="has no width for deep nets"):
        skips.made(dataclasses.replace(setting, widths=()), "plain", data, [draw(0, "init")], "he")


def test_a_normalised_net_starts_with_the_weights_of_its_plain_twin_and_scales_its_units():
    """Oracle: mean 0 and deviation 1 of each unit over a batch, after each layer of weights."""
    import torch

    setting = dataclasses.replace(batch_norm.FAST, train=20, test=10, widths=(5, 4))
    data = setting.problem([0], draw)
    plain, normalised = (
        batch_norm.made(setting, data, [draw(0, "init")], normalised=which, scheme="he")[0] for which in (False, True)
    )
    for one, other in zip(plain[::2], normalised[::3], strict=True):
        assert torch.equal(one.weight, other.weight)
    x = torch.from_numpy(data.x_train[0])
    for hidden in (normalised[:2], normalised[:5]):
        with torch.no_grad():
            units = hidden(x)
        np.testing.assert_allclose(units.mean(0), 0, atol=1e-6)
        np.testing.assert_allclose(units.var(0, correction=0), 1, atol=1e-3)  # but for the 1e-5 under the root
