"""Trajectories of weights: their principal components, and what a random walk of as many points would show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Principal",
    "block_shares",
    "drift_ratio",
    "overlap",
    "principal",
    "random_walk",
    "step_lengths",
    "walk_spectrum",
]

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Principal:
    """The principal components of a trajectory.

    Attributes
    ----------
    shares : of all components, largest first, (min(points, weights),); they sum to 1
    coordinates : of the points on the components that were asked for, (points, components), in units of the weights
    loadings : those components as unit vectors in the space of the weights, (components, weights)
    """

    shares: Floats
    coordinates: Floats
    loadings: Floats


def principal(trajectory: Floats, components: int = 2) -> Principal:
    """Principal components of the points less their mean, as scikit-learn's PCA gives them.

    Parameters
    ----------
    trajectory : (points, weights), at least two points that differ; float32 is centred as it is, and decomposed in
        float64, anything but floats altogether. With few points it takes the memory of four more of it

    Raises
    ------
    ValueError : for points that are all equal, which have no components, or that are not finite

    Notes
    -----
    By the eigenvectors of the matrix of products of the fewer, the points or the weights: a tenth of the time of a
    singular value decomposition of 21 points of 3,466 weights. A component with 1e-12 of the variance is right to 1e-5;
    one without variance (all points on one line) has loadings of 0, or of any direction.
    """
    if not np.issubdtype(trajectory.dtype, np.floating):
        trajectory = trajectory.astype(np.float64)
    if not np.isfinite(trajectory).all():
        raise ValueError("The trajectory has numbers that are not finite: leave out runs that diverged.")
    if (trajectory == trajectory[0]).all():
        raise ValueError(f"All {len(trajectory)} points are equal, so no direction explains anything. Record a run.")
    centred = trajectory - trajectory.mean(0)
    exact = centred.astype(np.float64, copy=False)
    long = exact.shape[1] > len(exact)
    values, vectors = np.linalg.eigh(exact @ exact.T if long else exact.T @ exact)
    values, vectors = values[::-1].clip(0), vectors[:, ::-1][:, :components].T
    rows = vectors @ exact if long else vectors
    largest = np.take_along_axis(rows, np.abs(rows).argmax(1, keepdims=True), 1)
    rows = rows / np.where(largest == 0, 1, np.copysign(np.linalg.norm(rows, axis=1, keepdims=True), largest))
    loadings = rows.astype(trajectory.dtype)
    shares = (values / values.sum()).astype(trajectory.dtype)
    return Principal(shares=shares, coordinates=centred @ loadings.T, loadings=loadings)


def walk_spectrum(points: int, drift: float = 0.0) -> NDArray[np.float64]:
    """Shares of the principal components of a random walk, exact for a given number of points in many dimensions.

    Parameters
    ----------
    points : T of them, with independent steps of equal size between neighbours
    drift : length of the mean step, in units of the root of the mean square of a step's random part

    Returns
    -------
    float64 of shape (points - 1,), largest first, sum 1; without drift in proportion to 1 / (2 - 2 cos(k pi / T))

    Notes
    -----
    In many dimensions the products of different steps vanish beside their squares, so the centred matrix of products of
    the points is that of T cumulated unit vectors, plus drift^2 times that of T points on a line. In d dimensions the
    first share of a walk without drift deviates from this by about 1.6 points at d = 500, 0.3 at d = 10,000.

    References
    ----------
    Antognini and Sohl-Dickstein, NeurIPS 2018, arXiv:1806.08805 (its limit of many points, 6 / (pi k)^2)
    """
    if points < 2:
        raise ValueError(f"{points} points have no principal component. Use at least 2.")
    if not 0 <= drift < np.inf:
        raise ValueError(f"drift={drift} is not a length. Use 0 or a positive number.")
    if drift == 0:
        values = 1 / (2 - 2 * np.cos(np.arange(1, points) * np.pi / points))
    else:
        at = np.arange(points, dtype=np.float64)
        products = np.minimum.outer(at, at) + drift**2 * np.outer(at, at)
        centred = products - products.mean(0) - products.mean(1)[:, None] + products.mean()
        values = np.linalg.eigvalsh(centred)[:0:-1]
    shares: NDArray[np.float64] = values / values.sum()
    return shares


def random_walk(
    rng: np.random.Generator, points: int, dimensions: int, drift: float = 0.0, dtype: type[Any] = np.float64
) -> Floats:
    """A Gaussian random walk from 0 whose steps have a random part of mean square 1, (points, dimensions).

    Parameters
    ----------
    drift : length of the mean step, in a random direction that the walk keeps
    """
    steps = rng.standard_normal((points - 1, dimensions), dtype=dtype) / dtype(np.sqrt(dimensions))
    if drift:
        direction = rng.standard_normal(dimensions, dtype=dtype)
        steps += drift * direction / np.linalg.norm(direction)
    return np.concatenate([np.zeros((1, dimensions), dtype), np.cumsum(steps, axis=0, dtype=dtype)])


def drift_ratio(trajectory: Floats) -> float:
    """The drift of the random walk that takes such steps: length of the mean step over the rms of what is left.

    Unbiased in the squares: the mean of n random steps is not 0, but 1/n of their mean square. Where nothing is left
    over from that, 0.

    Parameters
    ----------
    trajectory : (points, weights), at least 3 points
    """
    steps = np.diff(trajectory.astype(np.float64, copy=False), axis=0)
    n = len(steps)
    if n < 2:
        raise ValueError(f"{n + 1} points cannot tell drift from noise. Record at least 3.")
    mean = steps.mean(0)
    noise = float(np.square(steps - mean).sum()) / (n - 1)
    squared = max(float(mean @ mean) - noise / n, 0.0)
    return float(np.sqrt(squared / noise)) if noise > 0 else np.inf


def block_shares(trajectory: Floats, sizes: Sequence[int]) -> NDArray[np.float64]:
    """The share of a trajectory's variance that lies in each block of weights (a layer), (blocks,), sum 1.

    Parameters
    ----------
    trajectory : (points, weights)
    sizes : weights in each block, in order
    """
    if sum(sizes) != trajectory.shape[1]:
        raise ValueError(f"Blocks of {sum(sizes)} weights do not add up to {trajectory.shape[1]}. Name them all.")
    variances = trajectory.var(0, dtype=np.float64)
    blocks = np.add.reduceat(variances, np.cumsum([0, *sizes[:-1]]))
    shares: NDArray[np.float64] = blocks / blocks.sum()
    return shares


def overlap(first: Floats, second: Floats) -> float:
    """Mean squared cosine of the angles between two subspaces: 1 where one holds the other, k/P for random ones of k.

    Parameters
    ----------
    first, second : rows that span the subspaces, (rows, weights); rows of zeros alone span nothing, which overlaps by 0
    """
    from scipy.linalg import orth

    a, b = (orth(rows.astype(np.float64).T) for rows in (first, second))
    return float(np.square(a.T @ b).sum() / max(min(a.shape[1], b.shape[1]), 1))


def step_lengths(trajectory: Floats) -> Floats:
    """Distances between neighbours, (..., points - 1), of points (..., points, weights or components)."""
    lengths: Floats = np.linalg.norm(np.diff(trajectory, axis=-2), axis=-1)
    return lengths
