"""Values that seeds choose from a grid: against the same choice by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from hw1.training import tuned

ACCURACY = np.array([[0.5, 0.9, 0.7, 0.6], [0.9, 0.8, 0.9, 0.1], [0.2, 0.4, 0.4, 0.9]])  # (seeds, values)
LOSS = np.array([[3.0, 1.0, 2.0, 2.0], [2.0, 0.1, 1.0, 9.0], [1.0, 1.0, 1.0, 1.0]])
GRID = (0.1, 0.3, 1.0, 3.0)


def trained(grid=GRID, accuracy=ACCURACY):
    """What `tuned` finds where training at the j-th value gives the j-th column."""
    columns = {
        value: SimpleNamespace(
            last={"held_accuracy": accuracy[:, j], "held_loss": LOSS[:, j], "test_accuracy": accuracy[:, j] + 10}
        )
        for j, value in enumerate(grid)
    }
    return tuned(grid, columns.__getitem__)


def test_each_seed_keeps_the_value_of_its_highest_accuracy_and_of_two_the_lower_loss():
    found = trained()
    assert found.value.tolist() == [0.3, 1.0, 3.0]
    assert found.chosen("test_accuracy").tolist() == [10.9, 10.9, 10.9]
    assert found.trainings == 4


def test_of_equal_accuracies_and_losses_the_smaller_value_is_kept():
    assert trained(accuracy=np.full((3, 4), 0.5)).value[2] == 0.1


def test_the_first_and_the_last_value_are_edges_and_a_first_value_of_0_is_none():
    accuracy = np.array([[0.9, 0.1, 0.1, 0.1], [0.1, 0.9, 0.1, 0.1], [0.1, 0.1, 0.1, 0.9]])
    assert trained(accuracy=accuracy).at_edge.tolist() == [True, False, True]
    assert trained((0.0, 1.0, 2.0, 3.0), accuracy).at_edge.tolist() == [False, False, True]


def test_a_value_of_the_grid_is_found_by_itself_and_another_is_refused():
    assert trained().at("held_accuracy", 1.0).tolist() == [0.7, 0.9, 0.4]
    with pytest.raises(ValueError, match=r"0.5 is not in the grid \(0.1, 0.3, 1.0, 3.0\)"):
        trained().at("held_accuracy", 0.5)


@pytest.mark.parametrize("grid", [(), (1.0, 2.0), (1.0, 3.0, 2.0), (1.0, 1.0, 2.0)])
def test_a_grid_without_a_choice_is_refused(grid):
    with pytest.raises(ValueError, match=r"offers no choice. Use three or more values that increase"):
        tuned(grid, lambda value: pytest.fail(f"trained at {value}"))
