"""Outputs of a stack's replicas on data sets that are too large for one forward pass."""

from __future__ import annotations

import torch
from torch import Tensor

from hw1.training.stacks import Stack

__all__ = ["outputs_of"]


def outputs_of(stack: Stack, x: Tensor, *, at_once: int | None = 1_000) -> Tensor:
    """Outputs (K, n, classes) for own inputs (K, n, d...), without autograd and without what is random in training.

    Parameters
    ----------
    at_once : examples per forward pass, None for all; it bounds the memory (32 filters on 32 x 32 pixels take 131 kB
        per image; a convolution that all replicas take at once up to 33 kB per image and replica, see `windows.FITS`)
    """
    with torch.no_grad():
        parts = torch.split(x, at_once or x.shape[1], dim=1)
        return torch.cat([stack.forward(part, per_replica=True) for part in parts], dim=1)
