"""Layers that are random in training: their numbers are a hash of (replica's key, update, layer, position).

No generator and no state: torch's own layers draw from a global generator, so a replica's numbers would change with its
company in the stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["Keyed", "draw_keys", "keyed", "keys_at", "lending", "words"]

_WORD = 0xFFFFFFFF


class Keyed(nn.Module):
    """A layer that is random where a key is lent to it, and the identity elsewhere.

    Only a stack's training forward (`Stack.forward` with `update`) lends one, so that the layer cannot be left on in
    evaluation; `train()` and `eval()` change nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.key: Tensor | None = None
        self._calls = 0

    @property
    def draws(self) -> bool:
        """Whether the layer needs a key in training."""
        return True

    def lend(self, key: Tensor | None) -> None:
        """The key for the calls of one pass, None for a pass without what is random."""
        self.key, self._calls = key, 0

    def next_key(self) -> Tensor:
        """The key of this call: a layer that a net calls twice in a pass draws twice.

        RuntimeError where none is lent.
        """
        if self.key is None:
            raise RuntimeError("The layer has no key, so there is no mask. Pass `update` to the stack's forward.")
        key = keys_at(self.key, self._calls, 0) if self._calls else self.key
        self._calls += 1
        return key


def draw_keys(rngs: Sequence[np.random.Generator]) -> Tensor:
    """One key per replica, int64 of shape (K, 2) with two 32-bit words, each from a stream of its own."""
    return torch.from_numpy(np.stack([rng.integers(0, _WORD, 2, dtype=np.int64, endpoint=True) for rng in rngs]))


def keys_at(keys: Tensor, update: int | Tensor, layer: int) -> Tensor:
    """Keys (..., 2) of one layer in one update: a new pair of words for every update and layer.

    Parameters
    ----------
    update : its number, from 0; as int64 () on the device of the keys, one program gives the keys of all updates
    """
    first = _mixed(_mixed(keys[..., 0] ^ update) + layer)
    return torch.stack([first, _mixed(keys[..., 1] + first)], dim=-1)


def words(key: Tensor, n: int) -> Tensor:
    """n numbers from 0 to 2**32 - 1, int64, as if drawn uniformly: two rounds of a 32-bit hash of their positions.

    Parameters
    ----------
    key : int64 (2,), see `keys_at`; or (K, 2), for (K, n) numbers

    References
    ----------
    C. Wellons, "Prospecting for Hash Functions", 2018, nullprogram.com/blog/2018/07/31 (lowbias32)
    """
    positions = torch.arange(n, dtype=torch.int64, device=key.device)
    return _mixed(_mixed(positions ^ key[..., :1]) + key[..., 1:])


def keyed(net: nn.Module) -> list[Keyed]:
    """The layers of this kind that need a key, in the order of ``net.modules()``."""
    return [module for module in net.modules() if isinstance(module, Keyed) and module.draws]


@contextmanager
def lending(layers: Sequence[Keyed], keys: Sequence[Tensor]) -> Iterator[None]:
    """Lend each layer its key; inside, a forward pass of the net is one of training. Without keys it is none."""
    try:
        for layer, key in zip(layers, keys, strict=True) if keys else ():
            layer.lend(key)
        yield
    finally:
        for layer in layers:
            layer.lend(None)


def _mixed(words: Tensor) -> Tensor:
    """lowbias32 on 32-bit words in int64, whose products wrap alike on every device and leave these bits exact."""
    words = words & _WORD
    words = ((words ^ (words >> 16)) * 0x7FEB352D) & _WORD
    words = ((words ^ (words >> 15)) * 0x846CA68B) & _WORD
    return words ^ (words >> 16)
