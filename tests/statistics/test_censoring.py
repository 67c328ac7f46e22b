"""A value that is known by a lower bound only speaks in one direction, and takes its mark wherever it goes."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hw1.statistics import Design, above, associated, below, card, judge, less, peak, same_arms, trend, within
from hw1.tables import CENSORED, Tables, columns_as_arms, recast

INF = math.inf
MARK = "y" + CENSORED


def marked(tidy, **arms):
    """Arms of numbers, and of text such as "9+" for 9 or more."""
    table = tidy(**{arm: [float(str(v).rstrip("+")) for v in values] for arm, values in arms.items()})
    return table.assign(**{MARK: [str(v).endswith("+") for values in arms.values() for v in values]})


def signs(score):
    return np.sign(score.values).astype(int).tolist()


def less_by(**margin):
    return lambda t: less(t, "y", arm="a", than="b", **margin)


TWO = {
    "difference": less_by(by=1),
    "direction": less_by(direction_only=True),
    "factor": less_by(factor=2),
    "multiple": less_by(factor=1 / 2),
    "ratio's direction": less_by(factor=1, direction_only=True),
    "within an arm": lambda t: within(t, "y", arm="a", target="b", margin=1.5),
    "above": lambda t: above(t, "y", arm="a", value=4),
    "below": lambda t: below(t, "y", arm="a", value=4),
    "within": lambda t: within(t, "y", arm="a", target=4, margin=1.5),
}


@pytest.mark.parametrize(
    ("kind", "arms", "expected"),
    [
        # than may be more: a win stays a win, and a loss might be one
        ("difference", {"a": [1, 9, 3], "b": ["9+", "1+", "3+"]}, [1, 0, 0]),
        ("factor", {"a": [1, 9, 3], "b": ["9+", "1+", "3+"]}, [1, 0, 0]),
        # arm may be more: a loss stays a loss
        ("difference", {"a": ["1+", "9+", "3+"], "b": [9, 1, 3]}, [0, -1, -1]),
        ("factor", {"a": ["1+", "9+", "3+"], "b": [9, 1, 3]}, [0, -1, -1]),
        ("multiple", {"a": ["1+", "9+", 9], "b": [9, 1, "1+"]}, [0, -1, 0]),
        # two bounds say nothing, whatever the factor
        ("difference", {"a": ["1+", "9+"], "b": ["9+", "1+"]}, [0, 0]),
        ("factor", {"a": ["1+", "9+"], "b": ["9+", "1+"]}, [0, 0]),
        ("multiple", {"a": ["9+", "9+"], "b": ["9+", "1+"]}, [0, 0]),
        ("above", {"a": ["5+", "4+", "3+", 5]}, [1, 0, 0, 1]),
        ("below", {"a": ["5+", "4+", "3+", 3]}, [-1, 0, 0, 1]),
        ("within", {"a": ["6+", "5+", "4+", "1+", 4]}, [-1, 0, 0, 0, 1]),
        ("within an arm", {"a": ["9+", "1+", 1, 9, "9+"], "b": [1, 9, "9+", "1+", "1+"]}, [-1, 0, -1, 0, 0]),
    ],
)
def test_what_a_bound_can_say(tidy, kind, arms, expected):
    assert signs(TWO[kind](marked(tidy, **arms))) == expected


def test_a_bound_that_decides_is_scored_as_if_it_were_measured(tidy):
    table = marked(tidy, a=[1, "9+"], b=["9+", 1])
    assert less(table, "y", arm="a", than="b", by=2).values.tolist() == [6, -10]
    assert above(table, "y", arm="a", value=4).values.tolist() == [-3, 5]


def test_infinity_and_zero_stay_honest_beside_bounds(tidy):
    """A run that diverged is measured: its infinity is no bound, but no bound can be told from it."""
    table = marked(tidy, a=[1, INF, INF, "5+", 0, "0+"], b=[INF, "5+", INF, INF, "0+", 0])
    assert signs(less(table, "y", arm="a", than="b", by=1)) == [1, 0, 0, 0, 0, -1]
    assert signs(less(table, "y", arm="a", than="b", factor=2)) == [1, 0, 0, 0, 0, 0]
    assert signs(within(table, "y", arm="a", target="b", margin=1)) == [-1, 0, 0, 0, 0, 0]


number = st.integers(0, 8).map(float) | st.sampled_from([0.5, 1.5, INF])
TRUTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 7.0, 1e9, INF)  # added to a bound


def frame(values, marks=None):
    rows = pd.DataFrame({"seed": 0, "arm": ["a", "b"], "y": values})
    return rows if marks is None else rows.assign(**{MARK: marks})


@pytest.mark.parametrize("kind", TWO)
@settings(max_examples=50, deadline=None)
@given(values=st.tuples(number, number), marks=st.tuples(st.booleans(), st.booleans()))
@example(values=(0.0, 5.0), marks=(True, False))
def test_a_score_has_the_sign_that_every_truth_gives_it_and_is_a_tie_where_they_differ(kind, values, marks):
    """Oracle: the score of measured numbers, for every way in which the bounds may come true."""
    made = TWO[kind](frame(values, marks))
    score = signs(made)[0]
    meeting = {abs(values[0] - values[1])} if np.isfinite(values).all() else set()  # what makes the two equal
    truths = product(*({*TRUTHS, *meeting} if mark else (0.0,) for mark in marks))
    completed = np.array([np.add(values, more) for more in truths])[:, : len(made.arms)]
    seen = set(np.sign(made.rule(completed)))
    if score:
        assert -score not in seen
    if 0 not in seen:  # where a truth is itself a tie, a tie is sound, and a sign is if none contradicts it
        assert score == (seen.pop() if len(seen) == 1 else 0)


@pytest.mark.parametrize("kind", TWO)
@settings(max_examples=20, deadline=None)
@given(values=st.tuples(number, number))
def test_marks_that_say_measured_change_nothing(kind, values):
    pd.testing.assert_series_equal(TWO[kind](frame(values, [False] * 2)).values, TWO[kind](frame(values)).values)


def items(x, y, marks=None):
    rows = pd.DataFrame({"seed": 0, "x": np.asarray(x, float), "y": np.asarray(y, float)})
    return rows if marks is None else rows.assign(**{MARK: marks})


def taus(x, ys):
    """Tau-b of x with each row, by its definition."""
    j, k = np.triu_indices(len(x), 1)
    a, b = np.sign(x[j] - x[k]), np.sign(ys[:, j] - ys[:, k])
    untied = np.sqrt((a != 0).sum() * (b != 0).sum(axis=1))
    return np.divide(b @ a, untied, out=np.zeros(len(ys)), where=untied > 0)


def tau(x, y, marks=None, by=0.3):
    return associated(items(x, y, marks), "x", "y", by=by)


some_items = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=8, max_size=9)


@settings(max_examples=60, deadline=None)
@given(rows=some_items, by=st.sampled_from([0.1, 0.3, 0.6]))
def test_no_truth_contradicts_an_association(rows, by):
    x, y, marks = (np.array(column) for column in zip(*rows, strict=True))
    score = tau(x, y, marks, by)
    low, high = score.matrix[["least", "most"]].iloc[0]
    truths = taus(x, y + marks * np.random.default_rng(0).choice([0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 9.0], (500, len(y))))
    assert (signs(score)[0] * np.sign(np.round(truths - by, 12)) >= 0).all()
    assert low <= 0 or truths.min() >= low - 1e-12
    assert high <= 0 or truths.max() <= high + 1e-12


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(8)), never=st.integers(0, 7))
def test_of_times_with_one_budget_the_ends_of_tau_are_reached(order, never):
    """Those that never got there in the order of x, or against it."""
    x, y = np.arange(8.0), np.array(order, float)
    late = y >= 8 - never
    bounds = np.where(late, 99.0, y)
    ends = [tau(x, np.where(late, 99 + sign * x + 8, y)).matrix.iloc[0, 0] for sign in (-1, 1)]
    found = tau(x, bounds, late).matrix.iloc[0]
    assert found["least"] <= found["tau with x"] <= found["most"]
    if ends[0] >= 0:
        assert found["least"] == pytest.approx(ends[0])
    if ends[1] >= 0:
        assert found["most"] == pytest.approx(ends[1])


def test_a_bound_is_above_smaller_times_and_in_no_order_with_larger_ones_and_other_bounds():
    x = np.arange(8.0)
    above_all = tau(x, [1, 2, 3, 4, 5, 6, 7, 7], [False] * 7 + [True])
    assert above_all.matrix.iloc[0, 0] == pytest.approx(27 / math.sqrt(28 * 27))  # 7 may be 7 or more
    assert above_all.matrix["least"].iloc[0] == pytest.approx(26 / 28)
    two = tau(x, [1, 2, 3, 4, 5, 6, 9, 9], [False] * 6 + [True] * 2)
    assert two.matrix.iloc[0].tolist() == pytest.approx([27 / math.sqrt(28 * 27), 26 / 28, 1])
    low_bound = tau(x, [1, 2, 3, 4, 5, 6, 7, 0], [False] * 7 + [True])
    assert low_bound.matrix.iloc[0].tolist() == pytest.approx([21 / math.sqrt(28 * 21), 14 / 28, 1])


def test_bounds_that_are_tied_in_x_may_be_tied_in_truth_too():
    x = np.repeat(np.arange(4.0), 2)
    found = tau(x, [1, 1, 2, 2, 3, 3, 9, 9], [False] * 6 + [True] * 2).matrix.iloc[0]
    assert found.tolist() == pytest.approx([1, 24 / math.sqrt(24 * 25), 1])


def test_an_association_that_hangs_on_the_order_of_bounds_is_a_tie():
    x, y = np.arange(8.0), [1, 2, 9, 9, 9, 9, 9, 9]
    assert signs(tau(x, y)) == [1]
    assert tau(x, y, [False] * 2 + [True] * 6).values.tolist() == [0]
    assert signs(tau(x, [9] * 3 + [5, 4, 3, 2, 1], [True] * 3 + [False] * 5)) == [-1]


def test_an_x_that_is_a_bound_is_refused():
    table = items(range(8), range(8)).assign(x_censored=[True] + [False] * 7)
    with pytest.raises(ValueError, match="x is only a lower bound in some rows, and an x must be measured"):
        associated(table, "x", "y", by=0.3)


@pytest.mark.parametrize("kind", ["trend", "peak"])
def test_kinds_over_levels_refuse_bounds_of_their_arms(tidy, kind):
    claims = {
        "trend": lambda t: trend(t, "y", levels={"a": 0, "b": 1, "c": 2}, by=0.5),
        "peak": lambda t: peak(t, "y", levels=("a", "b", "c"), at=None, by=0.5),
    }
    table = marked(tidy, a=[1, 1], b=[3, "4+"], c=[5, 2], d=["9+", 9])
    message = f"y is only a lower bound for seed 1001 and arm 'b', 4 or more, and a {kind} needs .*compare two arms"
    with pytest.raises(ValueError, match=message):
        claims[kind](table)
    known = table.assign(**{MARK: table["arm"] == "d"})
    pd.testing.assert_series_equal(claims[kind](known).values, claims[kind](known.drop(columns=MARK)).values)


def test_marks_must_be_true_or_false_in_every_row(tidy):
    """As where frames with marks and without them were joined."""
    half = pd.concat([marked(tidy, a=[1, "2+"]), tidy(b=[1, 2])], ignore_index=True)
    with pytest.raises(ValueError, match="y_censored says of each y whether it is only a lower bound, and is of type"):
        less(half, "y", arm="a", than="b", by=1)


def test_what_was_not_measured_stays_so_whatever_its_mark_says(tidy):
    table = marked(tidy, a=[1, 2], b=["nan+", "3+"])
    assert np.isnan(TWO["difference"](table).values).tolist() == [True, False]
    hole = TWO["factor"](table[:3])
    assert np.isnan(hole.values).tolist() == [True, True]


def test_relabelled_and_replicated_arms_keep_their_marks(tidy):
    """10 against 3 or more says nothing either way; were the mark to stay in its place, one labelling would win."""
    score = less(marked(tidy, a=[10] * 24, b=["3+"] * 24), "y", arm="a", than="b", by=1)
    assert card(score, Design()).null_wins == 0
    times = [f"{i}+" if i % 3 else i for i in range(1, 25)]
    twin = same_arms(less(marked(tidy, a=times, b=[1] * 24), "y", arm="a", than="b", by=1))
    own = marked(tidy, a=times)
    np.testing.assert_array_equal(twin.matrix["b"].to_numpy().real, np.roll(own["y"], -1))
    np.testing.assert_array_equal(twin.matrix["b"].to_numpy().imag, np.roll(own[MARK], -1))
    assert judge(twin, Design()).outcome == "inconclusive"


def test_dealt_items_keep_their_marks():
    """In every order the three bounds leave three pairs open, and no other."""
    score = tau(range(8), [1, 2, 3, 4, 5, 9, 9, 9], [False] * 5 + [True] * 3)
    _, low, high = np.moveaxis(score.relabelled(), -1, 0)
    np.testing.assert_allclose(high - low, 6 / 28)


def test_arms_that_play_others_and_columns_that_become_arms_keep_their_marks(tidy):
    table = marked(tidy, a=[1, 9], b=["9+", "1+"])
    swapped = recast(Tables({"runs": table}), {"a": "b", "b": "a"})["runs"]
    assert signs(less(swapped, "y", arm="b", than="a", by=1)) == [1, 0]
    columns = pd.DataFrame({"seed": [0, 1], "arm": "both", "p": [1.0, 9], "q": [9.0, 1], "q_censored": [True, True]})
    assert signs(less(columns_as_arms(columns, "y", {"a": "p", "b": "q"}), "y", arm="a", than="b", by=1)) == [1, 0]


NEAR = [(0.1 + 0.2, 0.3), (1 / 3, 1 - 2 / 3), (0.0, 0.0), (-0.3, -0.1 - 0.2)]


@pytest.mark.parametrize("pair", NEAR + [pair[::-1] for pair in NEAR])
def test_without_a_margin_what_differs_by_rounding_is_a_tie(tidy, pair):
    a, b = pair
    table = tidy(a=[a], b=[b], c=[a])
    assert less(table, "y", arm="a", than="b", direction_only=True).values.tolist() == [0]
    assert peak(table, "y", levels=("a", "b", "c"), at="b", direction_only=True).values.tolist() == [0]
    if a >= 0:
        assert less(table, "y", arm="a", than="b", factor=1, direction_only=True).values.tolist() == [0]


@pytest.mark.parametrize("margin", [{}, {"factor": 1}])
def test_without_a_margin_more_than_rounding_and_infinity_are_seen(tidy, margin):
    table = tidy(a=[1, 1 + 1e-14, 1, INF, INF], b=[1 + 1e-14, 1, INF, 1, INF])
    assert signs(less(table, "y", arm="a", than="b", direction_only=True, **margin)) == [1, -1, 1, -1, 0]


@settings(deadline=None)
@given(arm=st.integers(0, 60), than=st.integers(0, 60), multiple=st.sampled_from([(7, 2), (3, 1), (13, 10), (6, 5)]))
def test_at_most_a_multiple_is_what_whole_numbers_say(arm, than, multiple):
    """Exactly: arm < (p / q) than, with 0 against 0 a tie."""
    assume(arm or than)
    p, q = multiple
    score = less(frame((float(arm), float(than))), "y", arm="a", than="b", factor=q / p)
    assert signs(score) == [int(np.sign(p * than - q * arm))]


def test_at_most_a_multiple_reads_as_one(tidy):
    score = less(tidy(a=[12.0] * 24, b=[2.0] * 24), "y", arm="a", than="b", factor=1 / 3.5)
    assert score.describe() == "y, a below 3.5 times b"
    verdict = judge(score, Design())
    assert (verdict.outcome, verdict.effect_name) == ("refuted", "multiple")
    assert (verdict.low, verdict.effect, verdict.high) == pytest.approx((6, 6, 6))
