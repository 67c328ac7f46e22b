"""Numbers of seeds, against the tables of the design and against closed forms."""

import math

import pytest
from scipy import stats

from hw1.statistics import (
    Invalid,
    chance_to_hold,
    detectable,
    looks,
    plan,
    predicted_flake,
    require_reachable,
    smallest_n,
    wins_needed,
)

ONE_LOOK = 1 / 0.8  # turns an alpha spent at the first look into the alpha of a claim


def miss(n, p, p0):
    return stats.binom.cdf(wins_needed(n, 8e-4, p0) - 1, n, p)


@pytest.mark.parametrize(
    ("p0", "n", "wins", "size", "flakes"),
    [
        (0.5, 11, 11, 4.9e-4, [0.431, 0.243, 0.105, 0.014]),
        (0.5, 15, 14, 4.9e-4, [0.171, 0.053, 0.0096, 2e-4]),
        (0.5, 18, 16, 6.6e-4, [0.058, 0.0096, 7e-4]),
        (0.5, 21, 18, 7.4e-4, [0.019, 0.0017, 5e-5]),
        (0.5, 24, 20, 7.7e-4, [0.0060, 3e-4, 4e-6]),
        (0.5, 27, 22, 7.6e-4, [0.0019, 5e-5]),
        (0.75, 25, 25, 7.5e-4, [0.72, 0.47, 0.22, 0.032]),
        (0.75, 41, 39, 8.0e-4, [0.34, 0.083, 0.0080, 2e-5]),
        (0.75, 48, 45, 7.9e-4, [0.22, 0.032, 0.0014]),
        (0.75, 61, 56, 7.8e-4, [0.084, 0.0042, 4e-5]),
    ],
)
def test_wins_needed_size_and_flake_at_the_first_look(p0, n, wins, size, flakes):
    assert wins_needed(n, 8e-4, p0) == looks(n, p0=p0)[0].wins == wins
    assert chance_to_hold(p0, n0=n, p0=p0, allowed=1) == pytest.approx(size, rel=0.02)
    for p, flake in zip([0.95, 0.975, 0.99, 0.9987], flakes, strict=False):
        assert miss(n, p, p0) == pytest.approx(flake, rel=0.2 if flake < 1e-3 else 0.05)
        assert 1 - chance_to_hold(p, n0=n, p0=p0, allowed=1) == pytest.approx(miss(n, p, p0), abs=1e-12)


@pytest.mark.parametrize(
    ("p", "seeds"),
    [
        (0.80, [52, 56, 71, 93, 112]),
        (0.85, [38, 38, 51, 64, 78]),
        (0.90, [25, 27, 35, 43, 54]),
        (0.95, [17, 21, 24, 30, 37]),
        (0.975, [14, 14, 18, 24, 28]),
        (0.99, [11, 14, 14, 18, 25]),
        (0.9987, [7, 10, 14, 14, 18]),
    ],
)
def test_how_many_seeds(p, seeds):
    rates = [(0.01, 0.01), (1e-3, 0.05), (1e-3, 0.01), (1e-3, 1e-3), (1e-4, 1e-3)]
    assert [plan(p, alpha=alpha * ONE_LOOK, beta=beta) for alpha, beta in rates] == seeds


def test_a_plan_leaves_room_for_the_later_looks():
    assert plan(0.99, beta=0.01) == 15  # 14 of 14 with one loss has size 9.2e-4, above 8e-4
    assert plan(0.95, beta=0.05, p0=0.75) == min(n for n in range(25, 100) if miss(n, 0.95, 0.75) <= 0.05)


def test_a_plan_that_cannot_be_is_an_error():
    with pytest.raises(ValueError, match=r"p=0\.5 is not above p0=0\.5, so no number of seeds shows it"):
        plan(0.5, beta=0.01)
    with pytest.raises(ValueError, match=r"p=0\.501 is so near p0=0\.5 that 2000 seeds do not show it"):
        plan(0.501, beta=0.01)


