"""Least squares by gradient descent against its closed form, and what its target is made of."""

from dataclasses import replace

import numpy as np
import pytest

from hw1.claims.phenomena._regression import regression
from hw1.claims.phenomena.epochwise_descent import FAST, run, steps
from hw1.streams import streams_of

SEEDS = range(2)


@pytest.mark.parametrize("arm", ["two_scales", "one_scale"])
def test_the_curve_is_that_of_gradient_descent_in_closed_form(arm):
    """From 0, t steps at rate r on the mean of squares lead to V (1 - (1 - 2 r L)^t) / L V^T X^T y / n, where
    V L V^T = X^T X / n and X has a column of ones.
    """
    scale = 1.0 if arm == "one_scale" else FAST.slow_scale
    data = regression(FAST.features(scale), SEEDS, streams_of(run))
    curves = run(FAST, arm=arm, seeds=SEEDS, device="cpu")["curves"]
    at = np.array(steps(FAST.updates, FAST.every))
    for k, seed in enumerate(SEEDS):
        x, y, held = (np.asarray(part[k], dtype=np.float64) for part in (data.x_train, data.y_train, data.x_test))
        x, held = (np.column_stack([part, np.ones(len(part))]) for part in (x, held))
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        along = vectors.T @ (x.T @ y[:, 0]) / len(x)
        weights = vectors @ ((1 - (1 - 2 * FAST.lr * values[:, None]) ** at) / values[:, None] * along[:, None])
        expected = np.square(held @ weights - data.y_test[k]).mean(0)
        found = curves[curves["seed"] == seed]["error"]
        np.testing.assert_allclose(found, expected, rtol=2e-3)  # 800 steps in float32


def test_the_target_is_that_of_both_scales_and_does_not_see_the_scale():
    features = replace(FAST, test=20_000).features(FAST.slow_scale)
    data, other = (regression(one, SEEDS, streams_of(run)) for one in (features, replace(features, slow_scale=1.0)))
    np.testing.assert_array_equal(data.y_test, other.y_test)
    np.testing.assert_allclose(data.x_test[..., : FAST.fast_features], other.x_test[..., : FAST.fast_features])
    slow = slice(FAST.fast_features, None)
    np.testing.assert_allclose(data.x_test[..., slow], FAST.slow_scale * other.x_test[..., slow], rtol=1e-6)
    variance = FAST.fast_signal + FAST.slow_signal + FAST.noise**2
    assert data.y_test.var(axis=1) == pytest.approx(variance, rel=0.05)  # 5 deviations of a variance of 20,000
    for k in range(len(SEEDS)):
        found = np.linalg.lstsq(other.x_test[k], data.y_test[k][:, 0], rcond=None)[0]
        for part, signal in ((slice(0, FAST.fast_features), FAST.fast_signal), (slow, FAST.slow_signal)):
            assert np.square(found[part]).sum() == pytest.approx(signal, rel=0.05)


def test_steps_begin_at_0_and_end_at_the_last():
    assert steps(10, 4) == [0, 4, 8, 10]
    with pytest.raises(ValueError, match="Every 0 updates there is nothing to measure"):
        steps(10, 0)
