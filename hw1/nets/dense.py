"""Dense nets at a parameter budget, and initial weights from named streams instead of torch's global generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from hw1.data import CLASSES, Problem
from hw1.nets.own import own_net, redrawn
from hw1.nets.starts import check_start, start

__all__ = [
    "ACTIVATIONS",
    "Sine",
    "Square",
    "blank",
    "classifiers",
    "count_parameters",
    "dense",
    "initialise",
    "initialised",
    "widths_for_budget",
]

Net = TypeVar("Net", bound=nn.Module)


class Sine(nn.Module):
    """sin(x), elementwise (Sitzmann et al., NeurIPS 2020, arXiv:2006.09661, without their frequency factor)."""

    def forward(self, x: Tensor) -> Tensor:
        """sin(x), of the shape of x."""
        return x.sin()


class Square(nn.Module):
    """The square of x, elementwise (Gromov, arXiv:2301.02679)."""

    def forward(self, x: Tensor) -> Tensor:
        """x * x, of the shape of x."""
        return x.square()


ACTIVATIONS: dict[str, type[nn.Module]] = {
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "identity": nn.Identity,  # makes a linear net
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "sine": Sine,
    "square": Square,
    "tanh": nn.Tanh,
}


def blank(make: Callable[[], Net]) -> Net:
    """Build a net without touching torch's global generator; its weights are NaN until `initialise` draws them.

    Parameters
    ----------
    make : builds the net, e.g. ``lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())``

    Raises
    ------
    ValueError
        for a net with buffers other than running statistics (BatchNorm): their start values would be lost
    """
    with torch.device("meta"):
        net = make()
    net.to_empty(device="cpu")
    _reset_statistics(net)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(math.nan)  # a net that nobody initialised must not look like one
    return net


def _reset_statistics(net: nn.Module) -> None:
    for module in net.modules():
        if isinstance(module, _NormBase):
            module.reset_running_stats()
        elif named := [name for name, _ in module.named_buffers(recurse=False)]:
            raise ValueError(
                f"A blank net loses the start values of buffers ({', '.join(named)} of {type(module).__name__}). Build "
                f"it without them."
            )


def dense(widths: Sequence[int], *, inputs: int, outputs: int, activation: str = "relu") -> nn.Sequential:
    """Fully connected net, Linear and activation by turns; weights are NaN until `initialise` draws them.

    Parameters
    ----------
    widths : units in each hidden layer; empty for one affine map
    inputs, outputs : numbers of features
    activation : a name in ``ACTIVATIONS``

    Returns
    -------
    float32 net that maps (n, inputs) to (n, outputs); in a setting of one's own it may be another (`hw1.replaced`)
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation={activation!r} is unknown. Use one of {', '.join(ACTIVATIONS)}.")
    sizes = _sizes(widths, inputs, outputs)
    if own := own_net(f"dense {'-'.join(map(str, sizes))} {activation}", inputs, outputs):
        return cast(nn.Sequential, own)

    def make() -> nn.Sequential:
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise(sizes):
            layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[activation]()]
        return nn.Sequential(*layers[:-1])

    return blank(make)


