"""The engine: exact, dual to its interval, and strict about its design."""

import json
import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from hw1.statistics import Invalid, judge, less, wins_needed

anything = st.one_of(st.sampled_from([-math.inf, -1.0, 0.0, 1.0, math.inf]), st.floats(allow_nan=False))
samples = st.lists(anything, min_size=3, max_size=12)


def reachable(n, alpha, p0):
    """A side that n seeds can reach; None if neither."""
    sides = {"holds": p0, "refuted": 1 - p0}
    return next((side for side, q in sides.items() if wins_needed(n, 0.8 * alpha, q) <= n), None)


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [
        ([1] * 24, "holds"),
        ([1] * 20 + [0] * 4, "holds"),
        ([1] * 20 + [-1] * 4, "holds"),
        ([1] * 19 + [0] * 5, "inconclusive"),
        ([0] * 24, "inconclusive"),
        ([-1] * 19 + [0] * 5, "inconclusive"),
        ([-1] * 20 + [1] * 4, "refuted"),
        ([-1] * 24, "refuted"),
        ([1] * 23 + [math.inf], "holds"),
        ([1] * 20 + [-math.inf] * 4, "holds"),
        ([1] * 19 + [-math.inf] * 5, "inconclusive"),
        ([math.inf] * 24, "holds"),
        ([-math.inf] * 24, "refuted"),
    ],
)
def test_twenty_of_twenty_four_seeds_decide(score_of, scores, outcome):
    assert judge(score_of(scores), n0=24).outcome == outcome


@pytest.mark.parametrize("alpha", [0.05, 0.2])
@pytest.mark.parametrize("p0", [0.5, 0.75])
@pytest.mark.parametrize("n", range(1, 13))
def test_both_error_rates_are_at_most_the_share_of_the_first_look_exactly(score_of, n, p0, alpha):
    side = reachable(n, alpha, p0)
    if side is None:
        with pytest.raises(Invalid, match="cannot reach"):
            judge(score_of([1.0] * n), n0=n, p0=p0, alpha=alpha)
        return
    counts = [(wins, losses) for wins in range(n + 1) for losses in range(n + 1 - wins)]
    outcomes = {
        (w, m): judge(
            score_of([1.0] * w + [-1.0] * m + [0.0] * (n - w - m)), n0=n, p0=p0, alpha=alpha, reach=side
        ).outcome
        for w, m in counts
    }
    # The worst null of `holds` wins with p0, that of `refuted` loses with 1 - p0; the rest is split three ways.
    for outcome, first, rest in (("holds", Fraction(p0), 0), ("refuted", 1 - Fraction(p0), 1)):
        for tied in (Fraction(0), Fraction(1, 3), Fraction(1)):
            other = (1 - first) * (1 - tied)
            win, lose = (first, other) if rest == 0 else (other, first)
            chance = sum(
                math.comb(n, w) * math.comb(n - w, m) * win**w * lose**m * (1 - win - lose) ** (n - w - m)
                for w, m in counts
                if outcomes[w, m] == outcome
            )
            assert chance <= Fraction(0.8 * alpha)


def test_every_pattern_of_six_seeds_is_decided_by_its_counts(score_of):
    for pattern in product([-1.0, 0.0, 1.0], repeat=6):
        verdict = judge(score_of(pattern), n0=6, alpha=0.2)  # 5 of 6: 7/64 = .109 < .16, 4 of 6: .34
        wins, losses = pattern.count(1.0), pattern.count(-1.0)
        assert (verdict.wins, verdict.losses) == (wins, losses)
        assert verdict.outcome == ("holds" if wins >= 5 else "refuted" if losses >= 5 else "inconclusive")


@settings(deadline=None, max_examples=150)
@given(numbers=samples, p0=st.sampled_from([0.25, 0.5, 0.75, 0.9]), alpha=st.sampled_from([0.05, 0.2, 0.4]))
def test_the_interval_excludes_zero_exactly_where_the_claim_is_decided(score_of, numbers, p0, alpha):
    side = reachable(len(numbers), alpha, p0)
    assume(side is not None)
    v = judge(score_of(numbers), n0=len(numbers), p0=p0, alpha=alpha, reach=side)
    assert (v.outcome == "holds") == (v.low > 0) == (v.wins >= v.wins_needed) == (v.p_holds <= v.spent)
    assert (v.outcome == "refuted") == (v.high < 0) == (v.losses >= v.losses_needed) == (v.p_refuted <= v.spent)
    assert (v.outcome == "holds") == (v.prevalence_low >= p0)
    assert v.low <= v.effect <= v.high


