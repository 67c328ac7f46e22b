"""Trends and peaks over ordered arms."""

import json
import math

import numpy as np
import pytest

from hw1.statistics import Design, Invalid, judge, peak, trend

INF = math.inf
LEVELS = {"a": 1.0, "b": 2.0, "c": 4.0, "d": 5.0}


def rows(tidy, *seeds):
    """One list of arm values per seed."""
    return tidy(**dict(zip("abcdefg", zip(*seeds, strict=True), strict=False)))


def scores(score):
    return score.values.tolist()


def test_a_trend_is_the_least_squares_slope_beyond_the_margin(tidy):
    y = np.random.default_rng(0).normal(size=(20, 4))
    slopes = [np.polynomial.Polynomial.fit(list(LEVELS.values()), row, 1).convert().coef[1] for row in y]
    np.testing.assert_allclose(scores(trend(rows(tidy, *y), "y", levels=LEVELS, by=0.25)), np.subtract(slopes, 0.25))


def test_a_trend_with_a_tolerance_also_bounds_the_worst_step_down(tidy):
    table = rows(tidy, [0, 1, 3, 4], [0, 5, 4, 9], [0, 9, 4, 9])
    assert scores(trend(table, "y", levels=LEVELS, by=0.5, tol=2)) == [0.5, 1, -3]
    assert min(scores(trend(table, "y", levels=LEVELS, by=0.5))) > 0


def test_a_constant_row_has_no_trend_at_all(tidy):
    table = rows(tidy, [0.1] * 4, [1 / 3] * 4)
    assert scores(trend(table, "y", levels=LEVELS, direction_only=True)) == [0, 0]


def test_divergence_from_some_level_on_is_a_trend_and_contradictions_tie(tidy):
    table = rows(tidy, [0, 1, 2, INF], [0, INF, INF, INF], [INF, 1, 2, 3], [INF] * 4, [0, INF, 0, 1], [INF, 0, 1, INF])
    assert scores(trend(table, "y", levels=LEVELS, by=1)) == [INF, INF, -INF, 0, 0, 0]
    assert scores(trend(table, "y", levels=LEVELS, by=1, tol=1)) == [2, 1, -INF, 0, -INF, -INF]


@pytest.mark.parametrize("tol", [1, INF])
def test_a_hole_in_any_level_is_not_measured(tidy, tol):
    table = rows(tidy, [0, 1, math.nan, 3], [0, 1, math.nan, INF])
    assert np.isnan(scores(trend(table, "y", levels=LEVELS, by=1, tol=tol))).all()


def test_a_peak_is_the_height_above_the_higher_end(tidy):
    table = rows(tidy, [0, 5, 9, 1], [4, 5, 9, 1], [9, 5, 9, 1])
    assert scores(peak(table, "y", levels="abcd", at="b", by=1)) == [3, 0, -5]
    assert scores(peak(table, "y", levels="abcd", at="c", by=1)) == [7, 4, -1]


def test_a_peak_among_divergences_ties_or_loses(tidy):
    table = rows(tidy, [INF, INF, INF], [0, INF, 0], [0, INF, INF], [INF, INF, 0], [INF, 0, 0])
    assert scores(peak(table, "y", levels="abc", at="b", by=1)) == [0, INF, 0, 0, -INF]


def test_a_peak_somewhere_holds_if_one_level_holds_at_its_share(tidy):
    # Three candidates at 9.8e-4 / 3: P(Bin(24, 1/2) >= 21) = 1.4e-4, P(>= 20) = 7.7e-4; 12 seeds decide for none.
    for wins, outcome in ((21, "holds"), (20, "inconclusive")):
        table = rows(tidy, *[[0, -1, 2, 0, 0]] * wins, *[[0, -1, 0.5, 0, 0]] * (24 - wins))
        verdict = judge(peak(table, "y", levels="abcde", at=None, by=1), Design())
        assert (verdict.outcome, verdict.wins, verdict.wins_needed) == (outcome, wins, 21)
        assert judge(peak(table, "y", levels="abcde", at="c", by=1), Design()).outcome == "holds"


