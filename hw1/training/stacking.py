"""Which kind of stack nets go into."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from hw1.nets.exchanged import keyed_copy
from hw1.training.architecture import check_stackable
from hw1.training.batched import BatchedStack
from hw1.training.building import can_batch
from hw1.training.functional import FunctionalStack, SequentialStack
from hw1.training.stacks import Stack
from hw1.training.ways import CONVOLUTIONS

__all__ = ["stack"]


def stack(
    nets: Sequence[nn.Module],
    device: str | torch.device = "cpu",
    masks: Sequence[np.random.Generator] | None = None,
) -> Stack:
    """Copy K nets of one architecture into a stack, of the fastest kind that knows all of their layers.

    Dense nets are batched, and on a CPU chains of layers with small convolutions; there, chains with others train one
    after the other. What is left goes by `torch.func`, and where this cannot or is slower, one after the other too.

    Parameters
    ----------
    nets : any modules. `nn.Dropout`, and dropout in `nn.MultiheadAttention`, becomes ours; a net that draws from the
        global generators of torch, numpy or Python all the same trains one after the other, with these seeded from the
        replica's generator and the number of the update
    masks : a generator per replica, from a stream of its own, where nets have layers that are random in training

    Raises
    ------
    ValueError
        for nets that differ in more than their numbers, that have nothing to train or weights of several types, or
        layers that are random in training without generators
    """
    check_stackable(nets)
    on_cpu = torch.device(device).type == "cpu"
    convolves = any(isinstance(module, CONVOLUTIONS) for module in nets[0].modules())
    if (on_cpu or not convolves) and can_batch(keyed_copy(nets[0])):
        return BatchedStack(nets, device, masks)
    chain = type(nets[0]) is nn.Sequential and not any([*layer.children()] for layer in nets[0])
    if on_cpu and convolves and chain:  # those whose convolutions are small are batched, but for a few
        return SequentialStack(nets, device, masks)
    return FunctionalStack(nets, device, masks)
