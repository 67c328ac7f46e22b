"""Humps and stops of curves against searches over all places."""

import math
from itertools import combinations_with_replacement

import numpy as np
import pytest

from hw1.measures.descents import first_stop, hump
from hw1.streams import stream


def highest(y):
    """The largest h over all places a <= b <= c of min(y_0 - y_a, y_b - y_a, y_b - y_c)."""
    triples = combinations_with_replacement(range(len(y)), 3)
    return max(min(y[0] - y[a], y[b] - y[a], y[b] - y[c]) for a, b, c in triples)


def test_the_hump_is_the_highest_of_all_triples_of_places():
    curves = stream("descents", "noise").normal(size=(40, 9)).cumsum(1)
    np.testing.assert_array_equal(hump(curves), [highest(y) for y in curves])


@pytest.mark.parametrize(
    ("curve", "height"),
    [
        ([5, 4, 3, 2], 0),  # falls
        ([2, 3, 4], 0),  # rises
        ([5, 1, 3, 4], 0),  # falls and rises: what early stopping is for
        ([9, 2, 5, 1], 3),  # two descents, the second deeper
        ([9, 2, 5, 3], 2),  # the second not as deep as the rise
        ([4, 9, 1], 0),  # a rise at once, and one descent
        ([4, 3, 9, 1], 1),  # hardly a first descent
        ([9, 2, 3, 2, 7, 1], 5),  # the higher of two
        ([9, 2, math.inf, 3], 0),  # diverged in between
        ([math.inf, 2, 4, 1], 2),
    ],
)
def test_humps_of_curves_by_hand(curve, height):
    assert hump([curve]).tolist() == [height]


def test_a_hump_does_not_see_a_shift_and_grows_with_the_scale():
    y = stream("descents", "shift").normal(size=(5, 12)).cumsum(1)
    np.testing.assert_allclose(hump(y + 7), hump(y), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(hump(3 * y), 3 * hump(y), rtol=1e-12)


@pytest.mark.parametrize(
    ("patience", "place"),
    [(1, 1), (2, 3), (3, 3), (4, 7), (9, 7)],
)
def test_one_stops_at_the_lowest_value_before_patience_ends(patience, place):
    curve = [9, 5, 6, 4, 5, 6, 7, 1, 2]
    assert first_stop([curve], patience).tolist() == [place]


def test_a_curve_that_never_stops_ends_at_its_lowest_value():
    curves = -np.arange(12.0).reshape(2, 6)
    assert first_stop(curves, 1).tolist() == [5, 5]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: hump([1.0, 2.0]), r"Curves of shape \(2,\)"),
        (lambda: hump([[math.nan]]), "not .K, T. numbers"),
        (lambda: first_stop([[1.0]], 0), "patience=0 stops before"),
    ],
)
def test_what_is_no_curve_is_refused(made, said):
    with pytest.raises(ValueError, match=said):
        made()
