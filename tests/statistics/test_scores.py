"""Each kind of claim gives the number that it promises, and asks for a margin."""

import json
import math
import pickle

import numpy as np
import pytest

from hw1.statistics import Design, above, below, judge, less, within

INF = math.inf


def scores(score):
    return score.values.tolist()


def test_less_is_the_paired_difference_beyond_the_margin(tidy):
    assert scores(less(tidy(a=[1, 2, 5], b=[4, 3, 3]), "y", arm="a", than="b", by=1)) == [2, 0, -3]


def test_less_by_a_factor_is_the_logarithm_of_the_ratio_beyond_it(tidy):
    table = tidy(a=[1, 3, 5, 0.1], b=[8, 6, 5, 0.2])
    np.testing.assert_allclose(scores(less(table, "y", arm="a", than="b", factor=2)), [math.log(4), 0, -math.log(2), 0])


def test_a_factor_reached_exactly_is_a_tie(tidy):
    table = tidy(a=[3, 7, 0.3, 11], b=[6, 14, 0.6, 22])
    assert scores(less(table, "y", arm="a", than="b", factor=2)) == [0, 0, 0, 0]


@pytest.mark.parametrize("margin", [{"by": 0.5}, {"factor": 3}])
def test_divergence_wins_and_loses_honestly_and_ties_with_itself(tidy, margin):
    table = tidy(a=[1, INF, INF], b=[INF, 1, INF])
    assert scores(less(table, "y", arm="a", than="b", **margin)) == [INF, -INF, 0]


def test_zeros_tie_in_a_ratio_and_zero_is_infinitely_less_than_anything(tidy):
    table = tidy(a=[0, 0, 1], b=[0, 1, 0])
    assert scores(less(table, "y", arm="a", than="b", factor=3)) == [0, INF, -INF]


def test_numbers_beyond_floats_do_not_warn(tidy):
    table = tidy(a=[-1.5e308, 1.0], b=[1.5e308, 1.0])
    assert scores(less(table, "y", arm="a", than="b", by=1)) == [INF, -1]
    ratio = less(tidy(a=[1e-300], b=[1e300]), "y", arm="a", than="b", factor=2)
    assert scores(ratio) == [INF]
    assert ratio.effect(1e5) == INF


@pytest.mark.parametrize("direction", [{}, {"by": 0}, {"by": 0.0}])
def test_a_claim_about_direction_says_so(tidy, direction):
    score = less(tidy(a=[1.0], b=[2.0]), "y", arm="a", than="b", direction_only=True, **direction)
    assert (scores(score), score.margin, score.effect_name) == ([1], 0, "difference")


def test_a_ratio_may_claim_direction_only(tidy):
    score = less(tidy(a=[1.0], b=[2.0]), "y", arm="a", than="b", direction_only=True, factor=1)
    assert (scores(score), score.margin, score.effect_name) == ([math.log(2)], 1, "ratio")


@pytest.mark.parametrize(
    ("margin", "message"),
    [
        ({}, "no margin was given.*give by > 0, or say direction_only=True"),
        ({"by": 0}, "by=0 is not a margin.*give by > 0, or say direction_only=True"),
        ({"by": -1}, "by=-1 would let a small effect against the claim pass.*swap the arms"),
        ({"by": INF}, "by=inf is not a finite number"),
        ({"by": math.nan}, "by=nan is not a finite number"),
        ({"by": 1, "factor": 2}, "by=1 and factor=2 are two margins"),
        ({"by": 1, "direction_only": True}, "by=1 is a margin and direction_only=True says that none is meant"),
        ({"factor": 2, "direction_only": True}, "factor=2 is a margin and direction_only=True says"),
        ({"factor": 1}, "factor=1 is not a margin.*give factor > 1, or say direction_only=True"),
        ({"factor": 0}, "factor=0 is not a ratio of two arms. Give factor > 1, or one below 1 to claim at most a"),
        ({"factor": 0.5, "direction_only": True}, "factor=0.5 is a margin and direction_only=True says"),
        ({"factor": math.nan}, "factor=nan is not a finite number"),
        ({"by": "0.1"}, "by='0.1' is text, not a number that is fixed beforehand. Give a number"),
        ({"by": "0.1", "direction_only": True}, "by='0.1' is text, not a number"),
        ({"by": "0.1", "factor": "2"}, "by='0.1' and factor='2' are two margins"),
        ({"by": True}, "by=True is of type bool, not a number"),
        ({"by": np.ones(3)}, r"by=array\(\[1., 1., 1.\]\) is of type ndarray, not a number that is fixed beforehand"),
        ({"by": [0.1]}, r"by=\[0.1\] is of type list, not a number"),
        ({"factor": "2"}, "factor='2' is text, not a number"),
        ({"factor": 1j}, "factor=1j is of type complex, not a number"),
    ],
)
def test_a_margin_is_asked_for_and_checked(tidy, margin, message):
    with pytest.raises(ValueError, match=message):
        less(tidy(a=[1.0], b=[2.0]), "y", arm="a", than="b", **margin)


