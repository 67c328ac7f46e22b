"""SGD, Adam and AdamW on one buffer of weights, by torch's own fused kernels where it has them.

`torch.optim` calls the same kernels, but takes 37 us a call where the kernel takes 7 (8 replicas of 1-14-14-14-1, one
CPU thread), and its first optimizer imports torch's compiler: 1 s, 160 MB. Updates agree to the last bit.

Every step is the same program: what changes from one to the next, Adam's count and the learning rate, lies on the
device.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["Step", "adam", "rate_for", "sgd"]

_MEAN, _SQUARE, _EPS = 0.9, 0.999, 1e-8  # of Adam, as in torch


class Step(Protocol):
    """What changes weights in place, once per update."""

    def __call__(self, gradient: Tensor, lr: Tensor) -> None:
        """Step along a contiguous gradient of the weights' shape, at a rate from `rate_for`."""


def rate_for(flat: Tensor) -> Tensor:
    """Memory for the learning rate of weights, (), 0 at first.

    In double precision on a CPU, as if it were a Python number; elsewhere in that of the weights, as kernels read it
    there.
    """
    return torch.zeros((), dtype=torch.float64 if flat.device.type == "cpu" else flat.dtype, device=flat.device)


def adam(flat: Tensor, *, weight_decay: float = 0.0, decoupled: bool = False) -> Step:
    """Adam, or AdamW where the decay is decoupled, with torch's defaults.

    Parameters
    ----------
    flat : weights of any shape
    """
    if not _has_kernels(flat):
        return _plain_adam(flat.detach(), weight_decay, decoupled)
    kernel = torch._fused_adamw_ if decoupled else torch._fused_adam_
    weights = flat.detach()
    mean, square = torch.zeros_like(weights), torch.zeros_like(weights)
    count = torch.zeros((), dtype=torch.float32, device=flat.device)

    def step(gradient: Tensor, lr: Tensor) -> None:
        count.add_(1)
        kernel(
            [weights],
            [gradient],
            [mean],
            [square],
            [],
            [count],
            lr=lr,
            beta1=_MEAN,
            beta2=_SQUARE,
            eps=_EPS,
            weight_decay=weight_decay,
            amsgrad=False,
            maximize=False,
        )

    return step


def sgd(flat: Tensor, *, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0) -> Step:
    """Gradient descent with a heavy ball, or Nesterov's momentum, and an L2 term.

    Parameters
    ----------
    flat : weights of any shape
    """
    if not _has_kernels(flat):
        return _plain_sgd(flat.detach(), momentum, nesterov, weight_decay)
    weights = flat.detach()
    balls = [torch.zeros_like(weights)] if momentum else []

    def step(gradient: Tensor, lr: Tensor) -> None:
        torch._fused_sgd_(
            [weights],
            [gradient],
            balls,
            lr=lr,
            momentum=momentum,
            dampening=0.0,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=False,
            is_first_step=False,
        )

    return step


def _has_kernels(flat: Tensor) -> bool:
    """Those of CUDA read the rate in single precision, whatever the weights are in: 1e-8 off for double ones."""
    return flat.device.type == "cpu" or (flat.device.type == "cuda" and flat.dtype == torch.float32)


def _plain_adam(weights: Tensor, weight_decay: float, decoupled: bool) -> Step:
    mean, square = torch.zeros_like(weights), torch.zeros_like(weights)
    count = weights.new_zeros(())

    def step(gradient: Tensor, lr: Tensor) -> None:
        count.add_(1)
        if decoupled:
            weights.mul_(1 - lr * weight_decay)
        elif weight_decay:
            gradient = gradient.add(weights, alpha=weight_decay)
        mean.lerp_(gradient, 1 - _MEAN)
        square.mul_(_SQUARE).addcmul_(gradient, gradient, value=1 - _SQUARE)
        size = (square / _corrected(_SQUARE, count)).sqrt_().add_(_EPS)
        weights.addcdiv_(mean * (lr / _corrected(_MEAN, count)), size, value=-1)

    return step


def _corrected(beta: float, count: Tensor) -> Tensor:
    """1 - beta**count; as a difference it would be off by 6e-5 at first, in single precision."""
    return torch.expm1(count * math.log(beta)).neg_()


def _plain_sgd(weights: Tensor, momentum: float, nesterov: bool, weight_decay: float) -> Step:
    ball = torch.zeros_like(weights)

    def step(gradient: Tensor, lr: Tensor) -> None:
        if weight_decay:
            gradient = gradient.add(weights, alpha=weight_decay)
        if momentum:
            ball.mul_(momentum).add_(gradient)
            gradient = gradient.add(ball, alpha=momentum) if nesterov else ball
        weights.addcmul_(gradient, lr, value=-1)

    return step
