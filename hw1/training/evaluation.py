"""Loss and accuracy of a stack's replicas on data sets that are too large for one forward pass."""

from __future__ import annotations

import torch
from torch import Tensor

from hw1.training.losses import accuracy, cross_entropy
from hw1.training.stacks import Stack

__all__ = ["evaluate", "outputs_of"]


def outputs_of(stack: Stack, x: Tensor, *, at_once: int = 1_000) -> Tensor:
    """Outputs (K, n, classes) for own inputs (K, n, d...), without autograd and without Dropout.

    Parameters
    ----------
    at_once : examples per forward pass; it bounds the memory (32 filters on 32 x 32 pixels take 131 kB per image)
    """
    with torch.no_grad():
        return torch.cat([stack.forward(part, per_replica=True) for part in torch.split(x, at_once, dim=1)], dim=1)


def evaluate(stack: Stack, x: Tensor, y: Tensor, *, at_once: int = 1_000) -> Tensor:
    """Mean cross-entropy (nats) and accuracy, (K, 2), on own inputs (K, n, d...) and labels (K, n)."""
    outputs = outputs_of(stack, x, at_once=at_once)
    return torch.stack([cross_entropy(outputs, y), accuracy(outputs, y)], dim=1)
