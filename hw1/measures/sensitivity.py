"""How far outputs and losses move when the input moves: Jacobians and gradients at the inputs, point by point.

Everything here is of single points: an outer function that sums or averages over a batch has no place in a sensitivity,
but for `batch_mean_gradient_norms`, which is the mistake itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor

from hw1.training import Stack

__all__ = ["Map", "batch_mean_gradient_norms", "input_gradient_norms", "jacobian_norms", "logits", "softmax"]

Map = Callable[[Tensor], Tensor]
"""Own inputs (K, n, d...) to outputs (K, n, classes), each point's outputs from its own input alone."""


def logits(stack: Stack) -> Map:
    """The outputs of a stack of classifiers as a function of their inputs."""
    return lambda x: stack.forward(x, per_replica=True)


def softmax(stack: Stack) -> Map:
    """The class probabilities of a stack of classifiers as a function of their inputs."""
    return lambda x: stack.forward(x, per_replica=True).softmax(-1)


def jacobian_norms(outputs: Map, x: Tensor, *, at_once: int = 500) -> Tensor:
    """Frobenius norm of the Jacobian of the outputs in the input, at every point.

    Parameters
    ----------
    outputs : `logits` or `softmax` of a stack
    x : own inputs (K, n, d...), on the stack's device
    at_once : points per pass; it bounds the memory

    Returns
    -------
    (K, n), output units (logits, or probability) per unit of input

    Notes
    -----
    One vector-Jacobian product per class and part: a row of every point's Jacobian, as points do not meet in the net.

    References
    ----------
    Novak et al., ICLR 2018, arXiv:1802.08760 (of the softmax, averaged over test points)
    """
    return torch.cat([_jacobian_norms(outputs, part) for part in torch.split(x, at_once, dim=1)], dim=1)


def _jacobian_norms(outputs: Map, x: Tensor) -> Tensor:
    with torch.no_grad():  # of the weights; the transform inside differentiates in x all the same
        outputs(x[:, :1])  # a stack's first pass tries how its nets run, which no transform allows
        values, pull = torch.func.vjp(outputs, x)[:2]
        squares = [_lengths(pull(row)[0]).square() for row in _unit_rows(values)]
        return torch.stack(squares).sum(0).sqrt()


def input_gradient_norms(outputs: Map, x: Tensor, y: Tensor, *, at_once: int = 500) -> Tensor:
    """Euclidean norm of the gradient of each point's own cross-entropy in its input.

    Parameters
    ----------
    outputs : `logits` of a stack
    x, y : own inputs (K, n, d...) and labels (K, n), on the stack's device
    at_once : points per pass; it bounds the memory and changes no number

    Returns
    -------
    (K, n), nats per unit of input
    """
    parts = zip(torch.split(x, at_once, dim=1), torch.split(y, at_once, dim=1), strict=True)
    return torch.cat([_lengths(_gradient(outputs, *part)) for part in parts], dim=1)


def batch_mean_gradient_norms(outputs: Map, x: Tensor, y: Tensor, batch: int) -> Tensor:
    """What many reports plot as sensitivity: norms at the inputs of the gradient of a batch's mean loss.

    Every norm is that of `input_gradient_norms` divided by the size of the batch, whatever the net.

    Parameters
    ----------
    x, y : as in `input_gradient_norms`
    batch : points per mean, a divisor of n

    Returns
    -------
    (K, n), nats per unit of input and per example of the batch

    Raises
    ------
    ValueError
        for a batch that leaves points over
    """
    if x.shape[1] % batch:
        raise ValueError(f"{x.shape[1]} points do not fill batches of {batch}. Use a batch size that divides them.")
    parts = zip(torch.split(x, batch, dim=1), torch.split(y, batch, dim=1), strict=True)
    return torch.cat([_lengths(_gradient(outputs, *part, reduction="mean")) for part in parts], dim=1)


def _gradient(outputs: Map, x: Tensor, y: Tensor, reduction: str = "sum") -> Tensor:
    """Gradient in x, (K, n, d...), of every replica's cross-entropy, summed or averaged over its points."""

    def total(x: Tensor) -> Tensor:
        losses = F.cross_entropy(outputs(x).transpose(1, 2), y, reduction="none")
        return (losses.mean(1) if reduction == "mean" else losses).sum()

    with torch.no_grad():  # see `_jacobian_norms`
        outputs(x[:, :1])
        pull = torch.func.vjp(total, x)[1]
        gradient: Tensor = pull(torch.ones((), dtype=x.dtype, device=x.device))[0]
        return gradient


def _unit_rows(values: Tensor) -> Iterator[Tensor]:
    """For each class, a cotangent of the shape of the outputs with ones at that class."""
    for c in range(values.shape[-1]):
        row = torch.zeros_like(values)
        row[..., c] = 1
        yield row


def _lengths(vectors: Tensor) -> Tensor:
    """(K, n) Euclidean norms of (K, n, d...)."""
    lengths: Tensor = vectors.flatten(2).norm(dim=2)
    return lengths
