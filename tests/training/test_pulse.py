"""The pulse of a training reaches whoever listens, and changes nothing."""

import numpy as np
import pytest
import torch

from hw1.pulse import beat, listening
from hw1.training import Recipe, squared, stack, train

RECIPE = Recipe(optimizer="adam", lr=0.01, updates=5)


def trained(tools):
    x, y = tools.data("squared")
    together = stack(tools.nets("dense", (0, 1)))
    losses = {"loss": lambda s: squared(s.forward(x), y)}
    return together, train(together, x, y, RECIPE, loss="squared", record=losses, at=range(6))


def test_a_listener_is_told_every_update_with_the_losses_of_the_replicas(tools):
    told = []
    with listening(lambda update, updates, losses: told.append((update, updates, losses.detach().clone()))):
        _, result = trained(tools)
    assert [(update, updates) for update, updates, _ in told] == [(t, 5) for t in range(6)]
    assert np.array_equal(torch.stack([losses for _, _, losses in told], dim=1).numpy(), result.curves["loss"])


def test_listening_does_not_change_the_training_and_ends(tools):
    told = []
    with listening(lambda *pulse: told.append(pulse)):
        watched, _ = trained(tools)
    plain, _ = trained(tools)
    assert len(told) == 6
    assert torch.equal(plain.weights(), watched.weights())


def test_listening_ends_with_an_error_too():
    told = []
    with pytest.raises(KeyboardInterrupt), listening(lambda *pulse: told.append(pulse)):
        raise KeyboardInterrupt
    beat(0, 1, None)
    assert told == []
