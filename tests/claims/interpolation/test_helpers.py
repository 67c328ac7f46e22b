"""What the experiments on lines between solutions are made of."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from hw1.claims.interpolation import _line
from hw1.claims.interpolation._flatness import largest_curvature, relative_rise
from hw1.claims.interpolation._line import ALPHAS, METRICS, at_ends, heights, measured, on_line, solve
from hw1.claims.interpolation.batch_and_rate import _ends, equal_ends
from hw1.claims.interpolation.shared_stem import FAST
from hw1.claims.interpolation.unit_matching import _shuffled, not_matched
from hw1.streams import stream
from hw1.tables import Tables

SETTING = replace(FAST, train=100, test=50, widths=(6, 5), epochs=3)
SEEDS = (0, 1)
draw = partial(stream, "interpolation helpers")


@pytest.fixture(scope="module")
def torch():
    """Imported when a test asks for it: collection does without (tests/test_registry.py)."""
    import torch

    torch.set_num_threads(1)
    return torch


@pytest.fixture(scope="module")
def data():
    return SETTING.problem(SEEDS, draw)


@pytest.fixture(scope="module")
def solved(data):
    return partial(solve, SETTING, data, SEEDS, draw, device="cpu")


def test_copies_are_one_net_for_as_long_as_they_share_the_stem(solved, torch):
    one, start = solved(order="a", stem=1.0)
    other, other_start = solved(order="b", stem=1.0)
    assert torch.equal(start, other_start)
    assert torch.equal(one.flat, other.flat)
    later, _ = solved(order="b", stem=0.5)
    assert not torch.isclose(later.flat, one.flat).all(1).any()
    elsewhere, other_start = solved(start="other start", order="a", stem=1.0)
    assert not torch.isclose(start, other_start).all(1).any()
    assert not torch.isclose(elsewhere.flat, one.flat).all(1).any()


def test_a_stem_of_the_whole_training_is_a_training_on_its_minibatches(solved, torch):
    whole, _ = solved(order="stem")
    stem, _ = solved(order="order", stem=1.0)
    assert torch.equal(whole.flat, stem.flat)


def test_the_line_begins_and_ends_with_the_solutions(data, solved, monkeypatch):
    nets, _ = solved(order="a")
    others, _ = solved(order="b")
    curves = on_line(nets, nets.weights(), others.weights(), data)
    ends = at_ends(curves)
    for end, stack in (("first", nets), ("second", others)):
        seen = measured(stack, data)(stack).numpy()
        for i, name in enumerate(METRICS):
            np.testing.assert_array_equal(ends[f"{end}_{name}"], seen[:, i])
    monkeypatch.setattr(_line, "AT_ONCE", 30)
    in_parts = on_line(nets, nets.weights(), others.weights(), data)
    for name in METRICS:
        np.testing.assert_allclose(in_parts[name], curves[name], rtol=1e-5)


def test_losses_that_overflow_are_infinite(data, solved):
    nets, _ = solved()
    curves = on_line(nets, nets.weights(), nets.weights() * 1e20, data)
    assert np.isinf(curves["train_loss"][:, ALPHAS == 1]).all()
    assert not np.isnan(curves["test_loss"]).any()
    assert np.isinf(heights(curves)["train_barrier"]).all()


def test_there_are_enough_points_and_the_three_that_count():
    assert len(ALPHAS) == 41
    assert {-1.0, 0.0, 0.5, 1.0, 2.0} <= set(ALPHAS.tolist())
    assert (np.diff(ALPHAS) > 0.04).all()


def test_shuffled_units_are_the_same_function(data, solved, torch):
    nets, _ = solved()
    weights, before = nets.weights(), measured(nets, data)(nets)
    nets.load(_shuffled(nets, weights, [draw(seed, "units") for seed in SEEDS]))
    assert not torch.isclose(nets.flat, weights).all(1).any()
    torch.testing.assert_close(measured(nets, data)(nets), before)


def test_flatness_is_a_mean_of_rises_and_curvature_is_that_of_a_quadratic_nearby(data, solved, torch):
    """Oracle: second differences of the loss along the eigenvector's neighbours never exceed the largest eigenvalue."""
    nets, _ = solved()
    rise = relative_rise(nets, data, SEEDS, draw)
    top = largest_curvature(nets, data, SEEDS, draw)
    assert rise.shape == top.shape == (2,)
    weights, loss = nets.weights(), measured(nets, data)
    direction = torch.from_numpy(np.stack([draw(seed, "any").standard_normal(nets.P) for seed in SEEDS])).float()
    direction = direction / direction.norm(dim=1, keepdim=True)
    losses = []
    for step in (-0.05, 0.0, 0.05):
        nets.load(weights + step * direction)
        losses.append(loss(nets)[:, 0].numpy())
    assert ((losses[0] - 2 * losses[1] + losses[2]) / 0.05**2 < top).all()


def test_ends_become_arms_and_a_control_makes_them_equal():
    runs = pd.DataFrame({"seed": [0, 1], "arm": "equal_epochs", "first_rise": [1.0, 2.0], "second_rise": [3.0, 4.0]})
    frame = _ends(Tables({"runs": runs}), "equal_epochs", "rise")
    assert frame.set_index(["arm", "seed"])["rise"].to_dict() == {
        ("small_batch", 0): 1.0,
        ("small_batch", 1): 2.0,
        ("large_batch", 0): 3.0,
        ("large_batch", 1): 4.0,
    }
    same = equal_ends.twin(Tables({"runs": runs}))["runs"]
    assert same["first_rise"].tolist() == same["second_rise"].tolist() == [3.0, 4.0]
    assert runs["first_rise"].tolist() == [1.0, 2.0]


def test_a_control_takes_the_matching_back():
    runs = pd.DataFrame({"seed": [0], "arm": "wide", "before_train_barrier": [2.0], "after_train_barrier": [0.1]})
    assert not_matched.twin(Tables({"runs": runs}))["runs"]["after_train_barrier"].tolist() == [2.0]
