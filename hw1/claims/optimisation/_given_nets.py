"""Training nets that an experiment has made itself, one per seed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hw1.claims._dense_nets import Training
from hw1.data import Problem
from hw1.streams import Draw
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import nn


def trained(
    setting: Training,
    nets: "Sequence[nn.Module]",
    data: Problem,
    *,
    arm: str,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    at: Sequence[int] = (),
    **columns: Any,
) -> Tables:
    """Train the nets as the setting says.

    Parameters
    ----------
    at : numbers of updates after which to measure; empty for the end alone
    columns : further columns of `runs`, one number per seed
    """
    from hw1.training import classify

    found = classify(nets, data, setting.recipe(), seeds=seeds, draw=draw, device=device, at=at)
    return found.tables(arm, **columns)