def count_parameters(widths: Sequence[int], *, inputs: int, outputs: int) -> int:
    """Weights and biases of ``dense(widths, inputs=inputs, outputs=outputs)``."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(_sizes(widths, inputs, outputs)))


def widths_for_budget(budget: int, *, depth: int, inputs: int, outputs: int) -> tuple[int, ...]:
    """`depth` equal hidden widths whose parameter count is nearest to the budget; the smaller net of two as near.

    Raises
    ------
    ValueError
        if depth < 1, or if one unit per layer already exceeds the budget
    """
    if depth < 1:
        raise ValueError(f"depth={depth} leaves no width to choose. Use depth >= 1.")
    least = count_parameters((1,) * depth, inputs=inputs, outputs=outputs)
    if budget < least:
        raise ValueError(
            f"{budget} parameters cannot make {depth} hidden layers: one unit in each already takes {least}. "
            f"Raise the budget or lower the depth."
        )
    width = 1
    while count_parameters((width + 1,) * depth, inputs=inputs, outputs=outputs) <= budget:
        width += 1
    return min(
        ((width,) * depth, (width + 1,) * depth),
        key=lambda widths: abs(count_parameters(widths, inputs=inputs, outputs=outputs) - budget),
    )


def initialise(net: nn.Module, rng: np.random.Generator, scheme: str = "torch", *, gain: float = 1.0) -> None:
    """Draw a net's weights in place from a named stream, on the CPU, in float64 and then cast.

    Parameters
    ----------
    net : of Linear and Conv layers; BatchNorm, LayerNorm and GroupNorm start at weight 1 and bias 0. A user's net
        draws its own start values, and a scheme or a gain other than the default draws its Linear and Conv layers anew,
        but for frozen ones
    rng : from `hw1.streams.stream`; layers are drawn in the order of ``net.modules()``, the weight before the bias
    scheme : "torch", the default of nn.Linear and nn.Conv; "he"; "xavier"; "zeros", whose hidden units all stay equal.
        See `starts.start`
    gain : factor of the weights of Linear and Conv layers; biases have none

    Raises
    ------
    TypeError
        for a layer with parameters that is none of these; nothing has been drawn then
    ValueError
        for an unknown scheme, a gain that is not above 0, or one on zeros
    """
    check_start(scheme, gain)
    if not redrawn(net, rng):
        layers = _layers_with_starts(net)
    elif scheme == "torch" and gain == 1:
        return
    else:
        layers = [module for module in net.modules() if isinstance(module, _DRAWN) and module.weight.requires_grad]
    for module in layers:
        for name, parameter in module.named_parameters(recurse=False):
            _set(parameter, _start(module, name, parameter, rng, scheme, gain))


def initialised(
    make: Callable[[], Net], rngs: Sequence[np.random.Generator], scheme: str = "torch", *, gain: float = 1.0
) -> list[Net]:
    """One net per generator, built by `make` and drawn by `initialise`."""
    nets = [make() for _ in rngs]
    for net, rng in zip(nets, rngs, strict=True):
        initialise(net, rng, scheme, gain=gain)
    return nets


def classifiers(
    data: Problem,
    widths: Sequence[int],
    rngs: Sequence[np.random.Generator],
    *,
    activation: str = "relu",
    scheme: str = "torch",
    gain: float = 1.0,
) -> list[nn.Sequential]:
    """One net per generator, for the features of a problem and its ten classes; see `dense` and `initialise`."""

    def make() -> nn.Sequential:
        return dense(widths, inputs=data.x_train.shape[-1], outputs=CLASSES, activation=activation)

    return initialised(make, rngs, scheme, gain=gain)


_DRAWN = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_SCALED = (nn.LayerNorm, nn.GroupNorm, nn.BatchNorm1d, nn.BatchNorm2d)


def _layers_with_starts(net: nn.Module) -> list[nn.Module]:
    owners = {name: module for name, module in net.named_modules() if [*module.parameters(recurse=False)]}
    for name, module in owners.items():
        if not isinstance(module, _DRAWN + _SCALED):
            raise TypeError(
                f"{name or 'the net'!r} is a {type(module).__name__}, whose start values are not defined here; left "
                f"alone, torch's global generator draws them. Build it of Linear, Conv, Batch-, Layer- and GroupNorm."
            )
    return [*owners.values()]


def _start(
    module: nn.Module, name: str, parameter: Tensor, rng: np.random.Generator, scheme: str, gain: float
) -> np.ndarray:
    shape = tuple(parameter.shape)
    if isinstance(module, _SCALED):
        return np.full(shape, 1.0 if name == "weight" else 0.0)
    assert isinstance(module, _DRAWN)  # `initialise` refused the rest
    return start(scheme, name, shape, module.weight.shape, rng, gain)


def _set(parameter: Tensor, values: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(values))


def _sizes(widths: Sequence[int], inputs: int, outputs: int) -> tuple[int, ...]:
    sizes = (inputs, *widths, outputs)
    if min(sizes) < 1:
        raise ValueError(f"Nothing can pass layers of {'-'.join(map(str, sizes))} units. Use sizes of at least 1.")
    return sizes
