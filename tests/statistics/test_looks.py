"""The looks, against every sequence of wins, ties and losses of small designs, and against the published numbers."""

import math
from collections import defaultdict
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hw1.statistics import (
    Design,
    Invalid,
    chance,
    expected_seeds,
    judge,
    miss,
    predicted_flake,
    predicted_looks,
    predicted_seeds,
)
from hw1.statistics.looks import SHARES, SIZES, smallest_n

DESIGNS = {
    "two looks": Design(sizes=(2, 4), shares=(0.7, 1.0), alpha=0.4),
    "two looks, p0 .3": Design(sizes=(2, 4), shares=(0.5, 1.0), alpha=0.2, p0=0.3),
    "three looks": Design(sizes=(3, 5, 8), shares=(0.5, 0.8, 1.0), alpha=0.3),
    "three looks, p0 .75": Design(sizes=(3, 5, 8), shares=(0.5, 0.8, 1.0), alpha=0.3, p0=0.75),
    "a look at one seed": Design(sizes=(1, 2, 7), shares=(0.6, 0.7, 1.0), alpha=0.49, p0=0.2),
}
EACH = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)


@pytest.fixture
def ended(score_of):
    """Judges a sequence of scores look by look: its first decision, or the last verdict."""

    @cache
    def at(design, prefix):
        reach = "holds" if any(look.wins <= look.n for look in design.looks) else "refuted"
        return judge(score_of(prefix), design, reach=reach)

    def judged(design, sequence):
        for n in design.sizes:
            verdict = at(design, tuple(sorted(sequence[:n])))
            if verdict.outcome in ("holds", "refuted"):
                break
        return verdict

    return judged


def reached(p, sizes, counts):
    """The chance that one of these counts of wins is reached, over all sequences of wins and losses."""
    total = 0.0
    for sequence in product([0, 1], repeat=sizes[-1]):
        if any(sum(sequence[:n]) >= count for n, count in zip(sizes, counts, strict=True)):
            total += p ** sum(sequence) * (1 - p) ** (sizes[-1] - sum(sequence))
    return total


@EACH
def test_the_counts_are_the_smallest_whose_cumulative_chance_is_within_what_is_spent(design):
    wins, losses = [one.wins for one in design.looks], [one.losses for one in design.looks]
    for q, counts in ((design.p0, wins), (1 - design.p0, losses)):
        for k, look in enumerate(design.looks, start=1):
            before, sizes = counts[: k - 1], design.sizes[:k]
            assert reached(q, sizes, [*before, counts[k - 1]]) <= look.spent
            assert counts[k - 1] == 0 or reached(q, sizes, [*before, counts[k - 1] - 1]) > look.spent


@EACH
@pytest.mark.parametrize("tied", [0.0, 0.4, 1.0])
def test_no_sequence_of_wins_ties_and_losses_errs_more_often_than_alpha_over_all_looks(ended, design, tied):
    """The worst null of `holds` wins with p0, that of `refuted` loses with 1 - p0; the rest are ties and the other."""
    for outcome, sign, q in (("holds", 1.0, design.p0), ("refuted", -1.0, 1 - design.p0)):
        weight = {sign: q, 0.0: (1 - q) * tied, -sign: (1 - q) * (1 - tied)}
        wrong = defaultdict(float)
        for sequence in product(weight, repeat=design.sizes[-1]):
            verdict = ended(design, sequence)
            wrong[verdict.look] += math.prod(weight[one] for one in sequence) * (verdict.outcome == outcome)
        for k, look in enumerate(design.looks, start=1):
            assert sum(wrong[j] for j in range(1, k + 1)) <= look.spent * (1 + 1e-9)
        if tied == 0:
            assert sum(wrong.values()) == pytest.approx(chance(q, design, outcome))
        if tied == 1:
            counts = [look.wins if outcome == "holds" else look.losses for look in design.looks]
            assert sum(wrong.values()) == pytest.approx(reached(q, design.sizes, counts))


@EACH
@pytest.mark.parametrize("p", [0.0, 0.2, 0.55, 0.9, 1.0])
@pytest.mark.parametrize("outcome", ["holds", "refuted"])
def test_chance_and_cost_are_those_of_all_sequences(ended, design, p, outcome):
    found, seeds = 0.0, 0.0
    for sequence in product([0, 1], repeat=design.sizes[-1]):
        weight = p ** sum(sequence) * (1 - p) ** (len(sequence) - sum(sequence))
        verdict = ended(design, [1.0 if spoke == (outcome == "holds") else -1.0 for spoke in sequence])
        found += weight * (verdict.outcome == outcome)
        seeds += weight * verdict.n
    assert chance(p, design, outcome) == pytest.approx(found)
    assert miss(p, design, outcome) == pytest.approx(1 - found)
    assert expected_seeds(p, design, outcome) == pytest.approx(seeds)


