"""Convolutional nets from a small description, in one and two dimensions, and their numbers of parameters.

Signals are images of height 1: `Conv2d` with kernels (1, k) in channels_last takes half of Conv1d's time on one CPU
thread (0.66 against 1.1 ms for an update of 16 and 16 filters on 100 signals of 40, torch 2.14).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

from torch import nn

from hw1.nets.dense import ACTIVATIONS, blank, count_parameters, widths_for_budget
from hw1.nets.dropout import Dropout, before_dense
from hw1.nets.own import Addition, own_net

__all__ = ["Cnn", "convolutional", "dense_twin", "with_filters"]

Size = tuple[int, int]

_POOLING: dict[str, type[nn.MaxPool2d] | type[nn.AvgPool2d]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}
REDUCTIONS = (*_POOLING, "stride", "none")


@dataclass(frozen=True, kw_only=True)
class Cnn:
    """Convolutions, each followed by an activation and a halving of the sides; then dense layers.

    Parameters
    ----------
    inputs : channels, height and width; height 1 makes a net for signals
    outputs : number of classes
    filters : of each convolution, which pads with zeros to keep the sides; empty for a dense net
    kernel : odd side of the filters
    halving : "max" or "average" pooling of 2 x 2 (1 x 2 for signals), "stride" 2 of the convolution itself with no more
        parameters than pooling, or "none"; sides are halved while they are at least 2, odd ones lose their last row
    each : convolutions between two halvings
    widths : units of the hidden dense layers
    activation : a name in `dense.ACTIVATIONS`; "identity" makes the linear twin (all but linear with "max" pooling)
    dropout : share of the inputs of each dense layer that a training update leaves out; 0 for no such layers
    """

    inputs: tuple[int, int, int]
    outputs: int
    filters: tuple[int, ...]
    kernel: int = 3
    halving: str = "max"
    each: int = 1
    widths: tuple[int, ...] = ()
    activation: str = "relu"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if min(*self.inputs, self.outputs, self.each, *self.filters, *self.widths) < 1:
            raise ValueError(f"Nothing can pass {self!r}. Use sizes of at least 1.")
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"kernel={self.kernel} has no middle, so it cannot keep the size. Use an odd number.")
        if self.halving not in REDUCTIONS:
            raise ValueError(f"halving={self.halving!r} is unknown. Use one of {', '.join(REDUCTIONS)}.")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation={self.activation!r} is unknown. Use one of {', '.join(ACTIVATIONS)}.")

    @property
    def features(self) -> int:
        """Numbers that the last convolution hands to the first dense layer."""
        sides = self._sides()[-1]
        return (self.filters[-1] if self.filters else self.inputs[0]) * math.prod(sides)

    @property
    def parameters(self) -> int:
        """Weights and biases of `convolutional(self)`."""
        area = math.prod(self._window(self.kernel))
        channels = pairwise((self.inputs[0], *self.filters))
        convolutions = sum((c_in * area + 1) * c_out for c_in, c_out in channels)
        return convolutions + count_parameters(self.widths, inputs=self.features, outputs=self.outputs)

    def __str__(self) -> str:
        """In words, for who replaces it."""
        layers = (
            f"{'-'.join(map(str, self.filters))} filters of {self.kernel}, {self.halving} halving after {self.each}, "
        )
        dense = (
            f"{layers if self.filters else ''}dense {'-'.join(map(str, (self.features, *self.widths, self.outputs)))}"
        )
        return f"{dense} {self.activation}{f', dropout {self.dropout:g}' if self.dropout else ''}"

    def _window(self, side: int) -> Size:
        return (1 if self.inputs[1] == 1 else side), (1 if self.inputs[2] == 1 else side)

    def _halves(self, layer: int) -> bool:
        return self.halving != "none" and (layer + 1) % self.each == 0

    def _sides(self) -> list[Size]:
        """Height and width before each convolution, and after the last."""
        sides = [self.inputs[1:]]
        for layer in range(len(self.filters)):
            height, width = sides[-1]
            if self._halves(layer):
                up = self.halving == "stride"  # a stride keeps the last row of an odd side, pooling drops it
                height, width = (max(1, (side + up) // 2) for side in (height, width))
            sides.append((height, width))
        return sides


def convolutional(cnn: Cnn) -> nn.Sequential:
    """The net of a description; weights are NaN until `hw1.nets.dense.initialise` draws them.

    Returns
    -------
    float32 net that maps (n, channels * height * width) or (n, channels, height, width) to (n, outputs); in a setting
    of one's own it may be another (`hw1.replaced`)
    """
    thinned = Addition(
        words=f"dropout {cnn.dropout:g} of the inputs of each nn.Linear", to=lambda net: before_dense(net, cnn.dropout)
    )
    added = thinned if cnn.dropout else None
    if own := own_net(str(replace(cnn, dropout=0.0)), math.prod(cnn.inputs), cnn.outputs, added=added):
        return cast(nn.Sequential, own)

    def make() -> nn.Sequential:
        return nn.Sequential(*(_front(cnn) if cnn.filters else ()), nn.Flatten(), *_dense(cnn))

    return blank(make)


def dense_twin(cnn: Cnn, *, depth: int) -> Cnn:
    """The dense net of `depth` equal hidden layers whose number of parameters is nearest to that of a net."""
    widths = widths_for_budget(cnn.parameters, depth=depth, inputs=math.prod(cnn.inputs), outputs=cnn.outputs)
    return replace(cnn, filters=(), widths=widths)


def with_filters(cnn: Cnn, budget: int, *, depth: int) -> Cnn:
    """The net of `depth` convolutions with equally many filters whose number of parameters is nearest to the budget.

    Raises
    ------
    ValueError
        if one filter per convolution already exceeds the budget
    """
    if depth < 1:
        raise ValueError(f"depth={depth} leaves no filters to choose. Use depth >= 1.")

    def of(filters: int) -> Cnn:
        return replace(cnn, filters=(filters,) * depth)

    if of(1).parameters > budget:
        raise ValueError(
            f"{budget} parameters cannot make {depth} convolutions: one filter in each already takes "
            f"{of(1).parameters}. Raise the budget, halve more often or narrow the dense layers."
        )
    filters = 1
    while of(filters + 1).parameters <= budget:
        filters += 1
    return min(of(filters), of(filters + 1), key=lambda net: abs(net.parameters - budget))


def _front(cnn: Cnn) -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Flatten(), nn.Unflatten(1, cnn.inputs)]
    kernel = cnn._window(cnn.kernel)
    padding = (kernel[0] // 2, kernel[1] // 2)
    sides = cnn._sides()
    for layer, (c_in, c_out) in enumerate(pairwise((cnn.inputs[0], *cnn.filters))):
        height, width = (2 if cnn._halves(layer) and side >= 2 else 1 for side in sides[layer])
        window = (height, width)
        stride = window if cnn.halving == "stride" else (1, 1)
        layers.append(nn.Conv2d(c_in, c_out, kernel, padding=padding, stride=stride))
        layers.append(ACTIVATIONS[cnn.activation]())
        if cnn.halving in _POOLING and window != (1, 1):
            layers.append(_POOLING[cnn.halving](window))
    return layers


def _dense(cnn: Cnn) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise((cnn.features, *cnn.widths, cnn.outputs)):
        layers += [Dropout(cnn.dropout)] if cnn.dropout else []
        layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[cnn.activation]()]
    return layers[:-1]
