"""Nets of K replicas, forward and backward, layer by layer in features-by-points layout (K, features, n).

Training has its gradients by hand. Autograd launches twice as many kernels and takes slow ways where a layer has one
unit; measured on one core it took 2.2 times as long for 1-157-1 and 1.6 times for 1-14-14-14-1, 8 replicas each.
What is differentiated twice, or in the inputs, goes through autograd.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from hw1.training.layers import Layer
from hw1.training.normalising import BatchNorm
from hw1.training.snapshots import State

__all__ = ["Passes"]


class Passes:
    """A pass through layers, there and back; `by_hand` is whether all of their gradients are known."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = list(layers)
        self._first = next(i for i, layer in enumerate(layers) if layer.has_parameters)
        free = [False, *(layer.lets_go for layer in layers)]  # the data are not to be overwritten
        spoilt = any(layer.overwrites and not before for before, layer in zip(free, layers, strict=False))
        self.by_hand = all(layer.by_hand for layer in layers) and not spoilt
        self._normalising = [layer for layer in layers if isinstance(layer, BatchNorm)]

    def set_mode(self, *, training: bool) -> None:
        """Let normalisation in the passes that follow be that of training or of an evaluation."""
        for layer in self._normalising:
            layer.training, layer.renewed = training, {}

    def renewed(self) -> State:
        """The running statistics that the last pass left, by name; none where it was an evaluation."""
        return {name: values for layer in self._normalising for name, values in layer.renewed.items()}

    def outputs(self, x: Tensor) -> Tensor:
        """Outputs (K, out, n) for inputs (K, in, n), differentiable any number of times."""
        for layer in self._layers:
            x = layer.output(x)
        return x

    def forward(self, x: Tensor) -> tuple[Tensor, list[object]]:
        """The same without autograd, and what `backward` wants to see of each layer."""
        seen: list[object] = []
        for layer in self._layers:
            x, kept = layer.forward(x)
            seen.append(kept)
        return x, seen

    def backward(self, gradient: Tensor, seen: Sequence[object]) -> Tensor:
        """Gradient in all parameters, (K, P), from the gradient in the outputs (K, out, n) and what `forward` gave."""
        # Of one unit, a view's strides may be those of a column, with which products take twice as long: hence a clone.
        g: Tensor | None = gradient.clone(memory_format=torch.contiguous_format)
        parts: list[Tensor] = []
        for i in range(len(self._layers) - 1, self._first - 1, -1):
            assert g is not None  # no layer but the first with parameters keeps it to itself
            g, own = self._layers[i].backward(g, seen[i], inputs=i > self._first)
            parts += own[::-1]
        return torch.cat(parts[::-1], dim=1)
