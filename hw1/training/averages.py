"""The mean of the weights that a training passes through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from hw1.training.stacks import Stack

__all__ = ["MeanWeights"]


class MeanWeights:
    """The mean of a stack's weights after each update from one on, kept as they come: `on_update` of `train`.

    Parameters
    ----------
    stack : the nets that will be trained
    start : updates before the first weights that count

    References
    ----------
    Polyak, Juditsky, SIAM J. Control Optim. 30 (1992) 838, doi:10.1137/0330046 (the mean of the iterates); Izmailov et
    al., UAI 2018, arXiv:1803.05407 (of late ones, of deep nets). Nets with running statistics need `Stack.recalibrate`
    """

    def __init__(self, stack: Stack, *, start: int = 0) -> None:
        self._stack, self._start, self._count = stack, start, 0
        self._mean = torch.zeros_like(stack.flat)

    def __call__(self, update: int, losses: Tensor) -> None:  # noqa: ARG002 - as `train` calls it
        """Count the weights after so many updates."""
        if update >= self._start:
            self._count += 1
            self._mean += (self._stack.flat.detach() - self._mean) / self._count

    @contextmanager
    def lent(self) -> Iterator[Stack]:
        """The stack with the mean in the place of its weights, which come back at the end.

        Raises
        ------
        ValueError
            where no weights have counted
        """
        if not self._count:
            raise ValueError(f"No weights from update {self._start} on have been seen. Start earlier.")
        own = self._stack.weights()
        self._stack.load(self._mean)
        try:
            yield self._stack
        finally:
            self._stack.load(own)