@EACH
@pytest.mark.parametrize(("wins", "pilot"), [(9, 9), (7, 9), (0, 0), (3, 20)])
@pytest.mark.parametrize("outcome", ["holds", "refuted"])
def test_a_prediction_is_that_of_all_sequences_drawn_from_an_urn(ended, design, wins, pilot, outcome):
    """Polya's urn with the pilot and Jeffreys' prior in it: each seed is drawn from those seen before it."""
    looks = design.looks
    if all((look.wins if outcome == "holds" else look.losses) > look.n for look in looks):
        with pytest.raises(Invalid, match="cannot reach"):
            predicted_flake(wins, pilot, design, outcome)
        return
    missed, seeds, taken = 0.0, 0.0, [0.0] * len(looks)
    for sequence in product([0, 1], repeat=design.sizes[-1]):
        weight, a, b = 1.0, wins + 0.5, pilot - wins + 0.5
        for spoke in sequence:
            weight *= (a if spoke else b) / (a + b)
            a, b = a + spoke, b + 1 - spoke
        verdict = ended(design, [1.0 if spoke == (outcome == "holds") else -1.0 for spoke in sequence])
        missed += weight * (verdict.outcome != outcome)
        seeds += weight * verdict.n
        for look in range(verdict.look):
            taken[look] += weight
    assert predicted_flake(wins, pilot, design, outcome) == pytest.approx(missed)
    assert predicted_seeds(wins, pilot, design, outcome) == pytest.approx(seeds)
    assert predicted_looks(wins, pilot, design, outcome) == pytest.approx(taken)


@EACH
def test_p_and_the_bound_of_the_share_are_those_of_all_sequences(score_of, design):
    reach = "holds" if any(look.wins <= look.n for look in design.looks) else "refuted"
    for k, look in enumerate(design.looks):
        sizes = design.sizes[: k + 1]
        wins, losses = [one.wins for one in design.looks[:k]], [one.losses for one in design.looks[:k]]
        for won in range(look.n + 1):
            verdict = judge(score_of([1.0] * won + [-1.0] * (look.n - won)), design, reach=reach)
            held, lost = reached(design.p0, sizes, [*wins, won]), reached(1 - design.p0, sizes, [*losses, look.n - won])
            assert (verdict.p_holds, verdict.p_refuted) == (pytest.approx(held), pytest.approx(lost))
            if won:
                assert reached(verdict.prevalence_low, sizes, [*wins, won]) == pytest.approx(look.spent)
            else:
                assert verdict.prevalence_low == 0


@pytest.mark.parametrize(
    ("p0", "wins", "losses", "held", "lost"),
    [
        (0.5, (12, 20, 38, 69), (12, 20, 38, 69), (2.44e-4, 9.69e-4, 9.87e-4, 9.95e-4), (9.95e-4,)),
        (0.75, (13, 25, 45, 87), (10, 14, 23, 42), (0, 0, 7.88e-4, 8.55e-4), (3.76e-5, 5.47e-4, 9.64e-4, 9.95e-4)),
        (0.9, (13, 25, 49, 95), (7, 9, 13, 23), (0, 0, 0, 4.72e-4), (5.02e-5, 3.53e-4, 9.29e-4, 9.66e-4)),
    ],
)
def test_the_published_counts_and_sizes_of_four_looks(p0, wins, losses, held, lost):
    design = Design(sizes=SIZES, shares=SHARES, p0=p0)
    assert (tuple(look.wins for look in design.looks), tuple(look.losses for look in design.looks)) == (wins, losses)
    for k, sizes in enumerate(zip(held, lost, strict=False), start=1):
        one = Design.looking(SIZES, k, p0=p0)
        if len(lost) > 1:  # at p0 = 1/2 both sides are one
            assert chance(1 - p0, one, "refuted") == pytest.approx(sizes[1], rel=0.01)
        assert chance(p0, one, "holds") == pytest.approx(sizes[0], rel=0.01)


@pytest.mark.parametrize(
    ("p", "undecided", "seeds"),
    [
        (0.8, (0.93, 0.54, 0.30), 50.7),
        (0.9, (0.72, 0.084, 0.0053), 22.9),
        (0.95, (0.46, 0.0059, 1.5e-5), 17.7),
        (0.975, (0.26, 2.7e-4, 1.7e-8), 15.2),
        (0.99, (0.11, 3.6e-6, 1.2e-12), 13.4),
        (0.995, (0.058, 1.2e-7, 6.7e-16), 12.7),
        (0.999, (0.012, 4.1e-11, 0), 12.1),
        (1.0, (0, 0, 0), 12.0),
    ],
)
def test_the_published_shares_that_no_look_decides_and_the_mean_number_of_seeds(p, undecided, seeds):
    for looks, share in enumerate(undecided, start=1):
        assert miss(p, Design.looking(SIZES, looks)) == pytest.approx(share, rel=0.05, abs=1e-14)
    assert expected_seeds(p, Design.looking(SIZES, 4)) == pytest.approx(seeds, abs=0.06)


