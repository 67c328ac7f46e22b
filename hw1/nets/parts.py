"""Parts of nets: layers that are frozen, last layers that are drawn anew, weights that are shrunk and perturbed."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import nn

from hw1.nets.dense import initialise

__all__ = ["frozen_below_the_last", "shrunk_and_perturbed", "with_new_last_layers"]


def with_new_last_layers(nets: Sequence[nn.Module], rngs: Sequence[np.random.Generator]) -> list[nn.Module]:
    """Copies of chains of layers whose last one is drawn anew, as `initialise` draws it."""
    copies = [deepcopy(net) for net in nets]
    for net, rng in zip(copies, rngs, strict=True):
        initialise(_last(net), rng)
    return copies


def frozen_below_the_last(nets: Sequence[nn.Module]) -> list[nn.Module]:
    """Copies of chains of layers of which only the last one can be trained."""
    copies = [deepcopy(net) for net in nets]
    for net in copies:
        net.requires_grad_(False)
        _last(net).requires_grad_(True)
    return copies


def shrunk_and_perturbed(
    nets: Sequence[nn.Module], others: Sequence[nn.Module], *, shrink: float, perturb: float
) -> list[nn.Module]:
    """Copies with `shrink` times the weights and biases of a net and `perturb` times those of another, a fresh one.

    Parameters
    ----------
    nets, others : of one architecture, in pairs
    shrink, perturb : factors of at least 0; with 1 and 0 a net stays as it is, with 0 and 1 it is the other

    References
    ----------
    Ash, Adams, NeurIPS 2020, arXiv:1910.08475, section 4 (there the noise is normal; here it is a start)
    """
    if not (0 <= shrink < np.inf and 0 <= perturb < np.inf):
        raise ValueError(f"shrink={shrink:g} and perturb={perturb:g} must be numbers of at least 0.")
    copies = [deepcopy(net) for net in nets]
    with torch.no_grad():
        for net, other in zip(copies, others, strict=True):
            for parameter, noise in zip(net.parameters(), other.parameters(), strict=True):
                parameter.mul_(shrink).add_(noise.to(parameter), alpha=perturb)
    return copies


def _last(net: nn.Module) -> nn.Module:
    """The last layer of a chain that has one with weights."""
    layers = [*net.children()] if isinstance(net, nn.Sequential) else []
    if not layers or not [*layers[-1].parameters()]:
        raise ValueError(
            f"The net {type(net).__name__} is no chain whose last layer has weights, so that there is nothing to keep "
            f"below it. Use an nn.Sequential that ends with one."
        )
    return layers[-1]
