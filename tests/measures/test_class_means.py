"""Class means against hand-made geometries, loops, and scikit-learn's covariances."""

import re

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import nn

from hw1.measures.class_means import class_means, last_features
from hw1.nets.dense import blank, dense, initialised
from hw1.streams import stream
from hw1.training import stack

K, CLASSES, EACH, UNITS = 3, 4, 6, 7


def made(spread=0.3):
    """Features (K, n, units) around class means in general position, and labels, in a random order."""
    rng = stream("class means", "features")
    y = np.stack([rng.permutation(np.arange(CLASSES * EACH) % CLASSES) for _ in range(K)])
    means = rng.normal(size=(K, CLASSES, UNITS))
    x = np.take_along_axis(means, y[..., None], 1) + spread * rng.normal(size=(K, CLASSES * EACH, UNITS))
    return x, y


def simplex(C):
    """C directions as far apart as can be, as rows."""
    return np.eye(C) - 1 / C


def placed(means, y, noise=None):
    return means[y][None] + (0 if noise is None else noise)


def test_a_collapsed_simplex_is_0_in_all_three():
    y = np.arange(12) % CLASSES
    found = class_means(placed(3 * simplex(CLASSES) + 5, y), y[None])
    np.testing.assert_allclose([found.variability, found.norms, found.angles], 0, atol=1e-12)


def test_variability_is_the_known_ratio_of_isotropic_noise():
    """Means of a simplex have the covariance I / C in their C - 1 dimensions; noise of variance s^2 in each of these
    and none elsewhere gives trace(W B^+) = C s^2 (C - 1), which is divided by C.
    """
    s, means = 0.1, simplex(CLASSES)
    directions = np.linalg.svd(means)[2][: CLASSES - 1]  # an orthonormal basis of what the means span
    steps = np.concatenate([directions, -directions]) * s * np.sqrt(CLASSES - 1)  # covariance s^2 in this basis
    y = np.repeat(np.arange(CLASSES), len(steps))
    x = means[y] + np.tile(steps, (CLASSES, 1))
    found = class_means(x[None], y[None])
    assert found.variability[0] == pytest.approx(s**2 * (CLASSES - 1), rel=1e-10)


def test_variability_is_that_of_scikit_learns_discriminant_analysis():
    x, y = made()
    for k in range(K):
        model = LinearDiscriminantAnalysis(solver="eigen", store_covariance=True).fit(x[k], y[k])
        within, means = model.covariance_, model.means_
        around = means - means.mean(0)
        between = around.T @ around / CLASSES
        expected = np.trace(within @ np.linalg.pinv(between, rcond=1e-6)) / CLASSES
        assert class_means(x, y).variability[k] == pytest.approx(expected, rel=1e-8)


def test_norms_and_angles_are_those_of_loops_over_classes_and_pairs():
    x, y = made()
    found = class_means(x, y)
    for k in range(K):
        means = [np.mean([row for row, c in zip(x[k], y[k], strict=True) if c == own], 0) for own in range(CLASSES)]
        around = [mean - np.mean(means, 0) for mean in means]
        lengths = [np.sqrt((row**2).sum()) for row in around]
        apart = [
            abs(around[a] @ around[b] / lengths[a] / lengths[b] + 1 / (CLASSES - 1))
            for a in range(CLASSES)
            for b in range(a)
        ]
        assert found.norms[k] == pytest.approx(np.std(lengths) / np.mean(lengths), rel=1e-12)
        assert found.angles[k] == pytest.approx(np.mean(apart), rel=1e-12)


def test_rotation_scale_and_shift_change_nothing():
    x, y = made()
    q, _ = np.linalg.qr(stream("class means", "rotation").normal(size=(UNITS, UNITS)))
    found, turned = class_means(x, y), class_means(5 * x @ q + 3, y)
    for name in ("variability", "norms", "angles"):
        np.testing.assert_allclose(getattr(turned, name), getattr(found, name), rtol=1e-8)


def test_each_number_sees_what_it_is_for():
    y, means = np.arange(12) % CLASSES, simplex(CLASSES)
    longer, nearer = means * np.array([[2], [1], [1], [1]]), means + np.array([[0.3], [0.3], [-0.3], [-0.3]])
    noise = stream("class means", "noise").normal(size=(1, 12, CLASSES))
    base = class_means(placed(means, y), y[None])
    for x, name in (
        (placed(means, y, noise), "variability"),
        (placed(longer, y), "norms"),
        (placed(nearer, y), "angles"),
    ):
        assert getattr(class_means(x, y[None]), name)[0] > getattr(base, name)[0] + 0.05, name


def test_features_without_a_geometry_are_infinitely_far_from_collapse():
    x, y = made()
    x[1] = 1.0  # a net that says the same of every example
    x[2, 0, 0] = np.nan
    found = class_means(x, y)
    for values in (found.variability, found.norms, found.angles):
        assert np.isfinite(values).tolist() == [True, False, False]


def test_last_features_are_what_the_last_layer_multiplies():
    nets = stack(initialised(lambda: dense((5, 4), inputs=2, outputs=3), [stream("class means", k) for k in range(K)]))
    x = torch.from_numpy(stream("class means", "x").normal(size=(K, 9, 2)).astype(np.float32))
    features = last_features(nets, x).numpy()
    assert features.shape == (K, 9, 4)
    for k in range(K):
        weight, bias = nets.leaves["4.weight"][k].detach().numpy(), nets.leaves["4.bias"][k].detach().numpy()
        np.testing.assert_allclose(
            features[k] @ weight.T + bias, nets.forward(x, per_replica=True)[k].detach(), rtol=1e-5, atol=1e-6
        )


def test_last_features_are_taken_with_running_statistics_and_leave_them_alone():
    def net():
        return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))

    nets = stack(initialised(lambda: blank(net), [stream("class means", k) for k in range(K)]))
    x = torch.from_numpy(stream("class means", "x").normal(size=(K, 9, 2)).astype(np.float32))
    state = {name: values.clone() for name, values in nets.state.items()}
    first, alone = last_features(nets, x), last_features(nets, x[:, :1])
    np.testing.assert_allclose(first[:, :1], alone, rtol=1e-6)
    assert all(torch.equal(values, state[name]) for name, values in nets.state.items())


def test_what_has_no_classes_or_no_last_layer_is_refused():
    with pytest.raises(ValueError, match=re.escape("Features of shape (2, 3) and labels of shape (2,)")):
        class_means(np.zeros((2, 3)), np.zeros(2, int))
    with pytest.raises(ValueError, match="Labels of 1 class"):
        class_means(np.zeros((1, 3, 2)), np.zeros((1, 3), int))
    alone = stack(initialised(lambda: nn.Sequential(nn.Linear(2, 3)), [stream("class means", 0)]))
    with pytest.raises(TypeError, match="last features are not known"):
        last_features(alone, torch.zeros(1, 4, 2))
