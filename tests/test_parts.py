"""Parts of nets, against what is said of their weights; trainings with them are in `training/test_phases.py`."""

import numpy as np
import pytest
import torch
from torch import nn

from hw1.nets.dense import dense, initialised
from hw1.nets.parts import frozen_below_the_last, shrunk_and_perturbed, with_new_last_layers
from hw1.streams import stream


def nets(purpose="init"):
    return initialised(lambda: dense((4, 3), inputs=2, outputs=5), [stream("parts", k, purpose) for k in range(2)])


def values(net):
    return torch.cat([parameter.detach().reshape(-1) for parameter in net.parameters()])


def test_a_new_last_layer_leaves_the_others_and_the_nets_that_were_given():
    old = nets()
    new = with_new_last_layers(old, [stream("parts", k, "head") for k in range(2)])
    for before, after, given in zip(nets(), new, old, strict=True):
        assert torch.equal(values(before), values(given))
        assert torch.equal(values(before[:-1]), values(after[:-1]))
        assert not torch.isclose(before[-1].weight, after[-1].weight).any()


def test_only_the_last_layer_of_frozen_nets_can_be_trained():
    frozen = frozen_below_the_last(nets())[0]
    trained = [name for name, parameter in frozen.named_parameters() if parameter.requires_grad]
    assert trained == ["4.weight", "4.bias"]
    assert torch.equal(values(frozen), values(nets()[0]))


def test_shrinking_and_perturbing_is_a_sum_of_two_nets():
    mixed = shrunk_and_perturbed(nets(), nets("noise"), shrink=0.5, perturb=0.1)
    for one, a, b in zip(mixed, nets(), nets("noise"), strict=True):
        np.testing.assert_allclose(values(one), 0.5 * values(a) + 0.1 * values(b), rtol=1e-6)
    same = shrunk_and_perturbed(nets(), nets("noise"), shrink=1.0, perturb=0.0)
    assert torch.equal(values(same[0]), values(nets()[0]))


@pytest.mark.parametrize("factors", [(-0.1, 1.0), (1.0, float("inf")), (float("nan"), 0.0)])
def test_factors_that_are_no_share_are_refused(factors):
    shrink, perturb = factors
    with pytest.raises(ValueError, match="must be numbers of at least 0"):
        shrunk_and_perturbed(nets(), nets("noise"), shrink=shrink, perturb=perturb)


@pytest.mark.parametrize("net", [nn.Linear(2, 3), nn.Sequential(nn.Linear(2, 3), nn.ReLU())])
def test_nets_without_a_last_layer_with_weights_are_refused(net):
    with pytest.raises(ValueError, match="is no chain whose last layer has weights"):
        frozen_below_the_last([net])
