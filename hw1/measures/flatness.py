"""How fast a loss rises away from a net, at distances that are relative to the net's own weights.

At the same absolute distance a net with larger weights moves relatively less, and looks flatter for that alone (Li et
al. 2018); rescaling ReLU layers changes absolute flatness at will and the function not at all (Dinh et al. 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from hw1.measures.boxes import restored
from hw1.training import Stack

__all__ = ["alphas_at", "like_the_weights", "random_directions", "rises"]


def alphas_at(start: Tensor, end: Tensor, distances: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Where the line through two nets is at some distances beyond each end, relative to the norm of that end's weights.

    Parameters
    ----------
    start, end : weights (K, P)
    distances : D numbers, e.g. 0.5 for half of the norm of the end's own weights

    Returns
    -------
    two (K, D): alphas below 0, beyond the start, and alphas above 1, beyond the end
    """
    steps = torch.tensor(distances, dtype=start.dtype, device=start.device)
    length = (end - start).norm(dim=1, keepdim=True)
    return -steps * start.norm(dim=1, keepdim=True) / length, 1 + steps * end.norm(dim=1, keepdim=True) / length


def random_directions(stack: Stack, rngs: Sequence[np.random.Generator]) -> Tensor:
    """One direction of unit length per replica, uniform on the sphere, (K, P); one generator for each replica."""
    drawn = stack.place(np.stack([rng.standard_normal(stack.P) for rng in rngs]))
    length: Tensor = torch.linalg.vector_norm(drawn, dim=1, keepdim=True)
    return drawn / length


def like_the_weights(stack: Stack, directions: Tensor) -> Tensor:
    """Directions (K, P) rescaled so that each row of a weight matrix is as long as the weights it would be added to.

    Filters of convolutions count as rows; a bias vector is one row by itself, so that scaling a layer and its biases
    scales their directions alike.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein, NeurIPS 2018, arXiv:1712.09913, section 4 ("filter normalization"; they leave
    biases where they are)
    """
    parts, offset = [], 0
    for leaf in stack.leaves.values():
        size = leaf[0].numel()
        drawn = directions[:, offset : offset + size].reshape(leaf.shape)
        dims = tuple(range(1 if leaf.ndim == 2 else 2, leaf.ndim))
        length = drawn.norm(dim=dims, keepdim=True).clamp_min(torch.finfo(drawn.dtype).tiny)
        parts.append((drawn / length * leaf.detach().norm(dim=dims, keepdim=True)).flatten(1))
        offset += size
    return torch.cat(parts, dim=1)


def rises(stack: Stack, steps: Sequence[Tensor], measure: Callable[[Stack], Tensor]) -> Tensor:
    """By how much a measure (K,) exceeds that of the stack's own weights after each of D steps (K, P): (K, D).

    The stack holds one step at a time and has its own weights back afterwards.
    """
    with restored(stack) as own, torch.no_grad():
        here = measure(stack).detach().clone()
        seen = []
        for step in steps:
            stack.load(own + step)
            seen.append(measure(stack).detach().clone() - here)
    return torch.stack(seen, dim=1)
