"""Running statistics of normalisation layers: which they are, and what of a new one comes from a single pass."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

__all__ = ["counts_of", "shares_of"]


def shares_of(net: nn.Module) -> dict[str, float]:
    """Names of the running means and variances that a training pass renews, with the share that the pass has in them.

    1 where `momentum=None` averages all passes since the count was 0. Layers that the net keeps in evaluation mode,
    and those that normalise by other means, have none.
    """
    found: dict[str, float] = {}
    for name, layer in _running(net).items():
        share = 1.0 if layer.momentum is None else float(layer.momentum)
        if share > 0:
            found |= {_joined(name, "running_mean"): share, _joined(name, "running_var"): share}
    return found


def counts_of(net: nn.Module) -> list[str]:
    """Names of the counts of passes beside these statistics."""
    return [_joined(name, "num_batches_tracked") for name in _running(net)]


def _running(net: nn.Module) -> dict[str, _NormBase]:
    layers = {name: module for name, module in net.named_modules() if isinstance(module, _NormBase)}
    return {name: layer for name, layer in layers.items() if layer.training and layer.running_mean is not None}


def _joined(layer: str, name: str) -> str:
    return f"{layer}.{name}" if layer else name
