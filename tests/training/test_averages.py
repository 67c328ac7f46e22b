"""Mean weights, against a mean by hand."""

import numpy as np
import pytest
import torch

from hw1.data import grid
from hw1.nets.dense import dense, initialised
from hw1.streams import stream
from hw1.training import MeanWeights, Recipe, stack, train

X = grid(16).astype(np.float32)


def trained(start):
    """A mean from an update on, the weights after each update, and the stack."""
    nets = stack(initialised(lambda: dense((4,), inputs=1, outputs=1), [stream("averages", 1, s) for s in range(3)]))
    mean, seen = MeanWeights(nets, start=start), []

    def on_update(update, losses):
        mean(update, losses)
        seen.append(nets.weights())

    train(nets, X, np.sin(X), Recipe(optimizer="sgd", lr=0.1, updates=6), loss="squared", on_update=on_update)
    return mean, torch.stack(seen), nets


@pytest.mark.parametrize("start", [0, 3, 6])
def test_the_mean_is_that_of_the_weights_after_each_update_from_the_start_on(start):
    mean, seen, nets = trained(start)
    with mean.lent() as lent:
        assert lent is nets
        torch.testing.assert_close(nets.weights(), seen[start:].mean(0), rtol=1e-5, atol=1e-7)  # float32 sums of 7
    assert torch.equal(nets.weights(), seen[-1])


def test_weights_come_back_after_an_error():
    mean, seen, nets = trained(2)
    with pytest.raises(ZeroDivisionError), mean.lent():
        raise ZeroDivisionError
    assert torch.equal(nets.weights(), seen[-1])


def test_a_mean_of_nothing_is_refused():
    mean, _, _ = trained(7)
    with pytest.raises(ValueError, match="No weights from update 7 on have been seen"), mean.lent():
        pass