@pytest.mark.parametrize(
    ("beta", "table"),
    [
        (0.01, {11: 0.999, 18: 0.975, 21: 0.959, 24: 0.944, 27: 0.930, 30: 0.918, 33: 0.906, 48: 0.865, 64: 0.815}),
        (0.001, {18: 0.989, 21: 0.979, 24: 0.967, 27: 0.956, 30: 0.946, 33: 0.936, 48: 0.896, 64: 0.848}),
    ],
)
def test_the_smallest_effect_that_is_detected(beta, table):
    for n, p in table.items():
        assert p - 0.0011 < detectable(n, beta=beta) <= p + 0.0005  # the table is rounded, mostly up
        assert miss(n, detectable(n, beta=beta), 0.5) == pytest.approx(beta)
    assert detectable(14, beta=0.01, alpha=1e-3 * ONE_LOOK) == pytest.approx(0.990, abs=0.0011)


def test_too_few_seeds_detect_nothing():
    with pytest.raises(Invalid, match=r"8 seeds cannot reach alpha=0\.001"):
        detectable(8, beta=0.01)


@pytest.mark.parametrize(("p0", "n"), [(0.5, 10), (0.6, 14), (0.75, 25), (0.8, 31), (0.9, 66)])
def test_the_fewest_seeds_in_one_look_are_a_logarithm(p0, n):
    assert smallest_n(1e-3 * ONE_LOOK, p0) == math.ceil(math.log(1e-3) / math.log(p0)) == n


def test_the_floor_is_eleven():
    assert smallest_n() == 11
    assert (smallest_n(p0=0.75), smallest_n(p0=0.9), smallest_n(p0=0.1)) == (25, 68, 4)
    assert wins_needed(8, 1e-3) == 9  # none


@pytest.mark.parametrize(
    ("n0", "p0", "wins", "size"),
    [
        (11, 0.5, [11, 20, 35], 5.8e-4),
        (15, 0.5, [14, 26, 45], 5.7e-4),
        (18, 0.5, [16, 30, 53], 7.1e-4),
        (21, 0.5, [18, 34, 60], 8.1e-4),
        (24, 0.5, [20, 38, 67], 8.5e-4),
        (27, 0.5, [22, 41, 74], 8.8e-4),
        (30, 0.5, [24, 45, 81], 8.3e-4),
        (33, 0.5, [26, 49, 88], 7.6e-4),
        (48, 0.75, [45, 87, 166], 9.2e-4),
        (61, 0.75, [56, 109, 208], 8.8e-4),
    ],
)
def test_all_three_looks_together_have_a_size_below_alpha(n0, p0, wins, size):
    assert [look.wins for look in looks(n0, p0=p0)] == wins
    assert chance_to_hold(p0, n0=n0, p0=p0) == pytest.approx(seed_by_seed(dict(looks_at(n0, p0)), p0), rel=1e-9)
    assert chance_to_hold(p0, n0=n0, p0=p0) == pytest.approx(size, abs=6e-6)
    assert chance_to_hold(p0, n0=n0, p0=p0) <= 1e-3


def looks_at(n0, p0):
    return ((look.n, look.wins) for look in looks(n0, p0=p0))


def seed_by_seed(bounds, p):
    """Probability to reach a bound, adding one seed at a time: another recursion than the one tested."""
    alive, hit = {0: 1.0}, 0.0
    for n in range(1, max(bounds) + 1):
        new = dict.fromkeys(range(n + 1), 0.0)
        for wins, chance in alive.items():
            new[wins] += chance * (1 - p)
            new[wins + 1] += chance * p
        stop = bounds.get(n, n + 1)
        hit += sum(chance for wins, chance in new.items() if wins >= stop)
        alive = {wins: chance for wins, chance in new.items() if wins < stop}
    return hit


