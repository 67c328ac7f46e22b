"""When to measure during a training, and when it first reached a level."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["FirstTime", "record_steps"]


def record_steps(updates: int, count: int) -> tuple[int, ...]:
    """At most `count` steps from 0 to `updates`, both ends included, evenly spaced in the logarithm after 0."""
    if count < 2 or updates < 1:
        raise ValueError(f"{count} steps cannot span 0 to {updates} updates. Use count >= 2 and updates >= 1.")
    spaced = np.geomspace(1, updates, count - 1) if count > 2 else np.array([updates])
    return tuple(int(step) for step in np.unique([0, *np.rint(spaced), updates]))


class FirstTime:
    """Number of updates after which the training loss is first at or below a level; pass it to `train` as `on_update`.

    Full batches give the loss of the whole training set, minibatches the noisier loss of the next batch. Counts stay on
    the device until `updates_needed`; a new training starts them afresh.

    Parameters
    ----------
    level : in units of the loss; NaN is never at or below it
    updates : budget of the training; a replica that never gets there counts updates + 1 (censored)
    """

    def __init__(self, level: float, updates: int) -> None:
        self.level, self.updates = level, updates
        self._first: Tensor | None = None

    def __call__(self, update: int, losses: Tensor) -> None:
        """Look at the losses (K,) after `update` updates."""
        if self._first is None or update == 0:
            self._first = torch.full(losses.shape, self.updates + 1, dtype=torch.int64, device=losses.device)
        # The first time is the earliest, so the smallest: no need to ask whether it has been.
        self._first = torch.where(losses <= self.level, self._first.clamp(max=update), self._first)

    def updates_needed(self) -> NDArray[np.int64]:
        """int64 (K,), 0 to updates, or updates + 1 where the level was not reached. Syncs with the device."""
        if self._first is None:
            raise RuntimeError("FirstTime has seen no losses. Pass it to train(..., on_update=...) first.")
        return self._first.cpu().numpy()
