"""Trained weights in few bits: what is left of them when each is rounded to one of a few levels."""

from __future__ import annotations

import torch
from torch import Tensor

from hw1.training import Stack

__all__ = ["quantised"]


def quantised(stack: Stack, bits: int, *, per_unit: bool = False) -> Tensor:
    """Weights (K, P) of which each matrix has 2**bits - 1 evenly spaced values; biases stay as they are.

    Symmetric and uniform: whole multiples, from -(2**(bits - 1) - 1) to 2**(bits - 1) - 1, of a step such that the
    largest weight by absolute value is a level; halves are rounded to the even multiple. Each replica has steps of its
    own, one for each matrix. Nothing is trained afterwards.

    Parameters
    ----------
    bits : of a weight, from 2 up
    per_unit : a step for each row of a matrix, so for all weights into one unit, or for each filter of a convolution

    References
    ----------
    Nagel et al., arXiv:2106.08295, section 2 (symmetric uniform quantisation, per tensor and per channel)
    """
    if bits < 2:
        raise ValueError(f"bits={bits} leave 0 as the only value of a symmetric scale. Use 2 or more.")
    return torch.cat([_rounded(leaf.detach(), bits, per_unit).flatten(1) for leaf in stack.leaves.values()], dim=1)


def _rounded(leaf: Tensor, bits: int, per_unit: bool) -> Tensor:
    """Weights (K, out, in...) on their levels; biases (K, out) as they are."""
    if leaf.ndim < 3:
        return leaf
    largest = leaf.abs().amax(dim=tuple(range(2 if per_unit else 1, leaf.ndim)), keepdim=True)
    step = (largest / (2 ** (bits - 1) - 1)).clamp_min(torch.finfo(leaf.dtype).tiny)  # a row of zeros stays one
    rounded: Tensor = (leaf / step).round() * step
    return rounded