@pytest.mark.parametrize("alpha", [1e-4, 1e-3, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("p0", [0.25, 0.5, 0.75, 0.9])
def test_no_design_exceeds_its_alpha(alpha, p0):
    assert all(chance_to_hold(p0, n0=n0, alpha=alpha, p0=p0) <= alpha for n0 in range(1, 40, 3))


@pytest.mark.parametrize(
    ("p", "power"), [(0.691, [0.095, 0.14, 0.51]), (0.841, [0.67, 0.89, 1]), (0.933, [0.981, 1, 1])]
)
def test_power_grows_with_the_looks(p, power):
    assert [chance_to_hold(p, n0=24, allowed=k) for k in (1, 2, 3)] == pytest.approx(power, abs=0.006)


@pytest.mark.parametrize(
    ("p0", "needed", "power"),
    [(0.5, 20, [0.004, 0.18, 0.46]), (0.75, 14, [0.45, 0.96, 0.996]), (0.9, 9, [0.97, 1, 1])],
)
def test_folklore_needs_room_to_be_refuted(p0, needed, power):
    assert looks(24, p0=p0)[0].losses == needed
    assert stats.binom.sf(needed - 1, 24, [0.55, 0.73, 0.80]) == pytest.approx(power, abs=0.005)


@pytest.mark.parametrize(
    ("wins", "n", "flake"),
    [
        (16, 16, 0.11),
        (15, 16, 0.38),
        (24, 24, 0.008),
        (23, 24, 0.053),
        (32, 32, 0.001),
        (31, 32, 0.013),
        (30, 32, 0.05),
        (29, 32, 0.11),
        (28, 32, 0.20),
        (26, 32, 0.44),
    ],
)
def test_a_flake_rate_is_predicted_from_as_many_pilot_seeds(wins, n, flake):
    assert predicted_flake(wins, n, n0=n) == pytest.approx(flake, rel=0.5 if flake < 0.002 else 0.08)


@pytest.mark.parametrize(("wins", "flake"), [(96, 6e-5), (95, 6e-4), (94, 0.002), (92, 0.011)])
def test_a_flake_rate_is_predicted_from_a_pilot_of_ninety_six(wins, flake):
    assert predicted_flake(wins, 96, n0=24) == pytest.approx(flake, rel=0.08)


def test_the_prediction_is_the_posterior_mean_of_the_flake():
    posterior = stats.beta(94.5, 2.5)
    mean = posterior.expect(lambda p: stats.binom.cdf(19, 24, p))
    assert predicted_flake(94, 96, n0=24) == pytest.approx(mean, rel=1e-6)


def test_a_refutation_is_predicted_from_losses():
    assert predicted_flake(96, 96, n0=24, expect="refuted") == predicted_flake(96, 96, n0=24)
    assert predicted_flake(60, 96, n0=24, p0=0.9, expect="refuted") == pytest.approx(
        stats.betabinom.cdf(8, 24, 60.5, 36.5)
    )
    with pytest.raises(Invalid, match=r"24 wins is 0\.9\*\*24"):
        predicted_flake(60, 96, n0=24, p0=0.9)
    with pytest.raises(ValueError, match="97 of 96 pilot seeds is not a count"):
        predicted_flake(97, 96, n0=24)


def test_alternatives_share_the_error_of_holding_only():
    single, shared = looks(24), looks(24, alternatives=3)
    assert [look.wins for look in shared] == [wins_needed(look.n, look.spent / 3) for look in single]
    assert [look.losses for look in shared] == [look.losses for look in single]
    assert shared[0].wins == 21


@pytest.mark.parametrize("outcome", ["holds", "refuted"])
@pytest.mark.parametrize("p0", [0.25, 0.5, 0.75])
def test_an_outcome_is_reachable_exactly_if_all_seeds_in_a_row_reach_it(outcome, p0):
    q = p0 if outcome == "holds" else 1 - p0
    for n in range(1, 40):
        if q**n <= 8e-4:
            require_reachable(outcome, n0=n, p0=p0)
        else:
            with pytest.raises(Invalid, match=f"{n} seeds cannot reach"):
                require_reachable(outcome, n0=n, p0=p0)