def test_a_ratio_of_negative_numbers_is_an_error(tidy):
    with pytest.raises(ValueError, match="y is -3 for seed 1001 and arm 'b', and a ratio of negative numbers"):
        less(tidy(a=[1.0, 2], b=[2.0, -3]), "y", arm="a", than="b", factor=2)


def test_above_and_below_are_the_distance_on_either_side(tidy):
    table = tidy(a=[0.5, 0.9, 1, INF])
    assert scores(above(table, "y", arm="a", value=0.9)) == [0.5 - 0.9, 0, 1 - 0.9, INF]
    assert scores(below(table, "y", arm="a", value=0.9)) == [0.9 - 0.5, 0, 0.9 - 1, -INF]


def test_within_is_the_margin_less_the_distance_to_a_number_or_an_arm(tidy):
    table = tidy(a=[1, 4, 2, INF, INF], b=[1, 1, 4, 1, INF])
    assert scores(within(table, "y", arm="a", target=2, margin=2)) == [1, 0, 2, -INF, -INF]
    assert scores(within(table, "y", arm="a", target="b", margin=2)) == [2, -1, 0, -INF, 0]


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (lambda t: within(t, "y", arm="a", target=0, margin=0), "margin=0 leaves no room to be within"),
        (lambda t: within(t, "y", arm="a", target=INF, margin=1), "target=inf is not a finite number"),
        (lambda t: within(t, "y", arm="a", target="z", margin=1), "no arm 'z'"),
        (lambda t: above(t, "y", arm="a", value=math.nan), "value=nan is not a finite number"),
        (lambda t: below(t, "y", arm="a", value=INF), "value=inf is not a finite number"),
    ],
)
def test_a_value_or_distance_is_a_finite_number(tidy, claim, message):
    with pytest.raises(ValueError, match=message):
        claim(tidy(a=[1.0]))


def test_effects_are_in_units_of_the_metric(tidy):
    table = tidy(a=np.linspace(1, 2, 24), b=np.linspace(10, 20, 24))
    for score, effect, name in [
        (less(table, "y", arm="a", than="b", by=3), 13.5, "difference"),
        (less(table, "y", arm="a", than="b", factor=3), 10, "ratio"),
        (above(table, "y", arm="a", value=1.2), 1.5, "value"),
        (below(table, "y", arm="a", value=1.2), 1.5, "value"),
        (within(table, "y", arm="a", target=0, margin=4), 1.5, "distance"),
    ]:
        verdict = judge(score, Design())
        assert verdict.effect == pytest.approx(effect)
        assert verdict.effect_name == name
        assert verdict.low <= verdict.effect <= verdict.high


def test_words_and_frozen_fields_say_what_is_claimed(tidy):
    table = tidy(deep=[1.0], shallow=[8.0])
    ratio = less(table, "y", arm="deep", than="shallow", factor=np.float64(2))
    assert ratio.describe() == "y, deep below shallow by a factor 2"
    assert less(table, "y", arm="deep", than="shallow", by=0.5).describe() == "y, deep below shallow by 0.5"
    assert within(table, "y", arm="deep", target="shallow", margin=9).describe() == "y, deep within 9 of shallow"
    assert ratio.frozen() == {
        "kind": "less",
        "metric": "y",
        "arms": ["deep", "shallow"],
        "margin": 2.0,
        "parameters": {"scale": "log", "direction_only": False},
    }
    assert json.loads(json.dumps(ratio.frozen())) == ratio.frozen()


def test_frozen_fields_do_not_depend_on_the_data_and_scores_travel_between_processes(tidy):
    one, two = (within(tidy(a=[x], b=[1.0]), "y", arm="a", target="b", margin=3) for x in (1.0, 2.0))
    assert one.frozen() == two.frozen()
    assert scores(pickle.loads(pickle.dumps(two))) == scores(two)
