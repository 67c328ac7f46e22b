"""Principal components of trajectories, and the spectrum of random walks."""

import numpy as np
import pytest
from scipy import linalg
from sklearn.decomposition import PCA

from hw1.measures.trajectories import (
    block_shares,
    drift_ratio,
    overlap,
    principal,
    random_walk,
    step_lengths,
    walk_spectrum,
)
from hw1.streams import stream


def gram_spectrum(points):
    """Shares from the centred matrix of products: no decomposition of the points themselves."""
    centred = points - points.mean(0)
    values = linalg.eigvalsh(centred @ centred.T)[::-1][: len(points) - 1]
    return values / values.sum()


@pytest.mark.parametrize("points", [2, 3, 10, 34, 100])
def test_the_walks_spectrum_is_that_of_its_centred_products(points):
    """Oracle: eigenvalues of the centred T x T matrix of cumulated unit vectors, and their sum (T^2 - 1) / 6."""
    cumulated = np.tril(np.ones((points, points)), -1)
    centred = cumulated - cumulated.mean(0)
    values = linalg.eigvalsh(centred @ centred.T)[::-1][: points - 1]
    np.testing.assert_allclose(walk_spectrum(points), values / values.sum(), rtol=1e-9)
    assert values.sum() == pytest.approx((points**2 - 1) / 6, rel=1e-12)


def test_many_points_tend_to_the_published_limit():
    k = np.arange(1, 6)
    np.testing.assert_allclose(walk_spectrum(5_000)[:5], 6 / (np.pi * k) ** 2, rtol=1e-6)


@pytest.mark.parametrize("drift", [0.0, 0.1, 0.3, 1.0])
def test_simulated_walks_have_the_spectrum(drift):
    """Oracle: scikit-learn's PCA of walks in 20,000 dimensions, whose first share deviates by 0.2 points."""
    walks = [random_walk(stream("walk", drift_name(drift), i), 34, 20_000, drift) for i in range(4)]
    shares = np.mean([PCA().fit(walk).explained_variance_ratio_[:5] for walk in walks], axis=0)
    np.testing.assert_allclose(shares, walk_spectrum(34, drift)[:5], atol=0.006)


def drift_name(drift):
    return f"{drift:g}"


def test_a_small_drift_changes_little_and_a_large_one_leaves_one_component():
    np.testing.assert_allclose(walk_spectrum(34, 1e-6), walk_spectrum(34), atol=1e-9)
    assert walk_spectrum(34, 100.0)[0] > 0.9999
    first = [walk_spectrum(34, drift)[0] for drift in (0, 0.1, 0.3, 1)]
    assert first == sorted(first)


def test_components_are_those_of_the_centred_products():
    """Oracle: the T x T matrix of products has the spectrum of the P x P covariance that PCA decomposes."""
    points = np.random.default_rng(0).normal(size=(12, 400)).cumsum(0)
    found = principal(points, components=3)
    np.testing.assert_allclose(found.shares[:11], gram_spectrum(points), rtol=1e-9)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, np.eye(3), atol=1e-12)
    expected = linalg.svd(points - points.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs(found.coordinates), np.abs(expected[0] * expected[1])[:, :3], atol=1e-9)


def test_coordinates_give_the_points_back():
    points = np.random.default_rng(1).normal(size=(5, 30))
    found = principal(points, components=4)
    np.testing.assert_allclose(found.coordinates @ found.loadings + points.mean(0), points, atol=1e-12)


def test_single_precision_is_kept_and_is_enough():
    points = np.random.default_rng(2).normal(size=(20, 300)).cumsum(0)
    single = principal(points.astype(np.float32))
    assert single.loadings.dtype == np.float32
    np.testing.assert_allclose(single.shares, principal(points).shares, atol=1e-6)


def test_a_point_on_a_line_needs_one_component():
    line = np.outer(np.arange(7.0), np.ones(5)) + 3
    found = principal(line)
    assert found.shares[0] == pytest.approx(1)
    assert np.isfinite(found.loadings).all()
    flat = np.outer(np.arange(7.0), [0.0, 1.0])
    assert np.isfinite(principal(flat).loadings).all()


