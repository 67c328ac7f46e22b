"""Losses of K replicas at once, one number per replica. A mean over replicas would couple their learning rates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

__all__ = [
    "LOSSES",
    "SLOPES",
    "Loss",
    "accuracy",
    "cross_entropy",
    "l1",
    "smoothed",
    "soft_cross_entropy",
    "soft_labels",
    "squared",
]

Loss = Callable[[Tensor, Tensor], Tensor]


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error over points and outputs, in target units squared.

    Parameters
    ----------
    outputs : (K, n, outputs)
    targets : (n, outputs) shared, or (K, n, outputs)

    Returns
    -------
    (K,)
    """
    return (outputs - _checked(outputs, targets)).square().flatten(1).mean(1)


def l1(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean absolute error over points and outputs, in target units; shapes as in `squared`."""
    return (outputs - _checked(outputs, targets)).abs().flatten(1).mean(1)


def cross_entropy(outputs: Tensor, labels: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of softmax(outputs), in nats.

    Parameters
    ----------
    outputs : (K, n, classes), logits
    labels : int64, (n,) shared or (K, n)
    smoothing : share of each label that is spread evenly over all classes

    Returns
    -------
    (K,)
    """
    labels = _checked(outputs[..., 0], labels).expand(outputs.shape[:2])
    return F.cross_entropy(outputs.transpose(1, 2), labels, reduction="none", label_smoothing=smoothing).mean(1)


def soft_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean over the points of -sum over classes of target log softmax(outputs), in nats: labels that are probabilities.

    A row need not sum to 1: its sum is the weight of its point. The mean is over points, whatever their weights.

    Parameters
    ----------
    outputs : (K, n, classes), logits
    targets : (n, classes) shared, or (K, n, classes), as from `soft_labels`

    Returns
    -------
    (K,)
    """
    return -(_checked(outputs, targets) * F.log_softmax(outputs, dim=-1)).sum(-1).mean(1)


def soft_labels(labels: NDArray[np.integer], classes: int, *, weights: ArrayLike = 1.0) -> NDArray[np.float32]:
    """Labels as rows that hold each point's weight at its class and 0 elsewhere, float32 (..., classes).

    Parameters
    ----------
    labels : integers from 0 to classes - 1, (...)
    weights : of the points, one for all or (...)
    """
    labels, weights = np.asarray(labels), np.asarray(weights, dtype=np.float64)
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(f"Labels {labels.min()} to {labels.max()} are not all in 0..{classes - 1}. Check `classes`.")
    if weights.shape not in ((), labels.shape) or not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(
            f"weights of shape {weights.shape} do not weigh labels of shape {labels.shape}. Give one number from 0, or "
            f"one for each label."
        )
    rows: NDArray[np.float32] = (np.eye(classes)[labels] * weights[..., None]).astype(np.float32)
    return rows


def smoothed(share: float) -> Loss:
    """Cross-entropy with smoothed labels (Szegedy et al., arXiv:1512.00567, section 7), a loss to train with."""
    if not 0 <= share < 1:
        raise ValueError(f"share={share} leaves nothing of the labels. Use a number from 0 to below 1.")
    return partial(cross_entropy, smoothing=share)


def accuracy(outputs: Tensor, labels: Tensor) -> Tensor:
    """Share of points whose largest output is the label's; a point with NaN or inf among its outputs counts as wrong.

    Shapes as in `cross_entropy`; (K,) in the type of the outputs.
    """
    right = outputs.argmax(-1) == _checked(outputs[..., 0], labels)
    return (right & torch.isfinite(outputs).all(-1)).to(outputs.dtype).mean(1)


LOSSES: dict[str, Loss] = {
    "squared": squared,
    "l1": l1,
    "cross_entropy": cross_entropy,
    "soft_cross_entropy": soft_cross_entropy,
}


def _squared_slope(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    apart = outputs - _checked(outputs, targets)
    return apart.square().flatten(1).mean(1), apart * (2 / apart[0].numel())


def _l1_slope(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    apart = outputs - _checked(outputs, targets)
    return apart.abs().flatten(1).mean(1), apart.sign() / apart[0].numel()


def _cross_entropy_slope(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    labels = _checked(outputs[..., 0], labels).expand(outputs.shape[:2]).unsqueeze(1)
    logs = F.log_softmax(outputs.transpose(1, 2), dim=1)  # (K, classes, n): as batched stacks lay their outputs out
    losses = -logs.gather(1, labels).flatten(1).mean(1)
    slope = logs.exp_().scatter_add_(1, labels, logs.new_full((1, 1, 1), -1).expand(labels.shape))
    return losses, slope.div_(labels.shape[2]).transpose(1, 2)


def _soft_cross_entropy_slope(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    rows = _checked(outputs, targets)
    logs = F.log_softmax(outputs, dim=-1)
    losses = -(rows * logs).sum(-1).mean(1)
    return losses, (logs.exp_() * rows.sum(-1, keepdim=True) - rows) / outputs.shape[1]


# A loss, and its gradient in the outputs (K, n, outputs), at once and without autograd.
SLOPES: dict[Loss, Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    squared: _squared_slope,
    l1: _l1_slope,
    cross_entropy: _cross_entropy_slope,
    soft_cross_entropy: _soft_cross_entropy_slope,
}


def _checked(outputs: Tensor, targets: Tensor) -> Tensor:
    """Exact shapes only: (n,) against (n, 1) would broadcast to (n, n) and train on nonsense."""
    if targets.shape not in (outputs.shape, outputs.shape[1:]):
        raise ValueError(
            f"Targets of shape {tuple(targets.shape)} do not fit {outputs.shape[0]} replicas. "
            f"Pass {tuple(outputs.shape[1:])} to share them or {tuple(outputs.shape)}; if x holds one data set per "
            f"replica, say per_replica=True."
        )
    return targets
