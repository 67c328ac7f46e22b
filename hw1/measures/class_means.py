"""Where a net puts the examples of each class: how near to each other, and the classes how far apart and how evenly.

Everything is float64 on the host, all replicas at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from hw1.training import Stack

__all__ = ["ClassMeans", "class_means", "last_features"]

Floats = NDArray[np.float64]

RANK = 1e-6  # eigenvalues between the classes below this share of the largest count as 0: float32 features


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassMeans:
    """Geometry of the class means around their mean, one number per replica, (K,); all are 0 where collapse is whole.

    Attributes
    ----------
    variability : trace(W B^+) / C for the covariances W within and B between C classes (NC1)
    norms : deviation over the classes of the distance of a class mean from the mean of all, divided by its mean (NC2)
    angles : mean over the pairs of classes of |cos + 1 / (C - 1)|: the most that C directions can be apart is a cosine
        of -1 / (C - 1) for each pair (NC2)
    """

    variability: Floats
    norms: Floats
    angles: Floats


def last_features(stack: Stack, x: Tensor) -> Tensor:
    """What the last layer of each net is given, in evaluation mode, on the stack's device: (K, n, units).

    Parameters
    ----------
    x : own inputs (K, n, d...), on the stack's device

    Raises
    ------
    TypeError
        for nets that are not layers in a row that end with a Linear layer
    """
    nets = [stack.unstack(k) for k in range(stack.K)]
    for net in nets:
        if not isinstance(net, nn.Sequential) or len(net) < 2 or not isinstance(net[-1], nn.Linear):
            raise TypeError(
                f"Of a {type(net).__name__} the last features are not known. Use nn.Sequential with a Linear layer as "
                f"the last of two or more."
            )
    with torch.no_grad():
        outputs = [net[:-1].eval()(own) for net, own in zip(nets, x, strict=True)]  # type: ignore[index]
    return torch.stack(outputs)


def class_means(features: ArrayLike, labels: ArrayLike) -> ClassMeans:
    """Neural collapse, measured: how much the examples of a class differ, and how even the classes lie.

    Where features or labels leave nothing to measure (no two class means differ, or a feature is not finite), all
    numbers are infinite.

    Parameters
    ----------
    features : (K, n, units)
    labels : integers (K, n), each class of a replica with at least one example, two classes or more

    References
    ----------
    Papyan, Han, Donoho, PNAS 117 (2020) 24652, arXiv:2008.08186 (NC1 in figure 6, NC2 in figures 2 and 4)
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(labels)
    if x.ndim != 3 or y.shape != x.shape[:2]:
        raise ValueError(f"Features of shape {x.shape} and labels of shape {y.shape} are not (K, n, units) and (K, n).")
    rows = [_geometry(own, classes) for own, classes in zip(x, y, strict=True)]
    variability, norms, angles = np.array(rows).T
    return ClassMeans(variability=variability, norms=norms, angles=angles)


def _geometry(x: Floats, y: NDArray[np.integer]) -> tuple[float, float, float]:
    """Variability, norms and angles of one net's features (n, units)."""
    classes, own = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"Labels of {len(classes)} class have nothing between classes. Give examples of two or more.")
    means = np.stack([x[own == c].mean(0) for c in range(len(classes))])
    around = means - means.mean(0)
    lengths = np.linalg.norm(around, axis=1)
    if not np.isfinite(x).all() or not lengths.min() > 0:
        return np.inf, np.inf, np.inf
    within, cosines = x - means[own], (around @ around.T) / np.outer(lengths, lengths)
    pairs = cosines[np.triu_indices(len(classes), 1)]
    return (
        _ratio(within.T @ within / len(x), around.T @ around / len(classes)) / len(classes),
        float(lengths.std() / lengths.mean()),
        float(np.abs(pairs + 1 / (len(classes) - 1)).mean()),
    )


def _ratio(within: Floats, between: Floats) -> float:
    """trace(W B^+)."""
    return float(np.trace(within @ np.linalg.pinv(between, rcond=RANK, hermitian=True)))
