"""What settings share: the recipe and the measurements that follow from their numbers."""

from dataclasses import replace

import numpy as np
import pytest

from hw1.settings import InEpochs, InUpdates
from hw1.streams import stream
from hw1.training import Recipe

EPOCHS = InEpochs(data="digits", train=105, test=40, batch=20, epochs=5, lr=0.1, momentum=0.9, stack=2)


def draw(seed, purpose):
    return stream("settings", 1, seed, purpose)


def test_a_budget_in_epochs_leaves_out_what_does_not_fill_a_batch():
    assert (EPOCHS.per_epoch, EPOCHS.all_updates) == (5, 25)
    assert EPOCHS.recipe() == Recipe(optimizer="sgd", lr=0.1, momentum=0.9, updates=25, batch=20)
    assert EPOCHS.each(2) == [0, 10, 20, 25]
    assert EPOCHS.each(5) == [0, 25]


def test_an_arm_changes_fields_of_the_recipe():
    setting = InUpdates(data="digits", train=100, test=40, batch=None, updates=30, optimizer="adam", lr=0.1, stack=2)
    assert setting.recipe() == Recipe(optimizer="adam", lr=0.1, updates=30)
    assert setting.recipe(lr=0.2, weight_decay=0.1) == Recipe(optimizer="adam", lr=0.2, updates=30, weight_decay=0.1)


def test_what_the_recipe_cannot_use_is_refused_by_name():
    with pytest.raises(ValueError, match=r"optimizer='adam' would ignore momentum=0\.9"):
        replace(EPOCHS, optimizer="adam").recipe()


def test_each_seed_draws_its_problem_from_its_own_stream():
    both, second = EPOCHS.problem((3, 4), draw), EPOCHS.problem((4,), draw)
    assert both.x_train.shape == (2, 105, 64)
    assert np.array_equal(both.x_train[1], second.x_train[0])
    assert not np.array_equal(both.x_train[0], both.x_train[1])
