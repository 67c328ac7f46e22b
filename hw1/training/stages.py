"""Minibatches of some examples first and of others later, in one training with one optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hw1.training.orders import Orders, orders

__all__ = ["staged_orders"]


def staged_orders(
    stages: Sequence[tuple[NDArray[np.integer], int]],
    rngs: Sequence[np.random.Generator],
    batch: int,
    device: str | torch.device = "cpu",
) -> Iterator[Tensor]:
    """Minibatches of one stage's examples after the other's; in each stage epochs as in `orders`.

    Parameters
    ----------
    stages : the rows of the training examples that a stage sees, (K, n), without repetition, and for how many updates;
        the last one goes on without end
    rngs : one generator per replica
    batch : examples per update, at most the n of each stage

    Returns
    -------
    iterator over int64 indices of shape (K, batch) on the device

    Raises
    ------
    ValueError
        for no stages, a stage of no updates, rows that come twice, or a batch that a stage does not fill
    """
    if not stages:
        raise ValueError("An order without stages has no examples. Give at least one.")
    for i, (rows, updates) in enumerate(stages):
        if updates < 1:
            raise ValueError(f"Stage {i} of {updates} updates is none. Give at least 1, or leave it out.")
        if (np.diff(np.sort(rows, axis=1), axis=1) == 0).any():
            raise ValueError(f"In stage {i} an example comes twice in an epoch. Give each row once.")
        if batch > rows.shape[1]:
            raise ValueError(f"A batch of {batch} cannot be drawn from the {rows.shape[1]} examples of stage {i}.")
    endless = [_of_rows(rows, rngs, batch, device) for rows, _ in stages]
    parts = [islice(one, updates) for one, (_, updates) in zip(endless[:-1], stages[:-1], strict=True)]
    return Orders(1 + max(int(rows.max()) for rows, _ in stages), chain(*parts, endless[-1]))


def _of_rows(
    rows: NDArray[np.integer], rngs: Sequence[np.random.Generator], batch: int, device: str | torch.device
) -> Iterator[Tensor]:
    placed = torch.from_numpy(rows.astype(np.int64)).to(device)
    for places in orders(rngs, rows.shape[1], batch, device):
        yield placed.gather(1, places)
