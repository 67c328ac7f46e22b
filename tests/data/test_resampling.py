"""Examples chosen for each replica, counted by hand."""

import numpy as np
import pytest

from hw1.data import Problem, bootstrap, by_class, repeated, resampled, subsets
from hw1.streams import stream


def rngs(n, purpose="rows"):
    return [stream("test_resampling", k, purpose) for k in range(n)]


def problem(replicas=2, n=6):
    x = np.arange(replicas * n * 3, dtype=np.float32).reshape(replicas, n, 3)
    y = np.arange(replicas * n).reshape(replicas, n) % 3
    return Problem(x_train=x, y_train=y, x_test=-x, y_test=y + 10)


def test_a_bootstrap_sample_holds_63_percent_of_the_examples():
    """1 - 1/e with a deviation of 0.31 / sqrt(n) (occupancy of n cells by n balls): five of them."""
    rows = bootstrap(2_000, rngs(3))
    assert rows.shape == (3, 2_000)
    for own in rows:
        assert len(set(own)) / 2_000 == pytest.approx(1 - np.exp(-1), abs=5 * 0.31 / np.sqrt(2_000))
    assert not np.array_equal(rows[0], rows[1])


def test_a_subset_has_each_example_once_and_is_held_by_a_larger_one():
    small, large = subsets(10, 4, rngs(2)), subsets(10, 7, rngs(2))
    assert [len(set(own)) for own in large] == [7, 7]
    np.testing.assert_array_equal(large[:, :4], small)
    with pytest.raises(ValueError, match="11 of 10 examples cannot be drawn without repetition"):
        subsets(10, 11, rngs(2))


def test_classes_have_the_numbers_that_were_asked_for_from_the_front():
    labels = np.array([[0, 1, 1, 2, 0, 0], [2, 0, 0, 1, 0, 1]])
    rows = by_class(labels, (2, 1, 1))
    np.testing.assert_array_equal(rows, [[0, 4, 1, 3], [1, 2, 3, 0]])
    with pytest.raises(ValueError, match="There are 1 examples of class 2, not 2"):
        by_class(labels, (2, 1, 2))


def test_rows_choose_inputs_and_their_labels_for_each_replica_and_leave_the_test_alone():
    data, rows = problem(), np.array([[5, 5, 0], [1, 2, 3]])
    chosen = resampled(data, rows)
    for k in range(2):
        np.testing.assert_array_equal(chosen.x_train[k], data.x_train[k][rows[k]])
        np.testing.assert_array_equal(chosen.y_train[k], data.y_train[k][rows[k]])
    assert chosen.x_test is data.x_test
    with pytest.raises(ValueError, match="Rows for 1 replicas do not fit data of 2"):
        resampled(data, rows[:1])


def test_members_of_a_seed_have_its_data():
    data = repeated(problem(), 3)
    assert data.x_train.shape == (6, 6, 3)
    for name, values in vars(problem()).items():
        for k in range(6):
            np.testing.assert_array_equal(getattr(data, name)[k], values[k // 3])