@settings(deadline=None, max_examples=100)
@given(numbers=samples, place=st.integers(0, 11), raised=anything)
@example(numbers=[-math.inf] * 5 + [-1.0, 0.0] + [math.inf] * 5, place=6, raised=math.inf)  # found by a search
def test_a_greater_score_never_speaks_against_the_claim(score_of, numbers, place, raised):
    place %= len(numbers)
    assume(raised > numbers[place])
    n0 = len(numbers)
    before = judge(score_of(numbers), n0=n0, alpha=0.4)
    after = judge(score_of([*numbers[:place], raised, *numbers[place + 1 :]]), n0=n0, alpha=0.4)
    rank = ["refuted", "inconclusive", "holds"].index
    assert rank(after.outcome) >= rank(before.outcome)
    assert after.low >= before.low
    assert after.effect >= before.effect
    assert after.high >= before.high
    assert after.p_holds <= before.p_holds


@settings(deadline=None, max_examples=100)
@given(
    numbers=st.lists(st.integers(-3, 3), min_size=11, max_size=40),
    p0=st.sampled_from([0.5, 0.75]),
)
def test_it_agrees_with_scipy(score_of, numbers, p0):
    n = len(numbers)
    v = judge(score_of(numbers), n0=n, p0=p0, reach="refuted")
    greater = stats.quantile_test(numbers, q=0, p=1 - p0, alternative="greater")
    lesser = stats.quantile_test(np.negative(numbers), q=0, p=p0, alternative="greater")
    assert v.p_holds == pytest.approx(greater.pvalue, rel=1e-9)
    assert v.p_refuted == pytest.approx(lesser.pvalue, rel=1e-9)
    low = greater.confidence_interval(1 - v.spent).low
    high = -lesser.confidence_interval(1 - v.spent).low
    assert v.low == (-math.inf if math.isnan(low) else low)
    assert v.high == (math.inf if math.isnan(high) else high)


@settings(deadline=None, max_examples=100)
@given(numbers=st.lists(st.integers(-9, 9), min_size=11, max_size=40), p0=st.sampled_from([0.25, 0.5, 0.75, 0.9]))
def test_the_effect_is_reached_by_a_share_p0_of_seeds_and_not_by_the_rest(score_of, numbers, p0):
    v = judge(score_of(numbers), n0=len(numbers), p0=p0, reach="holds" if p0 < 0.5 else "refuted")
    at_least, at_most = (sum(s >= v.effect for s in numbers), sum(s <= v.effect for s in numbers))
    assert at_least >= p0 * len(numbers) - 1e-9  # 30 * (1 - .9) is 2.9999999999999996
    assert at_most >= (1 - p0) * len(numbers) - 1e-9
    if p0 == 0.5:
        assert v.effect == np.median(numbers)


@pytest.mark.parametrize(
    ("numbers", "effect"),
    [
        ([-math.inf] * 12 + [math.inf] * 12, -math.inf),
        ([1.0] * 12 + [math.inf] * 12, math.inf),
        ([-math.inf] * 12 + [1.0] * 12, -math.inf),
        ([1e308] * 12 + [1.5e308] * 12, 1.25e308),
        ([1.0] * 12 + [2.0] * 12, 1.5),
    ],
)
def test_the_effect_is_a_number_whatever_the_two_in_the_middle(score_of, numbers, effect):
    assert judge(score_of(numbers), n0=24).effect == effect


def test_the_effect_does_not_depend_on_the_rounding_of_a_share(score_of):
    # 30 * (1 - .9) is 2.9999999999999996, and the third and fourth score share the place
    assert judge(score_of(range(30)), n0=30, p0=0.9, reach="refuted").effect == 2.5


def test_the_order_of_seeds_does_not_matter(score_of):
    numbers = np.random.default_rng(1).normal(1, 1, 24)
    verdicts = {judge(score_of(np.random.default_rng(i).permutation(numbers)), n0=24) for i in range(20)}
    assert len(verdicts) == 1


@pytest.mark.parametrize(
    ("n", "p0", "message"),
    [
        (8, 0.5, "8 seeds cannot reach alpha=0.001: the smallest p of 8 wins is 2**-8 = 0.0039. Use at least 11."),
        (
            10,
            0.5,
            "10 seeds cannot reach alpha=0.001: the smallest p of 10 wins is 2**-10 = 0.00098, above the 0.0008 that "
            "the first look spends. Use at least 11.",
        ),
        (
            12,
            0.75,
            "12 seeds cannot reach alpha=0.001: the smallest p of 12 wins is 0.75**12 = 0.032. Use at least 25.",
        ),
    ],
)
def test_too_few_seeds_are_an_error_that_says_how_many_are_needed(score_of, n, p0, message):
    with pytest.raises(Invalid) as error:
        judge(score_of([1.0] * n), n0=n, p0=p0)
    assert str(error.value) == message


