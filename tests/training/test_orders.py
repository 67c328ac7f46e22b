"""Orders of examples other than a new permutation in each epoch."""

import itertools

import numpy as np
import pytest
import torch

from hw1.streams import stream
from hw1.training import fixed_orders, independent_orders, orders


def rngs(count=2):
    return [stream("orders", 1, seed) for seed in range(count)]


def first(indices, count):
    return torch.stack(list(itertools.islice(indices, count)), dim=1).numpy()  # (K, updates, batch)


def test_a_fixed_order_is_the_same_in_each_epoch_without_what_fills_no_batch():
    order = np.stack([rng.permutation(7) for rng in rngs()])
    found = first(fixed_orders(order, 3), 5)
    for k in range(2):
        one, two = order[k, :3].tolist(), order[k, 3:6].tolist()
        assert found[k].tolist() == [one, two, one, two, one]


@pytest.mark.parametrize("order", [[[0, 1, 1]], [[1, 2, 3]], [[0, 2, 5]]])
def test_an_order_that_is_no_permutation_is_refused(order):
    with pytest.raises(ValueError, match="An order of 3 examples has each of 0 to 2 once"):
        fixed_orders(np.array(order), 2)


def test_independent_batches_hold_each_example_equally_often_and_repeat_some():
    """4,000 draws of 5 examples: each count has mean 800 and deviation 25."""
    found = first(independent_orders(rngs(), 5, 4), 1_000)
    for k in range(2):
        counts = np.bincount(found[k].ravel(), minlength=5)
        assert (abs(counts - 800) < 5 * 25.3).all()
    repeats = np.mean([len(set(batch)) < 4 for batch in found[0].tolist()])
    assert repeats == pytest.approx(1 - 5 * 4 * 3 * 2 / 5**4, abs=0.07)  # five deviations of a share of 1,000


def test_independent_batches_of_a_seed_do_not_depend_on_its_company():
    alone = first(independent_orders(rngs(1), 9, 3), 50)
    assert np.array_equal(first(independent_orders(rngs(3), 9, 3), 50)[0], alone[0])


@pytest.mark.parametrize("kind", [orders, independent_orders])
def test_batches_that_cannot_be_filled_and_shared_generators_are_refused(kind):
    with pytest.raises(ValueError, match="A batch of 6 cannot be drawn from 5 examples"):
        kind(rngs(), 5, 6)
    with pytest.raises(ValueError, match="A generator shared among 2 replicas"):
        kind([stream("one")] * 2, 5, 2)
