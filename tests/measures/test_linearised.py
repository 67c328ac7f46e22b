"""The expansion in the weights, against finite differences and against nets that are linear in their weights."""

import pytest
import torch

from hw1.measures.linearised import linearised
from hw1.nets.dense import dense, initialised
from hw1.streams import stream
from hw1.training import stack


def nets(widths, purpose="init"):
    made = initialised(
        lambda: dense(widths, inputs=3, outputs=2, activation="tanh").double(),
        [stream("linearised", k, purpose) for k in range(2)],
    )
    return stack(made)


X = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(2, 4, 3).sin()


def test_it_is_the_outputs_plus_their_derivative_along_the_way():
    """Oracle: central differences with a step of 1e-5, whose error is of order 1e-10."""
    one, other = nets((5,)), nets((5,), "other")
    start, end = one.weights(), other.weights()
    found = linearised(other, start, end, X)
    assert torch.equal(other.weights(), end)

    def at(share):
        one.load(start + share * (end - start))
        return one.forward(X, per_replica=True).detach()

    expected = at(0.0) + (at(1e-5) - at(-1e-5)) / 2e-5
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-8)
    assert (found - at(1.0)).abs().max() > 0.01


def test_a_net_without_hidden_layers_is_its_own_expansion():
    one, other = nets(()), nets((), "other")
    found = linearised(one, one.weights(), other.weights(), X)
    torch.testing.assert_close(found, other.forward(X, per_replica=True).detach(), rtol=0, atol=1e-12)


def test_weights_come_back_after_an_error():
    one = nets((5,))
    before = one.weights()
    with pytest.raises(ValueError, match="does not fit a net of 3 inputs"):
        linearised(one, before + 1, before + 2, X[..., :2])
    assert torch.equal(one.weights(), before)