def test_a_peak_somewhere_is_refuted_if_every_level_is_refuted_at_alpha(tidy):
    for losses, outcome in ((20, "refuted"), (19, "inconclusive")):
        table = rows(tidy, *[[0, -5, 0, -5, 1]] * losses, *[[0, -5, 2, -5, 1]] * (24 - losses))
        verdict = judge(peak(table, "y", levels="abcde", at=None, by=0.5), Design())
        assert (verdict.outcome, verdict.losses, verdict.losses_needed) == (outcome, losses, 20)


def test_the_interval_of_a_peak_somewhere_is_that_of_the_best_level(tidy):
    rng = np.random.default_rng(2)
    for bump in np.linspace(-1, 3, 9):
        table = rows(tidy, *rng.normal([0, bump, bump / 2, 0], 1, (24, 4)))
        verdict = judge(peak(table, "y", levels="abcd", at=None, by=0.5), Design())
        assert (verdict.outcome == "holds") == (verdict.low > 0.5) == (verdict.p_holds <= verdict.spent)
        assert (verdict.outcome == "refuted") == (verdict.high < 0.5) == (verdict.p_refuted <= verdict.spent)
        assert (verdict.outcome == "holds") == (verdict.prevalence_low >= 0.5)
        assert verdict.low <= verdict.effect <= verdict.high


def test_a_peak_somewhere_names_the_level_seen_most_often_but_does_not_freeze_it(tidy):
    one, two = (peak(rows(tidy, row), "y", levels="abcd", at=None, by=1) for row in ([0, 5, 0, 0], [0, 0, 5, 0]))
    assert one.describe() == "y, higher inside a < b < c < d than at both ends by 1 (most often at b)"
    assert two.describe().endswith("(most often at c)")
    assert one.frozen() == two.frozen()
    assert one.frozen()["parameters"] == {"at": None, "direction_only": False}
    assert [part.frozen()["parameters"]["at"] for part in one.parts] == ["b", "c"]
    assert scores(two) == scores(two.parts[1])


def test_a_peak_somewhere_needs_more_seeds(tidy):
    table, ten = rows(tidy, *[[0, 2, 0, 0, 0]] * 10), Design.fixed(10)
    assert judge(peak(table, "y", levels="abcde", at="b", by=1), ten).outcome == "holds"
    message = r"2\*\*-10 = 0.00098, above the 0.00033 that is spent by then on each of 3 candidates. Use at least 12"
    with pytest.raises(Invalid, match=message):
        judge(peak(table, "y", levels="abcde", at=None, by=1), ten)


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (lambda t: trend(t, "y", levels={"a": 1, "b": 2}, by=1), "2 levels do not make a trend"),
        (lambda t: trend(t, "y", levels={"a": 1, "b": 3, "c": 2}, by=1), r"\[1.0, 3.0, 2.0\] do not rise strictly"),
        (lambda t: trend(t, "y", levels={"a": 1, "b": 1, "c": 2}, by=1), "do not rise strictly"),
        (
            lambda t: trend(t, "y", levels={"a": 1, "b": 2, "c": INF}, by=1),
            "the level of 'c'=inf is not a finite number",
        ),
        (lambda t: trend(t, "y", levels=LEVELS, by=1, tol=-1), "tol=-1 is not a tolerance"),
        (lambda t: trend(t, "y", levels=LEVELS, by=1, tol=math.nan), "tol=nan is not a tolerance"),
        (lambda t: trend(t, "y", levels=LEVELS), "no margin was given"),
        (lambda t: peak(t, "y", levels="ab", at="b", by=1), "2 levels have no place between two ends"),
        (lambda t: peak(t, "y", levels="abc", at="c", by=1), r"at='c' is not between the ends .* Name one of \['b'\]"),
        (lambda t: peak(t, "y", levels="abb", at="b", by=1), "name one arm twice"),
        (lambda t: peak(t, "y", levels="abc", at=None, by=0), "by=0 is not a margin"),
    ],
)
def test_levels_and_margins_are_checked(tidy, claim, message):
    with pytest.raises(ValueError, match=message):
        claim(rows(tidy, [0, 1, 2, 3]))


def test_frozen_fields_are_json_without_infinity(tidy):
    score = trend(rows(tidy, [0, 1, 2, 3]), "y", levels=LEVELS, by=1)
    assert score.frozen()["parameters"] == {"levels": [1, 2, 4, 5], "tol": None, "direction_only": False}
    assert json.loads(json.dumps(score.frozen(), allow_nan=False)) == score.frozen()
    assert score.describe() == "y, rising over a < b < c < d by 1 per unit"
