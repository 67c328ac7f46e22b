"""Composite inputs against the rules they are made by: thresholds, counts, and multisets."""

import numpy as np
import pytest

from hw1.data import half_line, shuffled_columns, slabs
from hw1.data.composites import FILLED, GAP
from hw1.streams import stream

N = 4_000


def labels():
    return stream("composites", "labels").integers(2, size=N)


def rng(*purpose):
    return stream("composites", *purpose)


def test_one_threshold_tells_the_classes_of_a_half_line_and_leaves_a_gap():
    y = labels()
    x = half_line(y, rng("line"))
    np.testing.assert_array_equal(x > 0, y == 1)
    assert np.abs(x).min() >= GAP
    assert np.abs(x).max() <= 1


@pytest.mark.parametrize("wrong", [0.0, 0.1, 0.5, 1.0])
def test_a_share_of_the_half_line_is_on_the_wrong_side(wrong):
    y = labels()
    share = ((half_line(y, rng("line"), wrong=wrong) > 0) != (y == 1)).mean()
    assert share == pytest.approx(wrong, abs=5 * np.sqrt(wrong * (1 - wrong) / N))  # 5 binomial deviations


def test_what_is_on_the_wrong_side_lies_where_it_lay():
    """The sizes are drawn before the signs, so that a share of wrong sides changes nothing else."""
    y = labels()
    right, some = half_line(y, rng("line")), half_line(y, rng("line"), wrong=0.3)
    np.testing.assert_array_equal(np.abs(right), np.abs(some))


@pytest.mark.parametrize("k", [2, 3, 4, 5, 7])
def test_slabs_belong_to_the_classes_by_turns(k):
    y = labels()
    x = slabs(y, k, rng("slabs", k))
    place = (x + 1) / 2 * k
    slab = np.floor(place).astype(int)
    np.testing.assert_array_equal(slab % 2, y)
    assert np.abs(place - slab - 0.5).max() <= FILLED / 2 + 1e-12  # rounding of two products
    for c in (0, 1):
        own = range(c, k, 2)
        counts = np.bincount(slab[y == c], minlength=k)[list(own)]
        expected = (y == c).sum() / len(own)
        assert np.abs(counts - expected).max() <= 5 * np.sqrt(expected)  # 5 deviations of a Poisson number, at least


@pytest.mark.parametrize("k", [2, 3, 4, 5, 7])
def test_it_takes_one_threshold_less_than_there_are_slabs(k):
    """Along sorted numbers the class changes k - 1 times, so that fewer thresholds cannot tell the classes apart."""
    y = labels()
    order = np.argsort(slabs(y, k, rng("slabs", k)))
    assert np.abs(np.diff(y[order])).sum() == k - 1


def test_shuffled_columns_keep_their_values_and_lose_their_place():
    x = rng("x").normal(size=(2, N, 4))
    given = x.copy()
    found = shuffled_columns(x, [1, 3], [rng("shuffle", k) for k in range(2)])
    np.testing.assert_array_equal(x, given)
    np.testing.assert_array_equal(found[..., [0, 2]], x[..., [0, 2]])
    pairs = [[{tuple(row) for row in own[:, [1, 3]]} for own in both] for both in (found, x)]
    assert pairs[0] == pairs[1], "rows of the shuffled columns stay together"
    for k in range(2):
        assert abs(np.corrcoef(found[k, :, 1], x[k, :, 1])[0, 1]) < 5 / np.sqrt(N)  # 5 deviations
    assert not np.array_equal(found[0, :, 1].argsort(), found[1, :, 1].argsort())


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: half_line(np.array([0, 2]), rng()), "Labels from 0 to 2 are not those of two classes"),
        (lambda: slabs(np.array([-1, 1]), 3, rng()), "Labels from -1 to 1"),
        (lambda: half_line(np.array([0, 1]), rng(), wrong=1.5), "wrong=1.5 is no share"),
        (lambda: slabs(np.array([0, 1]), 1, rng()), "1 slabs do not hold two classes"),
        (lambda: shuffled_columns(np.zeros((1, 2, 2)), [], [rng()]), "No columns to shuffle"),
        (lambda: shuffled_columns(np.zeros((2, 2, 2)), [0], [rng()]), "shorter"),
    ],
)
def test_what_cannot_be_made_is_refused(made, said):
    with pytest.raises(ValueError, match=said):
        made()
