"""The engine: dual to its interval at each look, blind to seeds whose assay is not met, strict about its design."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from hw1.statistics import Design, Invalid, judge, less, peak
from hw1.statistics.looks import SHARES, SIZES

anything = st.one_of(st.sampled_from([-math.inf, -1.0, 0.0, 1.0, math.inf]), st.floats(allow_nan=False))
small = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True).map(sorted).map(tuple)
FIRST, SECOND, THIRD = SIZES[:3]


@st.composite
def looked_at(draw):
    """A design of small looks, and scores of one of them."""
    sizes = draw(small)
    alpha, p0 = draw(st.sampled_from([0.05, 0.2, 0.4, 0.49])), draw(st.sampled_from([0.25, 0.5, 0.75, 0.9]))
    design = Design(sizes=sizes, shares=SHARES[: len(sizes)], alpha=alpha, p0=p0)
    n = draw(st.sampled_from(sizes))
    return design, draw(st.lists(anything, min_size=n, max_size=n))


def reachable(design):
    """A side that some look can reach; None if neither."""
    sides = {"holds": [look.wins <= look.n for look in design.looks]}
    sides["refuted"] = [look.losses <= look.n for look in design.looks]
    return next((side for side, able in sides.items() if any(able)), None)


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [
        ([1] * 12, "holds"),
        ([1] * 11 + [0], "inconclusive"),
        ([1] * 11 + [-math.inf], "inconclusive"),
        ([math.inf] * 12, "holds"),
        ([-1] * 12, "refuted"),
        ([0] * 12, "inconclusive"),
        ([1] * 20 + [0] * 4, "holds"),
        ([1] * 20 + [-math.inf] * 4, "holds"),
        ([1] * 19 + [0] * 5, "inconclusive"),
        ([0] * 24, "inconclusive"),
        ([-1] * 20 + [1] * 4, "refuted"),
        ([-1] * 19 + [0] * 5, "inconclusive"),
        ([1] * 38 + [-1] * 10, "holds"),
        ([1] * 37 + [0] * 11, "inconclusive"),
        ([-1] * 38 + [0] * 10, "refuted"),
        ([-math.inf] * 37 + [math.inf] * 11, "inconclusive"),
        ([0] * 48, "inconclusive"),
    ],
)
def test_twelve_of_12_twenty_of_24_and_thirty_eight_of_48_seeds_decide(score_of, scores, outcome):
    assert judge(score_of(scores), Design()).outcome == outcome


@settings(deadline=None, max_examples=200)
@given(case=looked_at())
def test_at_each_look_interval_p_and_bound_exclude_exactly_where_the_claim_is_decided(score_of, case):
    design, numbers = case
    assume(side := reachable(design))
    v = judge(score_of(numbers), design, reach=side)
    assert (v.outcome == "holds") == (v.low > 0) == (v.wins >= v.wins_needed) == (v.p_holds <= v.spent)
    assert (v.outcome == "refuted") == (v.high < 0) == (v.losses >= v.losses_needed) == (v.p_refuted <= v.spent)
    assert (v.outcome == "holds") == (v.prevalence_low >= design.p0)
    assert v.low <= v.effect <= v.high


@pytest.mark.parametrize(("n", "alpha"), [(10, 2**-10), (1, 0.25), (12, 2**-12)])
def test_a_count_that_decides_by_no_margin_at_all_does_so_in_every_number(score_of, n, alpha):
    p0 = 0.25 if n == 1 else 0.5
    v = judge(score_of([1.0] * n), Design.fixed(n, alpha=alpha, p0=p0))
    assert v.outcome == "holds"
    assert v.p_holds <= v.spent == alpha
    assert v.prevalence_low >= p0


@settings(deadline=None, max_examples=100)
@given(case=looked_at(), place=st.integers(0, 11), raised=anything)
@example(
    case=(Design.fixed(12, alpha=0.4), [-math.inf] * 5 + [-1.0, 0.0] + [math.inf] * 5), place=6, raised=math.inf
)  # found by a search
def test_a_greater_score_never_speaks_against_the_claim(score_of, case, place, raised):
    design, numbers = case
    assume(side := reachable(design))
    place %= len(numbers)
    assume(raised > numbers[place])
    before = judge(score_of(numbers), design, reach=side)
    after = judge(score_of([*numbers[:place], raised, *numbers[place + 1 :]]), design, reach=side)
    rank = ["refuted", "inconclusive", "holds"].index
    assert rank(after.outcome) >= rank(before.outcome)
    assert after.low >= before.low
    assert after.effect >= before.effect
    assert after.high >= before.high
    assert after.p_holds <= before.p_holds
    assert after.prevalence_low >= before.prevalence_low


@settings(deadline=None, max_examples=50)
@given(numbers=st.lists(st.integers(-2, 9), min_size=24, max_size=24), looks=st.sampled_from([1, 2]))
def test_looks_that_are_planned_and_not_taken_change_nothing(score_of, numbers, looks):
    score = score_of(numbers[: SIZES[looks - 1]])
    verdicts = [judge(score, Design.looking(SIZES, allowed)) for allowed in range(looks, 5)]
    assert len({replace(verdict, sizes=()) for verdict in verdicts}) == 1


@settings(deadline=None, max_examples=50)
@given(
    numbers=st.lists(st.integers(-3, 3), min_size=11, max_size=40),
    p0=st.sampled_from([0.5, 0.75]),
)
def test_one_look_agrees_with_scipy(score_of, numbers, p0):
    n = len(numbers)
    v = judge(score_of(numbers), Design.fixed(n, p0=p0), reach="refuted")
    greater = stats.quantile_test(numbers, q=0, p=1 - p0, alternative="greater")
    lesser = stats.quantile_test(np.negative(numbers), q=0, p=p0, alternative="greater")
    assert v.p_holds == pytest.approx(greater.pvalue, rel=1e-9)
    assert v.p_refuted == pytest.approx(lesser.pvalue, rel=1e-9)
    low = greater.confidence_interval(1 - v.spent).low
    high = -lesser.confidence_interval(1 - v.spent).low
    assert v.low == (-math.inf if math.isnan(low) else low)
    assert v.high == (math.inf if math.isnan(high) else high)


def test_the_bound_of_one_look_is_that_of_clopper_and_pearson(score_of):
    verdict = judge(score_of([1.0] * 22 + [0.0] * 2), Design.fixed(24))
    oracle = stats.binomtest(22, 24, 0.5, alternative="greater").proportion_ci(1 - 1e-3).low
    assert verdict.prevalence_low == pytest.approx(oracle)


@settings(deadline=None, max_examples=100)
@given(numbers=st.lists(st.integers(-9, 9), min_size=11, max_size=40), p0=st.sampled_from([0.25, 0.5, 0.75, 0.9]))
def test_the_effect_is_reached_by_a_share_p0_of_seeds_and_not_by_the_rest(score_of, numbers, p0):
    design = Design.fixed(len(numbers), p0=p0)
    v = judge(score_of(numbers), design, reach="holds" if p0 < 0.5 else "refuted")
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
    assert judge(score_of(numbers), Design()).effect == effect


def test_the_effect_does_not_depend_on_the_rounding_of_a_share(score_of):
    # 30 * (1 - .9) is 2.9999999999999996, and the third and fourth score share the place
    assert judge(score_of(range(30)), Design.fixed(30, p0=0.9), reach="refuted").effect == 2.5


def test_the_order_of_seeds_does_not_matter(score_of):
    numbers = np.random.default_rng(1).normal(1, 1, 24)
    verdicts = {judge(score_of(np.random.default_rng(i).permutation(numbers)), Design()) for i in range(20)}
    assert len(verdicts) == 1


@pytest.mark.parametrize(
    ("design", "message"),
    [
        (
            Design.fixed(8),
            "8 seeds cannot reach alpha=0.001: the smallest p of 8 wins is 2**-8 = 0.0039, above the 0.001 that is "
            "spent by then. Use at least 10 seeds, or allow further looks.",
        ),
        (
            Design.looking(SIZES, 2, p0=0.75),
            "24 seeds cannot reach alpha=0.001: the smallest p of 24 wins is 0.75**24 = 0.001, above the 0.00098 that "
            "is spent by then. Use at least 25 seeds, or allow further looks.",
        ),
        (
            Design.looking(SIZES, 1, alpha=5e-4),
            "12 seeds cannot reach alpha=0.0005: the smallest p of 12 wins is 2**-12 = 0.00024, above the 0.00013 that "
            "is spent by then. Use at least 11 seeds, or allow further looks.",
        ),
    ],
)
def test_too_few_seeds_are_an_error_that_says_how_many_are_needed(score_of, design, message):
    with pytest.raises(Invalid) as error:
        judge(score_of([1.0] * design.sizes[0]), design)
    assert str(error.value) == message


def test_a_claim_expected_to_fail_needs_only_the_seeds_that_refute_it(score_of):
    losses = score_of([-1.0] * 14 + [1.0] * 10)
    two = Design.looking(SIZES, 2, p0=0.75)
    with pytest.raises(Invalid, match=r"the smallest p of 24 wins is 0\.75\*\*24"):
        judge(losses, two)
    assert judge(losses, two, reach="refuted").outcome == "refuted"
    with pytest.raises(Invalid, match=r"2 losses is 0\.1\*\*2 = 0\.01, above the 0\.001 .* Use at least 3 seeds"):
        judge(score_of([-1.0] * 2), Design.fixed(2, p0=0.9), reach="refuted")


@pytest.mark.parametrize("reach", ["inconclusive", "invalid"])
def test_the_absence_of_a_verdict_cannot_be_expected(score_of, reach):
    with pytest.raises(Invalid, match=f"'{reach}' is the absence of a verdict"):
        judge(score_of([1.0] * 12), Design(), reach=reach)


def test_it_judges_at_the_planned_looks_only(score_of):
    assert [judge(score_of([1.0] * n), Design()).look for n in (12, 24, 48)] == [1, 2, 3]
    for n in (0, 11, 23, 25, 96):
        with pytest.raises(Invalid, match=f"{n} seeds are not a planned look: planned are 12, 24 and 48"):
            judge(score_of([1.0] * n), Design())
    with pytest.raises(Invalid, match=r"13 seeds are not a planned look: planned are 12\. A sample size chosen after"):
        judge(score_of([1.0] * 13), Design.fixed(12))


def test_38_of_48_has_the_p_and_the_bound_of_all_three_looks(score_of):
    verdict = judge(score_of([1.0] * 38 + [-1.0] * 10), Design())
    assert verdict.p_holds == pytest.approx(9.87e-4, rel=1e-3)  # one look of 48 would say 3.1e-5
    assert verdict.spent == pytest.approx(9.9e-4)
    assert 0.5 <= verdict.prevalence_low < 0.501  # one look of 48, at the 1.8e-5 spent there, .491
    assert judge(score_of([1.0] * 38 + [-1.0] * 10), Design.fixed(48)).p_holds == pytest.approx(3.1e-5, rel=0.01)


def peaked(high, flat):
    """A peak on the second of four levels, on the third, or on none: two alternatives are candidates."""
    rows = [(s, a, v) for s in range(high + flat) for a, v in zip("abcd", (0, 3 if s < high else 0, 0, 0), strict=True)]
    return peak(pd.DataFrame(rows, columns=["seed", "arm", "y"]), "y", levels=list("abcd"), at=None, by=1.0)


def test_with_two_alternatives_21_of_24_hold_at_the_second_look_and_12_of_12_do_not(score_of):
    assert judge(peaked(12, 0), Design()).outcome == "inconclusive"
    twenty, one_more = judge(peaked(20, 4), Design()), judge(peaked(21, 3), Design())
    assert (twenty.outcome, one_more.outcome) == ("inconclusive", "holds")
    assert one_more.p_holds == pytest.approx(2 * stats.binom.sf(20, 24, 0.5))
    assert one_more.prevalence_low >= 0.5 > twenty.prevalence_low
    assert judge(peaked(0, 12), Design()).outcome == "refuted"
    with pytest.raises(Invalid, match=r"12 seeds cannot reach .* above the 0\.00013 .* on each of 2 candidates"):
        judge(peaked(12, 0), Design.looking(SIZES, 1))


def test_nan_is_an_error_that_names_what_was_not_measured(tidy):
    table = tidy(a=[1.0] * 24, b=[2.0] * 23 + [math.nan])
    message = r"y is NaN for seed 1023 and arm 'b' \(1 in all\), and NaN means not measured"
    with pytest.raises(Invalid, match=message):
        judge(less(table, "y", arm="a", than="b", by=0.5), Design())
    with pytest.raises(Invalid, match=message):
        judge(less(table.dropna(), "y", arm="a", than="b", by=0.5), Design())


def masked(score, met):
    """The score of a claim whose assay is met on the first seeds only."""
    seeds = score.matrix.index
    return score.masked(pd.Series(np.arange(len(seeds)) < met, index=seeds), "trained (loss below 1)")


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_seed_whose_assay_is_not_met_is_a_tie(score_of, sign):
    for met, outcome in ((20, "holds" if sign > 0 else "refuted"), (19, "inconclusive")):
        verdict = judge(masked(score_of([sign] * 24), met), Design())
        assert (verdict.wins, verdict.losses) == ((met, 0) if sign > 0 else (0, met))
        assert (verdict.outcome, verdict.met) == (outcome, met)
    assert judge(masked(score_of([math.inf] * 24), 19), Design()).high == math.inf


def test_nan_on_a_seed_whose_assay_is_not_met_is_still_an_error(score_of, tidy):
    with pytest.raises(Invalid, match="NaN for seed 1023"):
        judge(masked(score_of([1.0] * 23 + [math.nan]), 20), Design())
    whole = less(tidy(a=[1.0] * 24, b=[2.0] * 24), "y", arm="a", than="b", by=0.5)
    broken = replace(whole, rule=lambda y: np.full(24, math.nan))
    with pytest.raises(Invalid, match="the score of y is NaN for seed 1000, though every arm was measured"):
        judge(masked(broken, 0), Design())


@pytest.mark.parametrize("n", SIZES[:3])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5])
def test_it_is_invalid_exactly_where_the_last_look_is_undecided_and_half_of_the_seeds_at_most_are_met(
    score_of, n, share
):
    met = int(share * n)
    for allowed in (1, 2, 3):
        if SIZES[allowed - 1] >= n:
            verdict = judge(masked(score_of([1.0] * n), met), Design.looking(SIZES, allowed))
            assert verdict.outcome == ("invalid" if SIZES[allowed - 1] == n else "inconclusive")
    assert (
        judge(masked(score_of([1.0] * n), n // 2 + 1), Design.looking(SIZES, SIZES.index(n) + 1)).outcome != "invalid"
    )
    assert judge(score_of([0.0] * n), Design.looking(SIZES, SIZES.index(n) + 1)).outcome == "inconclusive"


def test_a_claim_that_is_decided_on_the_seeds_that_are_met_is_never_invalid(score_of):
    """At p0 = .9 seven of 12 losses decide; at .95, six do."""
    verdict = judge(masked(score_of([-1.0] * 12), 6), Design.fixed(12, p0=0.95), reach="refuted")
    assert (verdict.outcome, verdict.met) == ("refuted", 6)


def test_all_alternatives_are_ties_where_the_assay_is_not_met():
    verdict = judge(masked(peaked(24, 0), 20), Design())
    assert (verdict.outcome, verdict.wins) == ("inconclusive", 20)
    assert judge(masked(peaked(24, 0), 21), Design()).outcome == "holds"
    assert judge(masked(peaked(0, 48), 24), Design()).outcome == "invalid"


def test_a_verdict_reads_as_a_line_and_is_made_of_builtins(score_of):
    verdict = judge(score_of([1.0] * 19 + [-math.inf] * 5), Design())
    assert str(verdict) == ("inconclusive: y, a above 0: value 1 [-inf, 1], 19/24 seeds (20 needed), p 0.003, look 2")
    assert {type(value) for value in verdict.to_dict().values()} == {str, int, float, list, type(None)}
    assert json.loads(json.dumps(verdict.to_dict())) == verdict.to_dict()
    assert verdict.to_dict()["p"] == verdict.p == verdict.p_holds


def test_p_is_of_the_side_that_decided_and_twelve_seeds_have_their_range_as_interval(score_of):
    holds, refuted = (judge(score_of([sign] * 11 + [2 * sign]), Design()) for sign in (1.0, -1.0))
    assert holds.p == holds.p_holds == refuted.p == refuted.p_refuted == pytest.approx(2**-12)
    assert str(holds) == "holds: y, a above 0: value 1 [1, 2] (range of 12 seeds), 12/12 seeds, p 0.0002"
    assert judge(score_of([1.0] * 24), Design()).interval_is_range is False


def test_a_range_says_of_how_many_seeds_it_shows_the_margin(score_of):
    score = score_of([-1.0] * 10)
    met = pd.Series([True] * 7 + [False] * 3, index=score.values.index)
    verdict = judge(score.masked(met, "trained"), Design.fixed(10))
    assert "[-1, 0] (range of 10 seeds, 3 of them unmet, at the margin)" in str(verdict)


def test_a_verdict_says_which_seeds_are_met_and_one_that_is_none_says_nothing_else(score_of):
    some = judge(masked(score_of([1.0] * 24), 22), Design())
    assert str(some).endswith("22/24 seeds, p 0.0003, look 2, 22 of 24 seeds trained (loss below 1)")
    none = judge(masked(score_of([1.0] * 12), 3), Design.looking(SIZES, 1))
    assert str(none) == "no verdict: 3 of 12 seeds trained (loss below 1): y, a above 0"
    assert str(judge(masked(score_of([1.0] * 48), 3), Design())).endswith("y, a above 0, look 3")