def test_a_claim_expected_to_fail_needs_only_the_seeds_that_refute_it(score_of):
    losses = score_of([-1.0] * 14 + [1.0] * 10)
    with pytest.raises(Invalid, match=r"the smallest p of 24 wins is 0\.75\*\*24"):
        judge(losses, n0=24, p0=0.75)
    assert judge(losses, n0=24, p0=0.75, reach="refuted").outcome == "refuted"
    with pytest.raises(Invalid, match=r"3 losses is 0\.1\*\*3 = 0\.001, above the 0\.0008 .* Use at least 4\."):
        judge(score_of([-1.0] * 3), n0=3, p0=0.9, reach="refuted")


def test_it_looks_at_n0_twice_and_four_times_n0_only(score_of):
    assert [judge(score_of([1.0] * n), n0=24).look for n in (24, 48, 96)] == [1, 2, 3]
    for n in (0, 23, 25, 72, 192):
        with pytest.raises(Invalid, match=f"{n} seeds are not a planned look: with n0=24 these are 24, 48 and 96"):
            judge(score_of([1.0] * n), n0=24)


@pytest.mark.parametrize(("n", "needed"), [(24, 20), (48, 38), (96, 67)])
def test_a_verdict_at_each_look_needs_its_own_count(score_of, n, needed):
    for wins, outcome in ((needed, "holds"), (needed - 1, "inconclusive")):
        verdict = judge(score_of([1.0] * wins + [0.0] * (n - wins)), n0=24)
        assert (verdict.outcome, verdict.wins_needed, verdict.losses_needed) == (outcome, needed, needed)


def test_nan_is_an_error_that_names_what_was_not_measured(tidy):
    table = tidy(a=[1.0] * 24, b=[2.0] * 23 + [math.nan])
    message = r"y is NaN for seed 1023 and arm 'b' \(1 in all\), and NaN means not measured"
    with pytest.raises(Invalid, match=message):
        judge(less(table, "y", arm="a", than="b", by=0.5), n0=24)
    with pytest.raises(Invalid, match=message):
        judge(less(table.dropna(), "y", arm="a", than="b", by=0.5), n0=24)


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"n0": 0}, "n0=0 is not a number of seeds"),
        ({"n0": 24, "alpha": 0.5}, "alpha=0.5 lets a claim both hold and be refuted"),
        ({"n0": 24, "p0": 1.0}, "p0=1 is not a share of seeds"),
        ({"n0": 24, "reach": "inconclusive"}, "'inconclusive' is the absence of a verdict"),
    ],
)
def test_a_design_without_meaning_is_an_error(score_of, design, message):
    with pytest.raises(Invalid, match=message):
        judge(score_of([1.0] * 24), **design)


def test_a_verdict_reads_as_a_line_and_is_made_of_builtins(score_of):
    verdict = judge(score_of([1.0] * 19 + [-math.inf] * 29), n0=24)
    assert str(verdict) == ("inconclusive: y, a above 0: value -inf [-inf, 1], 19/48 seeds (38 needed), p 0.1, look 2")
    assert {type(value) for value in verdict.to_dict().values()} == {str, int, float}
    assert json.loads(json.dumps(verdict.to_dict())) == verdict.to_dict()
    assert verdict.to_dict()["p"] == verdict.p == verdict.p_refuted


def test_p_is_of_the_side_that_decided(score_of):
    holds, refuted = (judge(score_of([sign] * 24), n0=24) for sign in (1.0, -1.0))
    assert holds.p == holds.p_holds == refuted.p == refuted.p_refuted == pytest.approx(2**-24)
    assert str(holds) == "holds: y, a above 0: value 1 [1, 1], 24/24 seeds, p 6e-08"


def test_the_prevalence_bound_is_that_of_clopper_and_pearson(score_of):
    verdict = judge(score_of([1.0] * 22 + [0.0] * 2), n0=24)
    oracle = stats.binomtest(22, 24, 0.5, alternative="greater").proportion_ci(1 - 8e-4).low
    assert verdict.prevalence_low == pytest.approx(oracle)
