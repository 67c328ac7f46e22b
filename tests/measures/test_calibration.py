"""Calibration error against loops and scikit-learn's curve, temperatures against scipy's minimiser."""

import math
import re

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from hw1.measures.calibration import best_temperature, calibration_error
from hw1.measures.probabilities import negative_log_likelihood, over_confidence, probabilities
from hw1.streams import stream

K, N, CLASSES = 3, 60, 4


def made(points=N, scale=2.0):
    """Logits (K, n, CLASSES), which differ in scale by replica, and labels that follow them in part."""
    rng = stream("calibration", points)
    z = scale * rng.normal(size=(K, points, CLASSES)) * np.array([0.5, 1, 2])[:, None, None]
    y = np.where(rng.random((K, points)) < 0.6, z.argmax(-1), rng.integers(CLASSES, size=(K, points)))
    return z, y


def by_hand(p, y, member):
    """Sum over bins of |hits - confidences| / n, where `member` gives each point's bin from all confidences."""
    sure = [max(row) for row in p]
    bins = member(sure)
    total = 0.0
    for b in set(bins):
        inside = [i for i in range(len(p)) if bins[i] == b]
        hits = sum(p[i].argmax() == y[i] for i in inside)
        total += abs(hits - sum(sure[i] for i in inside))
    return total / len(p)


def even(bins):
    return lambda sure: [math.ceil(c * bins) for c in sure]


def ranked(bins):
    def member(sure):
        ordered, n = sorted(sure), len(sure)
        ends = [ordered[math.ceil(b * n / bins) - 1] for b in range(1, bins + 1)]
        return [next(b for b in range(bins) if c <= ends[b]) for c in sure]

    return member


@pytest.mark.parametrize("bins", [1, 4, 7, 15, 60])
@pytest.mark.parametrize(("equal", "members"), [("width", even), ("mass", ranked)])
def test_the_error_is_that_of_a_loop_over_bins(equal, members, bins):
    z, y = made()
    p = probabilities(z)
    expected = [by_hand(p[k], y[k], members(bins)) for k in range(K)]
    np.testing.assert_allclose(calibration_error(p, y, bins=bins, equal=equal), expected, rtol=1e-12)


@pytest.mark.parametrize(("equal", "strategy"), [("width", "uniform"), ("mass", "quantile")])
def test_the_error_is_that_of_scikit_learns_curve(equal, strategy):
    """Its quantiles part 60 points as ours do into 12 bins, where nobody is tied: five points each."""
    z, y = made()
    p = probabilities(z)
    for k in range(K):
        sure, hits = p[k].max(1), (p[k].argmax(1) == y[k]).astype(int)
        accuracy, confidence = calibration_curve(hits, sure, n_bins=12, strategy=strategy)
        counts = np.histogram(sure, np.linspace(0, 1, 13))[0] if equal == "width" else np.full(12, 5)
        expected = np.abs(accuracy - confidence) @ counts[counts > 0] / N
        assert calibration_error(p, y, bins=12, equal=equal)[k] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("equal", ["width", "mass"])
def test_with_one_bin_it_is_over_confidence_and_with_more_at_least_that(equal):
    z, y = made()
    p = probabilities(z)
    least = np.abs(over_confidence(p, y))
    np.testing.assert_allclose(calibration_error(p, y, bins=1, equal=equal), least, rtol=1e-12)
    assert (calibration_error(p, y, equal=equal) >= least - 1e-15).all()


def two_classes(confidences):
    """Probabilities (1, n, 2) of points whose first class has a confidence of at least a half."""
    c = np.asarray(confidences)
    return np.stack([c, 1 - c], axis=-1)[None]


def test_bins_of_equal_width_hold_their_upper_end_and_empty_ones_count_for_nothing():
    """.6 and .75 are ends of (.5, .6] and of (.7, .75]; had they begun a bin, .6 would meet .61 and .75 meet .76."""
    p = two_classes([0.6, 0.61, 0.75, 0.76])
    y = [1, 0, 1, 0]
    assert calibration_error(p, y, bins=20)[0] == pytest.approx((0.6 + 0.39 + 0.75 + 0.24) / 4)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 3, 4, 1, 2, 0], [2, 5, 0, 4, 1, 3]])
def test_points_of_equal_confidence_stay_together_in_whatever_order_they_come(order):
    """Three bins of six points end at ranks 2, 4 and 6; the four equal ones all go to the first, with .6."""
    sure, y = np.array([0.6, 0.8, 0.8, 0.8, 0.8, 0.9])[order], np.array([1, 0, 0, 0, 1, 0])[order]
    expected = (abs(3 - (0.6 + 4 * 0.8)) + abs(1 - 0.9)) / 6
    assert calibration_error(two_classes(sure), y, bins=3, equal="mass")[0] == pytest.approx(expected)


def test_bins_of_equal_mass_are_as_many_as_points_at_most():
    z, y = made(points=7)
    p = probabilities(z)
    expected = np.abs((p.argmax(-1) == y) - p.max(-1)).mean(1)
    np.testing.assert_allclose(calibration_error(p, y, bins=7, equal="mass"), expected, rtol=1e-12)


def test_a_net_without_a_prediction_has_an_infinite_error_and_disturbs_no_other():
    z, y = made()
    z[1, 3, 0] = math.nan
    for equal in ("width", "mass"):
        found, others = (calibration_error(probabilities(z[ks]), y[ks], equal=equal) for ks in ([0, 1, 2], [0, 2]))
        assert found[1] == math.inf
        np.testing.assert_array_equal(found[[0, 2]], others)


