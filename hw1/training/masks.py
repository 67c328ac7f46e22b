"""Which weights of a stack are kept where nets are pruned: masks (K, P), for `train(..., kept=)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from hw1.training.stacks import Stack

__all__ = ["drawn_mask", "largest"]


def largest(stack: Stack, share: float) -> Tensor:
    """Mask of the largest weights by absolute value, of each replica and each weight matrix by itself.

    Parameters
    ----------
    share : of each matrix, in (0, 1]; ``round(share * its weights)``, at least one, are kept, as are all biases

    Returns
    -------
    bool (K, P)

    References
    ----------
    Frankle and Carbin, ICLR 2019, arXiv:1803.03635, section 2 (layer-wise, by magnitude)
    """
    return _mask(stack, share, lambda k, leaf: leaf[k].abs().flatten())


def drawn_mask(stack: Stack, share: float, rngs: Sequence[np.random.Generator]) -> Tensor:
    """Mask of as many weights of each matrix as `largest` keeps, drawn at random; one generator for each replica."""
    return _mask(stack, share, lambda k, leaf: stack.place(rngs[k].random(leaf[k].numel())))


def _mask(stack: Stack, share: float, order: Callable[[int, Tensor], Tensor]) -> Tensor:
    """Of each matrix, the weights with the greatest numbers in `order`."""
    if not 0 < share <= 1:
        raise ValueError(f"share={share} keeps no part of the weights. Use a number above 0, up to 1.")
    parts = []
    for leaf in stack.leaves.values():
        part = torch.ones(stack.K, leaf[0].numel(), dtype=torch.bool, device=stack.device)
        if leaf.ndim > 2:  # a matrix for each replica, or filters; vectors are biases and scales
            rows = torch.stack([order(k, leaf.detach()) for k in range(stack.K)])
            best = rows.topk(max(1, round(share * rows.shape[1])), dim=1).indices
            part = torch.zeros_like(part).scatter_(1, best, True)
        parts.append(part)
    return torch.cat(parts, dim=1)
