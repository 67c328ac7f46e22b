"""Probabilities that classifiers predict: how good, how sure, how alike they are, alone and together.

Everything is float64 on the host, all replicas at once. A point whose logits are not all finite has no prediction: its
probabilities are NaN, it counts as wrong and agrees with nothing, and a replica with such a point has an infinite loss.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax
from torch import Tensor

from hw1.training import Stack, outputs_of

__all__ = [
    "accuracies",
    "agreement",
    "confidences",
    "ensembles",
    "labels_of",
    "log_probabilities",
    "logits_at",
    "negative_log_likelihood",
    "over_confidence",
    "predictions",
    "probabilities",
    "probabilities_at",
    "right",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROUNDING = 1e-6  # of a sum of probabilities; float32 ones of 1,000 classes are within 1e-6


def logits_at(stack: Stack, x: Tensor, *, at_once: int | None = 1_000) -> Floats:
    """Outputs of a stack of classifiers in evaluation mode, as float64 on the host: (K, n, classes).

    Parameters
    ----------
    x : own inputs (K, n, d...), on the stack's device
    at_once : points per pass; it bounds the memory
    """
    return outputs_of(stack, x, at_once=at_once).cpu().numpy().astype(np.float64, order="C")


def probabilities_at(stack: Stack, x: Tensor, *, at_once: int | None = 1_000) -> Floats:
    """The probabilities (K, n, classes) that a stack of classifiers predicts; see `logits_at`."""
    return probabilities(logits_at(stack, x, at_once=at_once))


def probabilities(logits: ArrayLike, temperature: ArrayLike = 1.0) -> Floats:
    """softmax(logits / temperature), (K, n, classes).

    Parameters
    ----------
    logits : (K, n, classes)
    temperature : above 0, one for all replicas or (K,); infinite makes all classes alike

    References
    ----------
    Guo, Pleiss, Sun, Weinberger, ICML 2017, arXiv:1706.04599, section 4.2
    """
    return np.exp(log_probabilities(logits, temperature))


def log_probabilities(logits: ArrayLike, temperature: ArrayLike = 1.0) -> Floats:
    """Logarithms of `probabilities`, which do not underflow."""
    z, T = np.asarray(logits, dtype=np.float64, order="C"), np.asarray(temperature, dtype=np.float64)
    _check_shape("Logits", z)
    if T.shape not in ((), z.shape[:1]) or not (T > 0).all():
        raise ValueError(f"temperature={_short(T)} does not fit {len(z)} replicas. Give one above 0, or one for each.")
    answered = np.isfinite(z).all(-1, keepdims=True)
    scaled = np.where(answered, z, 0.0) / np.broadcast_to(T, len(z))[:, None, None]
    logs: Floats = log_softmax(scaled, axis=-1)
    return np.where(answered, logs, np.nan)


def predictions(p: ArrayLike) -> Integers:
    """The most probable class of every point, (K, n); the first of those that are equal, -1 without a prediction."""
    p = _probabilities(p)
    return np.where(np.isnan(p).any(-1), -1, p.argmax(-1))


def confidences(p: ArrayLike) -> Floats:
    """Probability of the most probable class of every point, (K, n)."""
    highest: Floats = _probabilities(p).max(-1)
    return highest


def accuracies(p: ArrayLike, labels: ArrayLike) -> Floats:
    """Share of points whose most probable class is the label's, (K,).

    Parameters
    ----------
    p : probabilities (K, n, classes)
    labels : integers, (n,) shared or (K, n)
    """
    shares: Floats = right(p, labels).mean(1)
    return shares


def right(p: ArrayLike, labels: ArrayLike) -> NDArray[np.bool_]:
    """Whether each point's most probable class is the label's, (K, n); shapes as in `accuracies`."""
    hits: NDArray[np.bool_] = predictions(p) == labels_of(np.shape(p), labels)
    return hits


def negative_log_likelihood(p: ArrayLike, labels: ArrayLike) -> Floats:
    """Mean of -log p(label), in nats, (K,); shapes as in `accuracies`.

    Infinite where a label has probability 0, as float64 has it where logits are 745 apart.
    """
    p = _probabilities(p)
    chosen = np.take_along_axis(p, labels_of(p.shape, labels)[..., None], -1)[..., 0]
    with np.errstate(divide="ignore"):
        losses: Floats = -np.log(np.where(np.isnan(chosen), 0.0, chosen)).mean(1) + 0.0  # 0, not -0
    return losses


def over_confidence(p: ArrayLike, labels: ArrayLike) -> Floats:
    """Mean confidence less accuracy, (K,), from -1 to 1; below 0 where a net is right more often than it is sure.

    Shapes as in `accuracies`. Infinite for a replica with a point without a prediction.
    """
    return _or_infinite(confidences(p).mean(1) - accuracies(p, labels))


def agreement(p: ArrayLike, q: ArrayLike) -> Floats:
    """Share of points for which two nets predict the same class, right or wrong, (K,).

    Parameters
    ----------
    p, q : probabilities of both (K, n, classes), for the same points
    """
    first, second = predictions(p), predictions(q)
    if np.shape(p) != np.shape(q):
        raise ValueError(
            f"Probabilities of shapes {np.shape(p)} and {np.shape(q)} are not of the same points and classes. Measure "
            f"both nets on one data set."
        )
    shares: Floats = ((first == second) & (first >= 0)).mean(1)
    return shares


def ensembles(p: ArrayLike, members: int) -> Floats:
    """Means of the probabilities of every seed's members, (seeds, n, classes): what their ensemble predicts.

    A member without a prediction leaves the ensemble without one.

    Parameters
    ----------
    p : probabilities (seeds * members, n, classes), the members of a seed side by side
    members : nets of a seed

    References
    ----------
    Lakshminarayanan, Pritzel, Blundell, NIPS 2017, arXiv:1612.01474, section 2.4
    """
    p = _probabilities(p)
    if members < 1 or len(p) % members:
        raise ValueError(
            f"{len(p)} nets are not seeds of {members} members each. Stack the members of a seed in a row."
        )
    means: Floats = p.reshape(-1, members, *p.shape[1:]).mean(1)
    return means


def labels_of(shape: tuple[int, ...], labels: ArrayLike) -> Integers:
    """Labels (K, n) for probabilities or logits of a shape (K, n, classes), from those or from shared ones (n,)."""
    y = np.asarray(labels)
    if y.shape not in (shape[:2], shape[1:2]):
        raise ValueError(
            f"Labels of shape {y.shape} do not fit {shape[0]} replicas of {shape[1]} points. Pass {shape[1:2]} to "
            f"share them or {shape[:2]}."
        )
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= shape[2]:
        raise ValueError(f"Labels {_short(y)} are not all integers from 0 to {shape[2] - 1}, the classes. Give those.")
    return np.broadcast_to(y, shape[:2]).astype(np.int64, order="C")


def _probabilities(p: ArrayLike) -> Floats:
    p = np.asarray(p, dtype=np.float64, order="C")  # sums depend on the layout, in their last bit
    _check_shape("Probabilities", p)
    off = np.abs(p.sum(-1) - 1)
    if (p < 0).any() or (off > _ROUNDING).any():  # NaN, no prediction, is neither
        raise ValueError(
            f"Rows of these numbers are no probabilities: the lowest is {np.nanmin(p):g}, sums are up to "
            f"{np.nanmax(off):g} from 1. Make them with probabilities(logits)."
        )
    return p


def _check_shape(what: str, values: Floats) -> None:
    if values.ndim != 3 or not values.size:
        raise ValueError(
            f"{what} of shape {values.shape} are not (K, n, classes). Give a row of classes for each replica and point."
        )


def _or_infinite(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.inf, values)


def _short(values: NDArray[np.generic]) -> str:
    form = {"float_kind": lambda number: f"{number:g}"}
    text = np.array2string(values, threshold=4, edgeitems=2, separator=", ", formatter=form)  # type: ignore[arg-type]
    return text.replace("\n", "")
