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
    **columns: Any,
) -> Tables:
    """Train the nets as the setting says and measure after each fifth of the training.

    Parameters
    ----------
    columns : further columns of `runs`, one number per seed
    """
    from hw1.training import classify

    found = classify(nets, data, setting.recipe(), seeds=seeds, draw=draw, device=device, at=setting.each(0.2))
    return found.tables(arm, **columns)
