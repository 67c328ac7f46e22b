"""The precision of weights and data that a user asked for; see `hw1.replaced`."""

from __future__ import annotations

import torch

from hw1.replaced import active

__all__ = ["own_precision"]


def own_precision() -> torch.dtype | None:
    """The precision asked for; None for that of the nets."""
    now = active()
    if now is None or now.own.precision is None:
        return None
    now.note("precision", now.own.precision)
    return {"float32": torch.float32, "float64": torch.float64}[now.own.precision]