def test_whole_numbers_are_numbers():
    points = np.array([[0, 1, 5], [2, 3, 1], [4, 9, 0]])
    np.testing.assert_allclose(principal(points).shares, principal(points.astype(float)).shares)
    assert principal(points).shares.sum() == pytest.approx(1)


@pytest.mark.parametrize(("points", "weights"), [(21, 400), (40, 7), (9, 9)])
@pytest.mark.parametrize(("dtype", "off"), [(np.float64, 1e-10), (np.float32, 2e-5)])
def test_components_are_those_of_scikit_learn(points, weights, dtype, off):
    """Their signs, too: of each component the largest loading is positive."""
    walk = random_walk(stream("oracle", points), points, weights, 0.3, dtype)
    found, known = principal(walk, 3), PCA(svd_solver="full").fit(walk)
    np.testing.assert_allclose(found.shares, known.explained_variance_ratio_, atol=off / 10)
    np.testing.assert_allclose(found.loadings, known.components_[:3], atol=off)
    np.testing.assert_allclose(found.coordinates, known.transform(walk)[:, :3], atol=10 * off)
    assert {found.shares.dtype, found.loadings.dtype, found.coordinates.dtype} == {np.dtype(dtype)}


def test_what_has_no_components_is_refused():
    with pytest.raises(ValueError, match="All 3 points are equal"):
        principal(np.ones((3, 4)))
    with pytest.raises(ValueError, match="not finite"):
        principal(np.array([[0.0, 1.0], [np.inf, 2.0]]))
    with pytest.raises(ValueError, match="1 points have no principal component"):
        walk_spectrum(1)
    with pytest.raises(ValueError, match="drift=-1"):
        walk_spectrum(5, -1)


@pytest.mark.parametrize("drift", [0.1, 0.5, 2.0])
def test_the_drift_of_a_walk_is_found_again(drift):
    walks = [random_walk(stream("drift", f"{drift:g}", i), 34, 5_000, drift) for i in range(8)]
    assert np.sqrt(np.mean([drift_ratio(walk) ** 2 for walk in walks])) == pytest.approx(drift, rel=0.02, abs=0.01)


def test_a_walk_without_drift_has_none_and_a_line_nothing_else():
    found = [drift_ratio(random_walk(stream("no drift", i), 34, 5_000)) for i in range(8)]
    assert max(found) < 0.04  # the mean of 33 steps has length 0.17: what is left is far less
    assert drift_ratio(np.outer(np.arange(4.0), [1.0, 2.0])) == np.inf
    with pytest.raises(ValueError, match="2 points cannot tell"):
        drift_ratio(np.eye(2))


def test_blocks_share_the_variance():
    points = np.array([[0.0, 0.0, 5.0], [2.0, 0.0, 5.0], [0.0, 6.0, 5.0]])
    variances = points.var(0)
    np.testing.assert_allclose(block_shares(points, [1, 2]), np.array([variances[0], variances[1]]) / variances.sum())
    with pytest.raises(ValueError, match="Blocks of 2 weights do not add up to 3"):
        block_shares(points, [1, 1])


def test_the_overlap_of_subspaces_is_that_of_their_angles():
    """Oracle: scipy's principal angles."""
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(4, 50)), rng.normal(size=(4, 50))
    expected = np.mean(np.cos(linalg.subspace_angles(first.T, second.T)) ** 2)
    assert overlap(first, second) == pytest.approx(expected)
    mixed = rng.normal(size=(4, 4)) @ first
    assert overlap(first, mixed) == pytest.approx(1)
    assert overlap(np.eye(6)[:2], np.eye(6)[2:4]) == pytest.approx(0)
    centred = first - first.mean(0)  # four rows of rank 3
    assert overlap(centred, first[:3] - first[3]) == pytest.approx(1)
    assert overlap(np.zeros((4, 50)), first) == 0


def test_steps_are_distances_between_neighbours():
    np.testing.assert_allclose(step_lengths(np.array([[[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]]])), [[5.0, 0.0]])
