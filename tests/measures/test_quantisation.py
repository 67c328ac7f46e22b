"""Weights in few bits against torch's own fake quantisation, matrix by matrix."""

import pytest
import torch

from hw1.measures.quantisation import quantised
from hw1.nets.dense import dense, initialised
from hw1.streams import stream
from hw1.training import stack

K = 3


def nets():
    rngs = [stream("test_quantisation", seed) for seed in range(K)]
    return initialised(lambda: dense((7, 5), inputs=4, outputs=3), rngs)


def of_torch(weight, bits, per_unit):
    most = 2 ** (bits - 1) - 1
    if not per_unit:
        return torch.fake_quantize_per_tensor_affine(weight, weight.abs().max().item() / most, 0, -most, most)
    steps = weight.abs().amax(1) / most
    zeros = torch.zeros(len(weight), dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight, steps, zeros, 0, -most, most)


@pytest.mark.parametrize("per_unit", [False, True])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_every_matrix_has_the_values_that_torch_gives_it_and_biases_stay(bits, per_unit):
    """Oracle: torch's fake quantisation, with zero point 0 and the symmetric range, of one matrix at a time."""
    made = nets()
    replicas = stack(made)
    found = dict(replicas.split(quantised(replicas, bits, per_unit=per_unit)))
    for k, net in enumerate(made):
        for name, weight in net.named_parameters():
            known = of_torch(weight.detach(), bits, per_unit) if weight.ndim == 2 else weight
            torch.testing.assert_close(found[name][k], known, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("per_unit", [False, True])
@pytest.mark.parametrize("bits", [2, 3, 5])
def test_a_matrix_keeps_its_largest_weight_and_has_few_values(bits, per_unit):
    replicas = stack(nets())
    for name, rounded in replicas.split(quantised(replicas, bits, per_unit=per_unit)):
        given = replicas.leaves[name].detach()
        if given.ndim < 3:
            continue
        torch.testing.assert_close(rounded.abs().amax(2 if per_unit else (1, 2)),
                                   given.abs().amax(2 if per_unit else (1, 2)), rtol=1e-6, atol=0)  # fmt: skip
        for row in rounded.flatten(0, 1) if per_unit else rounded.flatten(1):
            assert len(row.unique()) <= 2**bits - 1
        half = given.abs().amax((1, 2), keepdim=True) / (2 ** (bits - 1) - 1) / 2
        assert ((rounded - given).abs() <= half * (1 + 1e-5)).all()


def test_the_nets_stay_as_they_are():
    replicas = stack(nets())
    before = replicas.weights()
    quantised(replicas, 3)
    assert torch.equal(replicas.flat, before)


def test_weights_of_zero_stay_zero():
    replicas = stack(nets())
    replicas.load(torch.zeros_like(replicas.flat))
    assert not quantised(replicas, 4).any()
    assert not quantised(replicas, 4, per_unit=True).any()


@pytest.mark.parametrize("bits", [1, 0, -3])
def test_one_bit_is_refused(bits):
    with pytest.raises(ValueError, match=f"bits={bits} leave 0 as the only value"):
        quantised(stack(nets()), bits)
