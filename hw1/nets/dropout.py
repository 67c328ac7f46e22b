"""Dropout whose masks come from a replica's own key, see `hw1.nets.keyed`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from hw1.nets.keyed import Keyed, words

__all__ = ["Dropout", "before_dense", "kept"]


class Dropout(Keyed):
    """Leaves out a share `p` of its inputs in a training update, and divides the others by 1 - p; else the identity.

    References
    ----------
    Srivastava et al., JMLR 15:1929, 2014 (section 10: the weights scaled in training rather than after it)
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p={p} leaves nothing or is not a share. Use a number of at least 0 and below 1.")
        self.p = p

    @property
    def draws(self) -> bool:
        """Not where nothing is left out."""
        return self.p > 0

    def extra_repr(self) -> str:
        """The share that is left out."""
        return f"p={self.p}"

    def forward(self, x: Tensor) -> Tensor:
        """x (n, d...) with a mask of its own for each number where a key is lent, else x itself."""
        return x if self.key is None else x * self.mask(x.shape, x.dtype)

    def mask(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Factors on inputs of a shape (n, d...), 0 or 1 / (1 - p) as a float32, by the key that is lent.

        RuntimeError where none is lent.

        Returns
        -------
        of the shape, or (K, *shape) where K keys are lent at once
        """
        return (kept(self.next_key(), shape, self.p) / (1 - self.p)).to(dtype)


class _Thinned(nn.Linear):
    """A dense layer, with its own weights, that leaves out a share of its inputs in training."""

    def __init__(self, layer: nn.Linear, p: float) -> None:
        nn.Module.__init__(self)  # nn.Linear's own would draw weights
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight, self.bias = layer.weight, layer.bias
        self.left_out = Dropout(p)

    def forward(self, x: Tensor) -> Tensor:
        """x (n, d...) through dropout and the layer."""
        return super().forward(self.left_out(x))


def before_dense(net: nn.Module, p: float) -> nn.Module:
    """The net itself, with dropout of the inputs of each of its `nn.Linear`; subclasses of it stay as they are.

    Raises
    ------
    ValueError
        for a net without such a layer
    """
    if type(net) is nn.Linear:
        return _Thinned(net, p)
    found = [(one, name, child) for one in net.modules() for name, child in one._modules.items()]
    dense = [(parent, name, child) for parent, name, child in found if type(child) is nn.Linear]
    if not dense:
        raise ValueError(
            f"The net has no nn.Linear, and this arm leaves out a share {p:g} of the inputs of each. Give nets by arm, "
            f"net={{arm: yours}}, with dropout of your own in the one that has it."
        )
    thinned = {id(layer): _Thinned(layer, p) for _, _, layer in dense}  # one that is used in two places stays one
    for parent, name, layer in dense:
        setattr(parent, name, thinned[id(layer)])
    return net


def kept(key: Tensor, shape: Sequence[int], p: float) -> Tensor:
    """Which of the numbers stay: bool of a shape, True with probability 1 - p; (K, *shape) for keys (K, 2)."""
    stay = words(key, int(np.prod(shape))) >= round(p * 2**32)
    return stay.view(*key.shape[:-1], *shape)
