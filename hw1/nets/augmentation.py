"""Augmentation of images in training, drawn from a replica's own key, see `hw1.nets.keyed`."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor

from hw1.nets.keyed import Keyed, words

__all__ = ["FlipAndShift"]


class FlipAndShift(Keyed):
    """Moves each image of a training update by whole pixels and mirrors it or not; else the identity.

    Parameters
    ----------
    shift : an image moves by -shift to shift pixels along either axis, all equally likely ("crops" of a padded image)
    flip : left and right are exchanged with probability 1/2
    border : what moves in: "reflect" (the image mirrored at its border) or "constant" (zeros)

    References
    ----------
    Krizhevsky, Sutskever, Hinton, NIPS 2012, section 4.1; He et al., arXiv:1512.03385, section 4.2
    """

    def __init__(self, shift: int, *, flip: bool, border: str = "reflect") -> None:
        super().__init__()
        if shift < 0 or border not in ("reflect", "constant"):
            raise ValueError(f"shift={shift}, border={border!r}: use 0 pixels or more, and 'reflect' or 'constant'.")
        self.shift, self.flip, self.border = shift, flip, border

    def extra_repr(self) -> str:
        """How far, and whether mirrored."""
        return f"{self.shift}, flip={self.flip}, border={self.border!r}"

    def forward(self, x: Tensor) -> Tensor:
        """Images (n, channels, height, width), each with numbers of its own where a key is lent, else x itself."""
        if self.key is None:
            return x
        n, _, height, width = x.shape
        down, right, side = words(self.next_key(), 3 * n).view(3, n)
        rows = self._places(down, height)
        columns = self._places(right, width)
        if self.flip:
            columns = torch.where((side >> 31).bool().unsqueeze(1), columns.flip(1), columns)
        padded = F.pad(x, (self.shift,) * 4, mode=self.border)
        tall = padded.gather(2, rows.view(n, 1, height, 1).expand(-1, x.shape[1], -1, padded.shape[3]))
        return tall.gather(3, columns.view(n, 1, 1, width).expand(-1, x.shape[1], height, -1))

    def _places(self, words: Tensor, side: int) -> Tensor:
        """(n, side): which rows, or columns, of a padded image are seen."""
        offsets = (words * (2 * self.shift + 1)) >> 32  # a 32-bit word as a share; off by 2**-30 from equally likely
        return offsets.unsqueeze(1) + torch.arange(side, device=words.device)