def test_labels_that_are_drawn_from_the_probabilities_are_calibrated():
    """Of 20,000 points in 10 bins at most sqrt(10 / 20,000) / 2 = .011 is expected (Cauchy-Schwarz); twice is red."""
    rng = stream("calibration", "true")
    p = probabilities(2 * rng.normal(size=(2, 20_000, CLASSES)))
    y = (rng.random((2, 20_000, 1)) > p.cumsum(-1)).sum(-1)
    for equal in ("width", "mass"):
        assert (calibration_error(p, y, bins=10, equal=equal) < 0.022).all()
        sure = probabilities(3 * np.log(p))
        assert (calibration_error(sure, y, bins=10, equal=equal) > 0.1).all()


def test_the_temperature_is_scipys_on_each_replica():
    z, y = made()
    found = best_temperature(z, y)
    assert not found.at_bound.any()
    for k in range(K):

        def loss(log_temperature, k=k):
            return log_loss(y[k], probabilities(z[k : k + 1], math.exp(log_temperature))[0], labels=range(CLASSES))

        best = minimize_scalar(loss, bounds=(math.log(0.01), math.log(100)), method="bounded", options={"xatol": 1e-10})
        assert best.x not in (math.log(0.01), math.log(100))
        # A minimiser sees a difference of 1e-8 in its argument as one of 1e-16 in the loss.
        assert math.log(found.value[k]) == pytest.approx(best.x, abs=1e-6)


def test_logits_that_were_multiplied_are_divided_again():
    rng = stream("calibration", "scaled")
    z = rng.normal(size=(1, 300, CLASSES)) * 2
    y = (rng.random((1, 300, 1)) > probabilities(z).cumsum(-1)).sum(-1)
    scaled = np.concatenate([z, 5 * z, z / 5])
    found = best_temperature(scaled, y[0]).value
    np.testing.assert_allclose(found[1:] / found[0], [5, 1 / 5], rtol=1e-9)
    assert found[0] == pytest.approx(1, abs=0.3)  # 300 points; its standard error is about .09
    at_best, at_one = (negative_log_likelihood(probabilities(scaled, T), y[0]) for T in (found, 1.0))
    np.testing.assert_allclose(at_best, at_best[0], rtol=1e-12)
    assert (at_one >= at_best).all()


def test_an_offset_of_the_logits_changes_no_temperature():
    z, y = made()
    shifted = z + 1e3 * stream("calibration", "offset").normal(size=(K, N, 1))
    np.testing.assert_allclose(best_temperature(shifted, y).value, best_temperature(z, y).value, rtol=1e-9)


RIGHT = 4.0 * np.eye(3)[[[0, 1, 2, 0]]]


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        (RIGHT, 0.5),  # all right: the colder the better
        (1e6 * RIGHT, 0.5),  # and without any slope that float64 can hold
        (-RIGHT, 8.0),  # against the labels: the hotter the better
        (np.full((1, 4, 5), 3.3), 0.5),  # flat, and five fifths of 3.3 are more than 3.3 in float64
        (np.full((1, 4, 3), math.nan), math.inf),
    ],
    ids=["separable", "saturated", "wrong", "flat", "lost"],
)
def test_where_no_temperature_is_best_it_is_a_bound_and_says_so(logits, expected):
    found = best_temperature(logits, [0, 1, 2, 0], bounds=(0.5, 8))
    assert found.value.tolist() == [expected]
    assert found.at_bound.tolist() == [True]


def test_a_best_temperature_beyond_a_bound_is_that_bound():
    z, y = made()
    free = best_temperature(z, y).value
    assert free[0] < free[1] < free[2]
    found = best_temperature(z, y, bounds=(free[0] * 1.01, free[2] / 1.01))
    np.testing.assert_allclose(found.value, [free[0] * 1.01, free[1], free[2] / 1.01], rtol=1e-12)
    assert found.at_bound.tolist() == [True, False, True]


def test_a_lost_replica_leaves_the_temperatures_of_others():
    z, y = made()
    broken = z.copy()
    broken[1, 0, 0] = math.inf
    found, whole = best_temperature(broken, y), best_temperature(z, y)
    assert found.value[1] == math.inf
    np.testing.assert_array_equal(found.value[[0, 2]], whole.value[[0, 2]])
    assert found.at_bound.tolist() == [False, True, False]


P = np.full((2, 5, 3), 1 / 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: calibration_error(P, [0] * 5, equal="size"), "equal='size' is unknown. Use one of width, mass."),
        (lambda: calibration_error(P, [0] * 5, bins=0), "5 points do not fill 0 bins of equal width. Use 1 to 5 bins."),
        (lambda: calibration_error(P, [0] * 5, bins=6, equal="mass"), "5 points do not fill 6 bins of equal mass."),
        (lambda: best_temperature(P, [0] * 5, bounds=(0, 1)), "bounds=(0, 1) hold no temperature. Give two finite"),
        (lambda: best_temperature(P, [0] * 5, bounds=(2, 1)), "bounds=(2, 1) hold no temperature."),
        (lambda: best_temperature(P[0], [0] * 5), "Logits of shape (5, 3) are not (K, n, classes)."),
        (lambda: best_temperature(P, [0, 1, 2, 3, 4]), "are not all integers from 0 to 2"),
    ],
    ids=range(7),
)
def test_what_cannot_be_calibrated_is_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        call()
    assert "\n" not in str(caught.value)
