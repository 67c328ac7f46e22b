"""Dropout whose masks are a hash of (replica's key, update, layer, position): no generator and no state.

torch's own layer draws from a global generator, so a replica's masks would change with its company in the stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["Dropout", "draw_keys", "dropouts", "dropping", "kept", "keys_at"]

_WORD = 0xFFFFFFFF


class Dropout(nn.Module):
    """Leaves out a share `p` of its inputs in a training update, and divides the others by 1 - p; else the identity.

    A layer is off until a stack's training forward (`Stack.forward` with `update`) lends it a key, so it cannot be left
    on in evaluation; `train()` and `eval()` change nothing.

    References
    ----------
    Srivastava et al., JMLR 15:1929, 2014 (section 10: the weights scaled in training rather than after it)
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p={p} leaves nothing or is no share. Use a number from 0 to below 1.")
        self.p = p
        self.key: Tensor | None = None

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
        if self.key is None:
            raise RuntimeError("No key is lent, so there is no mask. Pass `update` to the stack's forward.")
        return (kept(self.key, shape, self.p) / (1 - self.p)).to(dtype)


def draw_keys(rngs: Sequence[np.random.Generator]) -> Tensor:
    """One key per replica, int64 of shape (K, 2) with two 32-bit words, each from a stream of its own."""
    return torch.from_numpy(np.stack([rng.integers(0, _WORD, 2, dtype=np.int64, endpoint=True) for rng in rngs]))


def keys_at(keys: Tensor, update: int, layer: int) -> Tensor:
    """Keys (..., 2) of one layer in one update: another pair of words for every update and layer."""
    first = _mixed(_mixed(keys[..., 0] ^ (update & _WORD)) + layer)
    return torch.stack([first, _mixed(keys[..., 1] + first)], dim=-1)


def kept(key: Tensor, shape: Sequence[int], p: float) -> Tensor:
    """Which of the numbers stay: bool of a shape, True with probability 1 - p, from two rounds of a 32-bit hash.

    Parameters
    ----------
    key : int64 (2,), see `keys_at`; or (K, 2), for K replicas' masks (K, *shape)

    References
    ----------
    C. Wellons, "Prospecting for Hash Functions", 2018, nullprogram.com/blog/2018/07/31 (lowbias32)
    """
    positions = torch.arange(int(np.prod(shape)), dtype=torch.int64, device=key.device)
    words = _mixed(_mixed(positions ^ key[..., :1]) + key[..., 1:])
    return (words >= round(p * 2**32)).view(*key.shape[:-1], *shape)


def dropouts(net: nn.Module) -> list[Dropout]:
    """The layers of this kind, in the order of ``net.modules()``."""
    return [module for module in net.modules() if isinstance(module, Dropout)]


@contextmanager
def dropping(layers: Sequence[Dropout], keys: Sequence[Tensor]) -> Iterator[None]:
    """Lend each layer its key; inside, a forward pass of the net is one of training. Without keys it is none."""
    try:
        for layer, key in zip(layers, keys, strict=True) if keys else ():
            layer.key = key
        yield
    finally:
        for layer in layers:
            layer.key = None


def _mixed(words: Tensor) -> Tensor:
    """lowbias32 on 32-bit words in int64, whose products wrap alike on every device and leave these bits exact."""
    words = words & _WORD
    words = ((words ^ (words >> 16)) * 0x7FEB352D) & _WORD
    words = ((words ^ (words >> 15)) * 0x846CA68B) & _WORD
    return words ^ (words >> 16)
