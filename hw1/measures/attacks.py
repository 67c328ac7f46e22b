"""Inputs that were moved a little: along the sign of the loss's gradient, or by random signs of the same size.

Points are attacked one by one, in evaluation mode. Nothing clips the moved inputs to what data can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hw1.measures.sensitivity import Map
from hw1.training import Loss, accuracy, cross_entropy

__all__ = ["Seen", "Transfer", "deviations", "random_signs", "seen_at", "signed_gradient", "transfer"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """Mean loss and accuracy of every replica on some inputs, (K,) each; a loss that is NaN is recorded as infinite."""

    loss: Tensor
    accuracy: Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Transfer:
    """What a target sees at the inputs as they are, `clean`, at those moved against itself, `own`, and at those moved
    against a source, `transferred`.

    Of the rise `own.loss - clean.loss` the source reaches `transferred.loss - clean.loss`.
    """

    clean: Seen
    own: Seen
    transferred: Seen


def deviations(x: Tensor) -> Tensor:
    """Standard deviation of each replica's inputs (K, n, d...) over all points and features, (K,).

    Raises
    ------
    ValueError
        for a replica whose inputs are all equal
    """
    found = x.flatten(1).std(1, correction=0)
    if not bool((found > 0).all()):
        raise ValueError(
            f"The inputs of replica {int((~(found > 0)).nonzero()[0])} deviate by {float(found[~(found > 0)][0]):g}, "
            f"which is no unit of a step. Pass unit=, e.g. the deviations of all training inputs."
        )
    return found


def signed_gradient(
    outputs: Map,
    x: Tensor,
    y: Tensor,
    epsilon: float,
    *,
    loss: Loss = cross_entropy,
    unit: Tensor | None = None,
    at_once: int = 500,
) -> Tensor:
    """The inputs after one step along the sign of each point's own gradient: x + epsilon unit sign(d loss / d x).

    On a linear model with two outputs it is the worst of all steps of at most this size in every feature. Nothing moves
    where the gradient is exactly 0, as at dead units or where a sure net's error rounds to 0, nor where it is NaN, as
    at nets that have diverged.

    Parameters
    ----------
    outputs : `hw1.measures.sensitivity.logits` of a stack
    x, y : own inputs (K, n, d...) and what the loss takes, (K, n, ...), on the stack's device
    epsilon : size of the step in units of the inputs' deviation
    loss : mean over points, one number per replica, from `hw1.training`
    unit : (K,), the unit of each replica's inputs; by default `deviations(x)`
    at_once : points per pass; it bounds the memory

    Returns
    -------
    inputs (K, n, d...), without a gradient

    References
    ----------
    Goodfellow, Shlens, Szegedy, ICLR 2015, arXiv:1412.6572, section 4 ("fast gradient sign method")
    """
    _check_labels(x, y)
    step = _step(x, epsilon, unit)
    parts = zip(torch.split(x, at_once, dim=1), torch.split(y, at_once, dim=1), strict=True)
    signs = [_gradient(outputs, part, labels, loss).sign() for part, labels in parts]  # of NaN it is 0
    return x + step * torch.cat(signs, dim=1)


def random_signs(
    x: Tensor, epsilon: float, rngs: Sequence[np.random.Generator], *, unit: Tensor | None = None
) -> Tensor:
    """The control: inputs after a step of the same size in every feature, with signs that know nothing of the net.

    Parameters
    ----------
    x, epsilon, unit : as in `signed_gradient`
    rngs : one generator per replica, from a stream of its own
    """
    if len(rngs) != len(x):
        raise ValueError(f"{len(rngs)} generators do not fit {len(x)} replicas. Pass one stream for each.")
    signs = np.stack([2 * rng.integers(0, 2, tuple(x.shape[1:]), dtype=np.int8) - 1 for rng in rngs])
    return x + _step(x, epsilon, unit) * torch.from_numpy(signs).to(x.device, x.dtype)


def seen_at(outputs: Map, x: Tensor, y: Tensor, *, loss: Loss = cross_entropy, at_once: int = 1_000) -> Seen:
    """Mean loss and accuracy at inputs, moved or not; parameters as in `signed_gradient`."""
    _check_labels(x, y)
    with torch.no_grad():
        given = torch.cat([outputs(part) for part in torch.split(x, at_once, dim=1)], dim=1)
        losses = loss(given, y)
        return Seen(loss=torch.where(losses.isnan(), torch.inf, losses), accuracy=accuracy(given, y))


def transfer(
    source: Map,
    target: Map,
    x: Tensor,
    y: Tensor,
    epsilon: float,
    *,
    loss: Loss = cross_entropy,
    unit: Tensor | None = None,
    at_once: int = 500,
) -> Transfer:
    """What inputs that were moved against one stack of nets do to another, replica by replica; see `signed_gradient`.

    Parameters
    ----------
    source : the nets whose gradient is followed
    target : the nets that are measured, as many
    """

    def against(outputs: Map) -> Tensor:
        return signed_gradient(outputs, x, y, epsilon, loss=loss, unit=unit, at_once=at_once)

    places = {"clean": x, "own": against(target), "transferred": against(source)}
    return Transfer(**{name: seen_at(target, moved, y, loss=loss, at_once=at_once) for name, moved in places.items()})


def _gradient(outputs: Map, x: Tensor, y: Tensor, loss: Loss) -> Tensor:
    """Gradient in x, (K, n, d...), of every point's own loss: the mean's, times the points, which rounds less to 0."""
    # Not by `torch.func`: inside its transforms a stack cannot try which way its nets go.
    with torch.enable_grad():
        inputs = x.detach().requires_grad_()
        total = loss(outputs(inputs), y).sum() * x.shape[1]
        return torch.autograd.grad(total, inputs, materialize_grads=True)[0]


def _step(x: Tensor, epsilon: float, unit: Tensor | None) -> Tensor:
    """Size of the step of each replica, shaped to be added to its inputs."""
    if not 0 <= epsilon < float("inf"):
        raise ValueError(f"epsilon={epsilon:g} is no size of a step. Use a number from 0.")
    size = deviations(x) if unit is None else unit
    if size.shape != x.shape[:1]:
        raise ValueError(f"unit of shape {tuple(size.shape)} does not fit {len(x)} replicas. Pass ({len(x)},).")
    return epsilon * size.to(x.device, x.dtype).reshape(-1, *[1] * (x.ndim - 1))


def _check_labels(x: Tensor, y: Tensor) -> None:
    if y.shape[:2] != x.shape[:2]:
        raise ValueError(
            f"Labels of shape {tuple(y.shape)} are not one for each of {len(x)} x {x.shape[1]} inputs. Pass own "
            f"labels ({len(x)}, {x.shape[1]})."
        )
