"""What the experiments on the number of parameters are made of."""

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from hw1.claims.parameter_count._figures import best_and_last, threshold
from hw1.claims.parameter_count.random_features import least_squares, relu_features
from hw1.streams import stream


def test_least_squares_has_the_smallest_norm():
    """Oracle: the pseudoinverse, with fewer features than examples and with more."""
    rng = np.random.default_rng(0)
    for features in (5, 30):
        x, y = rng.normal(size=(12, features)), rng.normal(size=(12, 3))
        np.testing.assert_allclose(least_squares(x, y, 0.0), np.linalg.pinv(x) @ y, atol=1e-12)


def test_the_penalty_is_ridge_regression():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 30)), rng.normal(size=(12, 3))
    alpha = 0.01 * np.linalg.norm(x, 2) ** 2
    expected = Ridge(alpha=alpha, fit_intercept=False, solver="svd").fit(x, y).coef_.T
    np.testing.assert_allclose(least_squares(x, y, 0.01), expected, atol=1e-10)


def test_fewer_features_are_the_first_of_more():
    x = np.random.default_rng(2).normal(size=(4, 6))
    few, many = (relu_features(x, n, stream("features test")) * np.sqrt(n) for n in (3, 8))
    np.testing.assert_allclose(few, many[:, :3])
    assert (many >= 0).all()


def test_the_threshold_is_the_first_size_that_fits():
    runs = pd.DataFrame({"parameters": [10, 10, 20, 20, 40, 40], "train_accuracy": [0.4, 0.6, 1.0, 0.98, 1.0, 1.0]})
    assert threshold(runs) == 20
    assert threshold(runs[runs["parameters"] == 10]) is None


def test_the_best_measurement_is_told_from_the_last_at_every_size():
    runs = pd.DataFrame(
        {"seed": [0, 0], "parameters": [10, 20], "best_accuracy": [0.5, 0.9], "test_accuracy": [0.5, 0.7]}
    )
    figure = best_and_last({"noisy": runs, "clean": runs.assign(test_accuracy=runs["best_accuracy"])})
    noisy, clean = figure.panels[0].series
    np.testing.assert_allclose(noisy.y, [0, 0.2])
    assert (noisy.x, clean.y) == ((10.0, 20.0), (0.0, 0.0))
    assert "0.200 (noisy), 0.000 (clean)" in figure.caption
