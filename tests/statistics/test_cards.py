"""Calibration cards catch scores that are biased towards holding, and leave sound ones alone."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hw1.statistics import above, less, peak, trend
from hw1.statistics.cards import card, relabelings

LEVELS = {"a": 0.0, "b": 1.0, "c": 2.0, "d": 3.0, "e": 4.0}
SEEDS = 24


def table(means, noise=1.0):
    rng = np.random.default_rng(7)
    rows = [(s, arm, m + noise * rng.standard_normal()) for s in range(SEEDS) for arm, m in means.items()]
    return pd.DataFrame(rows, columns=["seed", "arm", "y"])


RISING = table({"a": 0.0, "b": 2.0, "c": 4.0, "d": 6.0, "e": 8.0})
PEAKED = table({"a": 0.0, "b": 3.0, "c": 6.0, "d": 3.0, "e": 0.0})
SOUND = {
    "less": less(RISING, "y", arm="a", than="e", by=1.0),
    "less, direction only": less(RISING, "y", arm="a", than="e", direction_only=True),
    "trend": trend(RISING, "y", levels=LEVELS, by=0.5),
    "monotone": trend(RISING, "y", levels=LEVELS, by=0.1, tol=3.0),
    "peak": peak(PEAKED, "y", levels=list(LEVELS), at="c", by=0.5),
    "some peak": peak(PEAKED, "y", levels=list(LEVELS), at=None, by=0.5),
}


def planted(rule, data=RISING):
    """A score with a bug in its rule."""
    return dataclasses.replace(trend(data, "y", levels=LEVELS, by=0.5), rule=rule)


BUGS = {
    # Any arm but the ends is largest: of five exchangeable arms that happens three times in five.
    "arg-max inside the seed": (planted(lambda y: np.maximum(y[..., 1:4].max(-1) - y[..., [0, 4]].max(-1), 0)), 0.6),
    # Two chances to see a difference: with four labels in any order that is three in four.
    "best of two metrics": (planted(lambda y: np.maximum(y[..., 1] - y[..., 0], y[..., 3] - y[..., 2])), 0.75),
    "absolute difference": (planted(lambda y: abs(y[..., 1] - y[..., 0]) - 0.1), 0.95),
}


@pytest.mark.parametrize("score", SOUND.values(), ids=SOUND)
def test_a_sound_score_has_no_flag(score):
    made = card(score, n0=SEEDS)
    assert made.null_wins <= 0.5
    assert made.false_hold <= 1e-3
    assert made.flags == ()


@pytest.mark.parametrize(("score", "share"), BUGS.values(), ids=BUGS)
def test_the_planted_bugs_are_flagged(score, share):
    made = card(score, n0=SEEDS)
    assert made.null_wins == pytest.approx(share, abs=0.05)  # ties and small differences move it by a few hundredths
    assert made.false_hold > 1e-3
    assert any("biased" in flag for flag in made.flags)
    assert any("holds falsely" in flag for flag in made.flags)


def test_a_difference_of_two_arms_is_seen_on_half_of_the_relabelings_so_its_false_hold_is_binomial():
    made = card(SOUND["less, direction only"], n0=SEEDS)
    assert made.null_wins == 0.5
    assert made.false_hold == pytest.approx(stats.binom.sf(19, SEEDS, 0.5), rel=1e-9)


def test_a_kind_with_one_arm_has_no_relabelings():
    made = card(above(RISING, "y", arm="e", value=4.0), n0=SEEDS)
    assert (made.null_wins, made.null_wins_worst, made.false_hold) == (None, None, None)


def test_a_claim_near_its_margin_is_flagged():
    made = card(less(RISING, "y", arm="a", than="b", by=1.0), n0=SEEDS)
    assert made.spreads < 2
    assert made.distance == pytest.approx(1.0, abs=0.6)  # the median of 24 differences of sd 1.4 about 2
    assert [flag for flag in made.flags if flag.startswith("near its margin")] == list(made.flags)


def test_seeds_that_all_agree_are_infinitely_far_from_the_margin():
    made = card(
        less(table(dict.fromkeys(LEVELS, 0.0) | {"e": 1.0}, noise=0.0), "y", arm="a", than="e", by=0.5), n0=SEEDS
    )
    assert made.spreads == np.inf
    assert made.seeds_needed == 21  # planned for p = 24.5 / 25


def test_a_refuted_claim_is_planned_by_its_losses():
    score = less(RISING, "y", arm="e", than="a", by=1.0)
    lost = card(score, n0=SEEDS, p0=0.75, expect="refuted")
    assert lost.flake < 1e-4
    assert lost.seeds_needed < 24
    assert card(score, n0=SEEDS).seeds_needed is None


def test_a_win_rate_that_hardly_exceeds_p0_needs_more_seeds_than_anyone_has():
    values = np.r_[np.ones(13), -np.ones(11)]
    data = pd.DataFrame({"seed": range(24), "arm": "a", "y": values})
    assert card(above(data, "y", arm="a", value=0.0), n0=SEEDS).seeds_needed is None


def test_more_than_six_arms_are_sampled_the_same_way_each_time():
    assert relabelings(6).shape == (720, 6)
    assert relabelings(7).shape == (1000, 7)
    np.testing.assert_array_equal(relabelings(7), relabelings(7))
