"""Numbers of seeds, over all looks, against the tables of the design and against closed forms."""

import numpy as np
import pytest
from scipy import stats

from hw1.statistics import (
    Design,
    Invalid,
    chance,
    detectable,
    miss,
    plan,
    predicted_flake,
    predicted_looks,
    predicted_seeds,
    require_reachable,
)
from hw1.statistics.looks import SIZES
from hw1.statistics.planning import false_hold


@pytest.mark.parametrize(
    ("p0", "n", "wins", "flakes"),
    [
        (0.5, 14, 13, [0.153, 0.046, 0.0084]),
        (0.5, 18, 16, [0.058, 0.0096, 7e-4]),
        (0.5, 24, 20, [0.0060, 3e-4, 4e-6]),
        (0.75, 48, 45, [0.22, 0.032, 0.0014]),
    ],
)
def test_one_look_of_n_seeds_misses_as_a_binomial_does(p0, n, wins, flakes):
    design = Design.fixed(n, p0=p0)
    assert design.looks[0].wins == wins
    for p, flake in zip([0.95, 0.975, 0.99], flakes, strict=True):
        assert miss(p, design) == pytest.approx(stats.binom.cdf(wins - 1, n, p))
        assert miss(p, design) == pytest.approx(flake, rel=0.15 if flake < 1e-3 else 0.05)


@pytest.mark.parametrize(
    ("p", "beta", "p0", "seeds"),
    [
        (1.0, 0.0, 0.5, 12),
        (0.999, 0.02, 0.5, 12),
        (0.975, 0.001, 0.5, 24),
        (0.95, 0.01, 0.5, 24),
        (0.9, 0.01, 0.5, 48),
        (0.8, 0.02, 0.5, 96),
        (0.99, 0.01, 0.75, 48),
    ],
)
def test_a_plan_is_the_last_look_that_is_needed(p, beta, p0, seeds):
    assert plan(p, beta=beta, p0=p0) == seeds
    looks = SIZES.index(seeds) + 1
    assert miss(p, Design.looking(SIZES, looks, p0=p0)) <= beta
    assert looks == 1 or miss(p, Design.looking(SIZES, looks - 1, p0=p0)) > beta


def test_a_plan_that_cannot_be_is_an_error():
    with pytest.raises(ValueError, match=r"p=0\.5 is not above p0=0\.5, so no number of seeds shows it"):
        plan(0.5, beta=0.01)
    with pytest.raises(ValueError, match=r"p=0\.7 is so near p0=0\.5 that 96 seeds do not show it"):
        plan(0.7, beta=0.01)


@pytest.mark.parametrize(("beta", "shares"), [(0.01, [0.9992, 0.943, 0.891, 0.809]), (0.001, [0.9999, 0.967, 0.919])])
def test_the_smallest_share_of_seeds_that_is_detected(beta, shares):
    for looks, share in enumerate(shares, start=1):
        found = detectable(Design.looking(SIZES, looks), beta=beta)
        assert found == pytest.approx(share, abs=5e-4)
        assert miss(found, Design.looking(SIZES, looks)) == pytest.approx(beta, rel=1e-5)


def test_the_smallest_share_that_24_seeds_in_one_look_detect():
    published = {0.01: 0.944, 0.001: 0.967}  # rounded, mostly up
    for beta, share in published.items():
        assert share - 1e-3 < detectable(Design.fixed(24), beta=beta) <= share


def test_too_few_seeds_detect_nothing():
    with pytest.raises(Invalid, match=r"8 seeds cannot reach alpha=0\.001"):
        detectable(Design.fixed(8), beta=0.01)


@pytest.mark.parametrize(
    ("p0", "needed", "power"),
    [(0.5, 20, [0.004, 0.18, 0.46]), (0.75, 14, [0.45, 0.96, 0.996]), (0.9, 9, [0.97, 1, 1])],
)
def test_folklore_needs_room_to_be_refuted(p0, needed, power):
    design = Design.fixed(24, p0=p0)
    assert design.looks[0].losses == needed
    for q, published in zip([0.55, 0.73, 0.80], power, strict=True):
        assert chance(q, design, "refuted") == pytest.approx(published, abs=0.006)


@pytest.mark.parametrize(
    ("wins", "n", "flake"),
    [(16, 16, 0.11), (15, 16, 0.38), (24, 24, 0.008), (23, 24, 0.053), (32, 32, 0.001), (31, 32, 0.013)],
)
def test_the_flake_of_one_look_is_predicted_from_as_many_pilot_seeds(wins, n, flake):
    design = Design.fixed(n, alpha=8e-4)
    assert predicted_flake(wins, n, design) == pytest.approx(flake, rel=0.5 if flake < 0.002 else 0.08)


