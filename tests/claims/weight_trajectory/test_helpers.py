"""What the experiments on weight trajectories are made of."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from hw1.claims.weight_trajectory._runs import _shared, accuracy_with, layers_of, points_of, record, refuse_too_much
from hw1.claims.weight_trajectory.crucial_weights import FAST, _counts, _first, _tenths
from hw1.streams import stream

TINY = replace(FAST, train=100, test=60, updates=6, points=3, widths=(5, 4))
SEEDS = [0, 1]
SIZES = {"layer 1": 64 * 5 + 5, "layer 2": 5 * 4 + 4, "layer 3": 4 * 10 + 10}
draw = partial(stream, "trajectory helpers", 1)


@pytest.fixture(scope="module")
def data():
    return TINY.problem(SEEDS, draw)


@pytest.fixture(scope="module")
def recorded(data):
    return record(TINY, data, SEEDS, draw, device="cpu", runs=3)


@pytest.fixture(scope="module")
def weights(recorded):
    return recorded.curves["weights"]


def of_seed(seed, **how):
    """Weights of three runs of one seed, trained without the other."""
    return record(TINY, TINY.problem([seed], draw), [seed], draw, device="cpu", runs=3, **how).curves["weights"]


def test_the_path_begins_at_the_initial_weights_and_ends_at_the_trained_ones(data, recorded, weights):
    assert weights.shape == (6, 3, sum(SIZES.values()))
    assert weights.dtype == np.float32
    assert recorded.steps.tolist() == [0, 3, 6]
    np.testing.assert_array_equal(weights[:, -1], recorded.stack.weights().numpy())
    untrained = record(replace(TINY, updates=1, points=2), data, SEEDS, draw, device="cpu", runs=3)
    np.testing.assert_array_equal(weights[:, 0], untrained.curves["weights"][:, 0])


def test_a_run_is_the_same_in_any_company(weights):
    np.testing.assert_allclose(of_seed(1), weights[3:], atol=1e-6)


def test_runs_of_a_seed_share_their_data_and_may_share_their_start(weights):
    assert not np.array_equal(weights[0, 0], weights[1, 0])
    together = of_seed(0, one_start=True)
    np.testing.assert_array_equal(together[0, 0], weights[0, 0])
    np.testing.assert_array_equal(together[0, 0], together[2, 0])
    assert not np.array_equal(together[0, -1], together[2, -1])  # their orders differ


def test_layers_have_weights_and_biases(recorded):
    assert layers_of(recorded.stack) == SIZES


def test_accuracy_with_the_weights_of_a_point_is_the_one_recorded_there(data, recorded, weights):
    stack, accuracy = recorded.stack, recorded.curves["test_accuracy"]
    before = stack.weights()
    for point in range(3):
        np.testing.assert_array_equal(accuracy_with(stack, data, weights[:, point]), accuracy[:, point])
    np.testing.assert_array_equal(stack.weights().numpy(), before.numpy())


def test_recording_begins_where_it_is_asked_to():
    assert points_of(replace(TINY, updates=100, points=5), since=60) == [60, 70, 80, 90, 100]
    assert points_of(replace(TINY, updates=2, points=5)) == [0, 1, 2]


def test_too_many_weights_are_refused_before_training():
    with pytest.raises(
        ValueError, match=r"34 points of 8 runs with 4,000,000 weights take 4\.4 GB, more than the 4 GB"
    ):
        refuse_too_much(8, 34, 4_000_000)


def test_data_of_one_seed_are_not_copied_for_its_runs():
    values = np.arange(12.0).reshape(1, 4, 3)
    shared = _shared(values, 5)
    assert shared.shape == (5, 4, 3)
    assert shared.stride(0) == 0
    both = _shared(np.stack([values[0], values[0] + 100]), 2)
    assert both[:, 0, 0].tolist() == [0, 0, 100, 100]


def test_a_tenth_is_a_tenth_and_alike_in_its_layers(weights):
    sizes = list(SIZES.values())
    tenths = _tenths(weights, sizes, [draw(0, "tenth", run) for run in range(6)])
    assert {int(n) for tenth in tenths.values() for n in tenth.sum(1)} == {round(sum(sizes) / 10)}
    np.testing.assert_array_equal(_counts(tenths["random_alike"], sizes), _counts(tenths["loading"], sizes))
    moved = np.abs(weights[:, -1] - weights[:, 0])
    assert (np.where(tenths["moved"], moved, np.inf).min(1) >= np.where(tenths["moved"], 0, moved).max(1)).all()
    assert not np.array_equal(tenths["random"], tenths["random_alike"])


def test_the_first_are_as_many_as_asked_for():
    first = _first(np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 0.0]]), np.array([2, 1]))
    assert first.tolist() == [[False, True, True], [True, False, False]]
