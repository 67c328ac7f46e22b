"""Batch normalisation of K replicas on activations (K, channels * places, n), with gradients by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hw1.training.layers import Back, Layer

__all__ = ["BatchNorm", "batch_norm"]


@dataclass(frozen=True, kw_only=True)
class Running:
    """Statistics (K, channels) of the passes so far and their number (K,), under the name of their layer."""

    name: str
    mean: Tensor
    var: Tensor
    count: Tensor


class BatchNorm(Layer):
    """Activations less their mean over a batch, over their standard deviation; in an evaluation those of the passes.

    Weights and biases (K, channels), or none. `training` is the mode, and `renewed` the statistics that a pass in
    training mode leaves, by name; its caller keeps them or does not.

    References
    ----------
    Ioffe and Szegedy, ICML 2015, arXiv:1502.03167, algorithms 1 and 2
    """

    def __init__(self, module: nn.BatchNorm1d | nn.BatchNorm2d, affine: tuple[Tensor, Tensor] | None, running: Running):
        self.has_parameters = self.lets_go = affine is not None
        self.training = False
        self.renewed: dict[str, Tensor] = {}
        self._affine, self._running = affine, running
        self._values = affine and (affine[0].detach(), affine[1].detach())  # views of the stack's buffer
        self._eps, self._share, self._channels = module.eps, float(module.momentum or 0), module.num_features

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        return self._of(h, self._affine)[0]

    def forward(self, h: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Of the shape of h; `backward` sees normalised activations and one over the standard deviations."""
        y, normalised, scale = self._of(h, self._values)
        return y, (normalised, scale)

    def backward(self, g: Tensor, seen: tuple[Tensor, Tensor], *, inputs: bool) -> Back:
        """Gradient in h, whose statistics depend on it, and in weights and biases (K, channels)."""
        normalised, scale = seen
        g = g.view(normalised.shape)
        total, along = g.sum(2), (g * normalised).sum(2)
        own = [along, total] if self._values else []
        if not inputs:
            return None, own
        factor = scale * self._values[0] if self._values else scale
        size = normalised.shape[2]
        inner = g - (normalised * along.unsqueeze(2)).add_(total.unsqueeze(2)).div_(size)
        return inner.mul_(factor.unsqueeze(2)).view(len(g), -1, self._n), own

    def _of(self, h: Tensor, affine: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor, Tensor]:
        """What the layer gives, normalised activations (K, channels, places * n), and the factor (K, channels)."""
        self._n = h.shape[2]
        values = h.reshape(len(h), self._channels, -1)
        mean, var = self._renew(values) if self.training else (self._running.mean, self._running.var)
        scale = (var + self._eps).rsqrt()
        normalised = (values - mean.unsqueeze(2)) * scale.unsqueeze(2)
        y = normalised if affine is None else normalised * affine[0].unsqueeze(2) + affine[1].unsqueeze(2)
        return y.reshape(h.shape), normalised, scale

    def _renew(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the batch, (K, channels); the running ones move towards them by a share."""
        size, old = values.shape[2], self._running
        if size < 2:
            raise ValueError(
                "Batch normalisation in training needs more than one value per channel. Use larger batches."
            )
        var, mean = torch.var_mean(values, dim=2, correction=0)
        self.renewed = {
            f"{old.name}.running_mean": torch.lerp(old.mean, mean.detach(), self._share),
            f"{old.name}.running_var": torch.lerp(old.var, var.detach() * (size / (size - 1)), self._share),
            f"{old.name}.num_batches_tracked": old.count + 1,
        }
        return mean, var


def batch_norm(
    name: str, module: nn.BatchNorm1d | nn.BatchNorm2d, leaves: Mapping[str, Tensor], state: Mapping[str, Tensor]
) -> BatchNorm | None:
    """The layer of a module; None where it averages all batches, has no statistics of earlier ones, or no shift.

    Parameters
    ----------
    leaves, state : weights and buffers of K replicas by name, (K, channels)
    """
    shifts = not module.affine or f"{name}.bias" in leaves  # torch 2.14 has layers with a scale alone
    if module.momentum is None or not module.track_running_stats or not shifts:
        return None
    mean, var, count = (state[f"{name}.{buffer}"] for buffer in ("running_mean", "running_var", "num_batches_tracked"))
    running = Running(name=name, mean=mean, var=var, count=count)
    return BatchNorm(module, (leaves[f"{name}.weight"], leaves[f"{name}.bias"]) if module.affine else None, running)