@pytest.mark.parametrize(("wins", "flake"), [(96, 6e-5), (95, 6e-4), (94, 0.002), (92, 0.011)])
def test_the_flake_of_one_look_is_predicted_from_a_pilot_of_ninety_six(wins, flake):
    assert predicted_flake(wins, 96, Design.fixed(24)) == pytest.approx(flake, rel=0.08)


def test_the_prediction_over_all_looks_is_the_posterior_mean():
    posterior = stats.beta(94.5, 2.5)
    mean = posterior.expect(np.vectorize(lambda p: miss(p, Design())))
    assert predicted_flake(94, 96, Design()) == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize(
    ("wins", "n", "flake", "seeds"),
    [
        (12, 12, 0.017, 16.4),
        (24, 24, 0.0016, 14.4),
        (96, 96, 3.6e-7, 12.7),
        (94, 96, 3.9e-5, 15.1),
        (93, 96, 1.6e-4, 16.2),
    ],
)
def test_what_a_pilot_predicts_over_three_looks(wins, n, flake, seeds):
    """94 of 96 seeds predict less than 16 seeds and are admitted to `fast`, 93 are not."""
    assert predicted_flake(wins, n, Design()) == pytest.approx(flake, rel=0.03)
    assert predicted_seeds(wins, n, Design()) == pytest.approx(seeds, abs=0.05)
    taken = predicted_looks(wins, n, Design())
    assert taken[0] == 1 > taken[1] > taken[2]
    assert predicted_seeds(wins, n, Design()) == pytest.approx(12 * taken[0] + 12 * taken[1] + 24 * taken[2])
    assert taken[1] == pytest.approx(1 - stats.betabinom.pmf([0, 12], 12, wins + 0.5, n - wins + 0.5).sum())


def test_a_refutation_is_predicted_from_losses():
    assert predicted_flake(96, 96, Design(), "refuted") == predicted_flake(96, 96, Design())
    assert predicted_flake(60, 96, Design.fixed(24, p0=0.9), "refuted") == pytest.approx(
        stats.betabinom.cdf(8, 24, 60.5, 36.5)
    )
    with pytest.raises(Invalid, match=r"48 wins is 0\.9\*\*48"):
        predicted_flake(60, 96, Design(p0=0.9))
    with pytest.raises(ValueError, match="97 of 96 pilot seeds is not a count"):
        predicted_flake(97, 96, Design())


@pytest.mark.parametrize("outcome", ["holds", "refuted"])
@pytest.mark.parametrize("p0", [0.25, 0.5, 0.75])
def test_an_outcome_is_reachable_exactly_if_all_seeds_in_a_row_reach_it(outcome, p0):
    q = p0 if outcome == "holds" else 1 - p0
    for n in range(1, 40):
        if q**n <= 1e-3:
            require_reachable(outcome, Design.fixed(n, p0=p0))
        else:
            with pytest.raises(Invalid, match=f"{n} seeds cannot reach"):
                require_reachable(outcome, Design.fixed(n, p0=p0))


def test_a_null_of_seeds_that_differ_holds_as_often_as_their_poisson_binomial_says():
    rng = np.random.default_rng(1)
    shares = rng.random(24)
    one = Design.fixed(24, alpha=0.2)
    oracle = stats.poisson_binom.sf(one.looks[0].wins - 1, shares)
    assert false_hold(shares, one) == pytest.approx(oracle, rel=1e-6)
    assert false_hold(np.array([0.5]), Design()) == pytest.approx(9.87e-4, rel=1e-3)  # at the border, over three looks
    assert false_hold(np.array([0.0]), Design()) == 0
    assert false_hold(np.array([1.0, 1.0]), Design()) == 1


def test_the_seeds_of_a_null_are_used_again_at_later_looks():
    """Of 12 seeds of which 11 always win the first look never holds, and 22 of 24 hold at the second."""
    shares = np.r_[np.ones(11), 0.0]
    assert false_hold(shares, Design.looking(SIZES, 1)) == 0
    assert false_hold(shares, Design.looking(SIZES, 2)) == 1
    assert false_hold(np.r_[np.zeros(4), np.ones(20)], Design()) == 1  # the 12 later ones of the second look


@pytest.mark.parametrize("alpha", [1e-4, 1e-3, 0.01, 0.05, 0.2, 0.49])
@pytest.mark.parametrize("p0", [0.25, 0.5, 0.75, 0.9])
def test_no_design_exceeds_its_alpha(alpha, p0):
    for allowed in (1, 2, 3, 4):
        design = Design.looking(SIZES, allowed, alpha=alpha, p0=p0)
        # A seed that does not win is a tie for the second, and a loss for the first, which can end in a refutation.
        ties = false_hold(np.array([p0]), design)
        assert chance(p0, design) <= ties * (1 + 1e-9)
        assert ties <= design.looks[-1].spent * (1 + 1e-9)
