"""Labels made wrong on purpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hw1.data import corrupt
from hw1.streams import stream

FRACTIONS = st.floats(0, 1)


@given(st.lists(st.integers(0, 9), max_size=60), FRACTIONS, st.integers(0, 5))
def test_exactly_the_asked_share_is_redrawn_and_nothing_else(labels, fraction, seed):
    labels = np.array(labels, dtype=np.int64)
    before = labels.copy()
    new, corrupted = corrupt(labels, fraction, 10, stream("labels", seed))
    assert corrupted.sum() == round(fraction * len(labels))
    assert np.array_equal(new[~corrupted], before[~corrupted])
    assert np.array_equal(labels, before)
    assert np.isin(new, range(10)).all()


@given(st.integers(1, 60), FRACTIONS, FRACTIONS, st.integers(0, 5))
def test_a_larger_fraction_redraws_the_same_labels_and_more(n, one, other, seed):
    labels = np.zeros(n, dtype=np.int64)
    less, more = sorted((one, other))
    few, few_mask = corrupt(labels, less, 10, stream("labels", seed))
    many, many_mask = corrupt(labels, more, 10, stream("labels", seed))
    assert (few_mask <= many_mask).all()
    assert np.array_equal(few[few_mask], many[few_mask])


def test_redrawn_labels_are_uniform_over_all_classes_the_true_one_included():
    """Chi-square with 9 degrees of freedom on 20,000 labels; p >= 1e-4 for this fixed stream."""
    new, _ = corrupt(np.full(20_000, 3), 1.0, 10, stream("labels", "uniform"))
    assert stats.chisquare(np.bincount(new, minlength=10)).pvalue > 1e-4


def test_each_example_is_as_likely_as_any_other():
    """Chi-square over 20 examples, half of them redrawn in each of 2,000 seeds; p >= 1e-4 for these fixed streams."""
    counts = sum(corrupt(np.zeros(20, dtype=int), 0.5, 10, stream("labels", s))[1].astype(int) for s in range(2000))
    # Drawing without replacement halves the variance, and the sum is fixed: scale by n/(n-1) times 1/(1 - fraction).
    statistic = ((counts - 1000) ** 2 / 1000).sum() / (1 - 0.5) * 19 / 20
    assert stats.chi2.sf(statistic, 19) > 1e-4
    assert stats.chi2.cdf(statistic, 19) > 1e-4


@pytest.mark.parametrize(
    ("labels", "fraction", "error", "message"),
    [
        ([0, 10], 0.5, ValueError, r"0 to 10 are not all in 0\.\.9"),
        ([-1, 1], 0.5, ValueError, "-1 to 1"),
        ([0, 1], 1.5, ValueError, "fraction=1.5"),
        ([0, 1], float("nan"), ValueError, "fraction=nan"),
        ([0.5, 1.0], 0.5, TypeError, "float64 are not classes"),
        ([[0], [1]], 0.5, TypeError, r"shape \(2, 1\)"),
    ],
)
def test_labels_that_make_no_sense_are_refused(labels, fraction, error, message):
    with pytest.raises(error, match=message):
        corrupt(np.array(labels), fraction, 10, stream("labels", 1))