@pytest.mark.parametrize(
    ("q", "undecided", "seeds"),
    [(0.55, (0.96, 0.54, 0.12), 42.5), (0.73, (0.67, 0.037, 5.9e-5), 20.9), (0.9, (0.11, 7.2e-6, 2.7e-14), 13.3)],
)
def test_the_published_numbers_of_a_refutation_at_three_quarters(q, undecided, seeds):
    for looks, share in enumerate(undecided, start=1):
        assert miss(q, Design.looking(SIZES, looks, p0=0.75), "refuted") == pytest.approx(share, rel=0.05, abs=1e-14)
    assert expected_seeds(q, Design.looking(SIZES, 4, p0=0.75), "refuted") == pytest.approx(seeds, abs=0.06)


def test_one_look_spends_all_of_alpha_and_is_the_binomial_test():
    for n, p0 in ((1, 0.01), (10, 0.5), (24, 0.5), (30, 0.75), (66, 0.9)):
        (look,) = Design.fixed(n, alpha=0.02, p0=p0).looks
        assert look.spent == 0.02
        assert stats.binom.sf(look.wins - 1, n, p0) <= 0.02 < stats.binom.sf(look.wins - 2, n, p0)
        assert stats.binom.sf(look.losses - 1, n, 1 - p0) <= 0.02 < stats.binom.sf(look.losses - 2, n, 1 - p0)


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True).map(sorted),
    alpha=st.floats(1e-6, 0.499),
    p0=st.floats(1e-3, 1 - 1e-3),
)
def test_no_design_exceeds_its_alpha_nor_lets_one_look_decide_both_ways(sizes, alpha, p0):
    design = Design(sizes=tuple(sizes), shares=SHARES[: len(sizes)], alpha=alpha, p0=p0)
    assert chance(p0, design) <= alpha * (1 + 1e-9)
    assert chance(1 - p0, design, "refuted") <= alpha * (1 + 1e-9)
    assert all(look.wins + look.losses > look.n for look in design.looks)


@given(alpha=st.floats(1e-5, 0.2), alternatives=st.integers(2, 6), p0=st.sampled_from([0.25, 0.5, 0.75]))
def test_alternatives_divide_alpha_of_holding_only(alpha, alternatives, p0):
    shared = Design(alpha=alpha, alternatives=alternatives, p0=p0)
    divided, whole = Design(alpha=alpha / alternatives, p0=p0), Design(alpha=alpha, p0=p0)
    assert [look.wins for look in shared.looks] == [look.wins for look in divided.looks]
    assert [look.losses for look in shared.looks] == [look.losses for look in whole.looks]
    assert [look.spent for look in shared.looks] == [look.spent for look in whole.looks]


def test_with_two_alternatives_the_first_look_never_holds_and_the_second_needs_21():
    shared = Design(alternatives=2)
    assert [look.wins for look in shared.looks][:2] == [13, 21]
    assert [look.losses for look in shared.looks] == [12, 20, 38]


def test_the_fewest_seeds_in_one_look_are_a_logarithm():
    for p0, n in ((0.5, 10), (0.6, 14), (0.75, 25), (0.8, 31), (0.9, 66), (0.25, 5)):
        assert smallest_n(p0=p0) == math.ceil(math.log(1e-3) / math.log(p0)) == n
    assert smallest_n(0.49, 0.01) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sizes": ()}, "looks of no seeds: give rising positive integers"),
        ({"sizes": (0, 4)}, "looks of 0, 4 seeds: give rising"),
        ({"sizes": (24, 12)}, "looks of 24, 12 seeds: give rising"),
        ({"sizes": (12, 12)}, "looks of 12, 12 seeds: give rising"),
        ({"shares": (0.5,)}, r"shares of alpha \(0\.5,\) for looks \(12, 24, 48\): give one for each"),
        ({"shares": (0.5, 0.4, 1.0)}, "rising to at most 1"),
        ({"shares": (0.5, 0.9, 1.1)}, "rising to at most 1"),
        ({"alpha": 0.5}, "alpha=0.5 lets a claim both hold and be refuted"),
        ({"alpha": math.nan}, "alpha=nan"),
        ({"p0": 1.0}, "p0=1 is not a share of seeds"),
        ({"p0": math.nan}, "p0=nan is not a share"),
        ({"alternatives": 0}, "0 alternatives are no claim"),
    ],
)
def test_a_design_without_meaning_is_an_error(changes, message):
    with pytest.raises(Invalid, match=message):
        Design(**changes)
