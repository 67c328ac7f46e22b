"""torch's layers that draw from a global generator, exchanged for ours in a copy of a net."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

from torch import nn

from hw1.nets.attention import keyed_attention
from hw1.nets.dropout import Dropout

__all__ = ["keyed_copy"]

Net = TypeVar("Net", bound=nn.Module)


def keyed_copy(net: Net) -> Net:
    """A copy in which `nn.Dropout`, and the dropout of `nn.MultiheadAttention`, are ours.

    Its parameters and buffers have the same names in the same order. Subclasses, layers with hooks and dropout with
    p = 1, which leaves nothing, stay as they are.
    """
    copy = deepcopy(net)
    for parent in list(copy.modules()):
        for name, child in list(parent._modules.items()):
            if child is None or child._forward_hooks or child._forward_pre_hooks:
                continue
            if type(child) is nn.Dropout and child.p < 1:
                parent._modules[name] = Dropout(child.p)
            elif isinstance(child, nn.MultiheadAttention):
                keyed_attention(child)
    return copy
