"""The layers of a Sequential net for K replicas at once, where all of its modules are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast

from torch import Tensor, nn

from hw1.nets.dropout import Dropout
from hw1.training.layers import ACTIVATIONS, Layer, Linear, Mask, Module, Tanh
from hw1.training.normalising import batch_norm
from hw1.training.windows import Convolution, Pool, Shape, convolution, pooling

__all__ = ["can_batch", "layers_of", "number_of_inputs"]

_OTHERS = (nn.LeakyReLU, nn.GELU, nn.ELU, nn.SiLU)  # elementwise, without a gradient by hand
_WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
_NORMALISATIONS = (nn.BatchNorm1d, nn.BatchNorm2d)
_KNOWN = (
    nn.Flatten, nn.Unflatten, nn.Identity, nn.Linear, *_WINDOWS, *_NORMALISATIONS, Dropout, *ACTIVATIONS, *_OTHERS,
)  # fmt: skip


def layers_of(net: nn.Module, leaves: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> list[Layer] | None:
    """The layers of a net; None where it is no plain Sequential of modules that are known here.

    The first takes inputs (K, features, n) and the last gives outputs (K, outputs, n). A Flatten that is not the first
    module is known where its input is: after an Unflatten or a layer with parameters.

    Parameters
    ----------
    leaves, state : parameters and buffers of K replicas by name, (K, ...)
    """
    if not _is_plain(net):
        return None
    layers: list[Layer] = []
    shape: Shape | None = None  # of the images that the features are, where they are images
    for place, (name, module) in enumerate(net.named_children()):
        known = shape is not None or any(layer.has_parameters for layer in layers)
        if isinstance(module, nn.Flatten) and place > 0 and not known:
            return None
        if isinstance(module, _NORMALISATIONS):
            made = _normalisation(name, module, leaves, state, shape)
        else:
            made = _made(module, leaves.get(f"{name}.weight"), leaves.get(f"{name}.bias"), shape)
        if made is None:
            return None
        layers += made
        shape = _shape_after(module, made, shape)
    if shape is not None or not any(layer.has_parameters for layer in layers):
        return None
    for layer, after in pairwise(layers):
        if isinstance(layer, Linear | Convolution) and isinstance(after, Tanh):
            layer.scale, after.given_twice = 2.0, True
    return layers


def can_batch(net: nn.Module) -> bool:
    """Whether `layers_of` knows all of a net."""
    leaves, state = (
        {name: one.detach()[None] for name, one in some} for some in (net.named_parameters(), net.named_buffers())
    )
    return layers_of(net, leaves, state) is not None


def number_of_inputs(net: nn.Module) -> int:
    """Features of an example of a net that `layers_of` knows; ValueError for a net that does not say."""
    for module in net.children():
        if isinstance(module, nn.Linear):
            return module.in_features
        if isinstance(module, nn.Unflatten):
            return math.prod(module.unflattened_size)
    raise ValueError(f"{net} does not say how many inputs it takes. Ask `layers_of` first.")


def _is_plain(net: nn.Module) -> bool:
    """Subclasses, hooks and shared modules may compute something else than their kind; frozen weights are no leaves."""
    if not all(parameter.requires_grad for parameter in net.parameters()):
        return False
    if type(net) is not nn.Sequential or not all(type(module) in _KNOWN for module in net.children()):
        return False
    shared = sum(1 for _ in net.named_modules(remove_duplicate=False)) != sum(1 for _ in net.modules())
    tied = sum(1 for _ in net.named_parameters(remove_duplicate=False)) != sum(1 for _ in net.parameters())
    return not (shared or tied or any(module._forward_hooks or module._forward_pre_hooks for module in net.modules()))


def _made(module: nn.Module, weight: Tensor | None, bias: Tensor | None, shape: Shape | None) -> Sequence[Layer] | None:
    """The layers of one module, none for one that only lays features out anew; None for one that is not known."""
    match module:
        case nn.Identity():
            return []
        case nn.Flatten():
            return [] if (module.start_dim, module.end_dim) == (1, -1) else None
        case nn.Unflatten():
            return [] if module.dim == 1 and shape is None and _is_shape(module.unflattened_size) else None
        case nn.Linear() if weight is not None and shape is None:
            return [Linear(weight, bias)]
        case nn.Conv2d() if weight is not None and shape is not None:
            layer = convolution(module, weight, bias, shape)
            return [layer] if layer else None
        case nn.MaxPool2d() | nn.AvgPool2d() if shape is not None:
            return pooling(module, shape)
        case Dropout():
            return [Mask(module)]
        case _ if type(module) in ACTIVATIONS:
            return [ACTIVATIONS[type(module)]()]
        case _ if isinstance(module, _OTHERS):
            return [Module(module)]
    return None


def _normalisation(
    name: str,
    module: nn.BatchNorm1d | nn.BatchNorm2d,
    leaves: Mapping[str, Tensor],
    state: Mapping[str, Tensor],
    shape: Shape | None,
) -> Sequence[Layer] | None:
    """The layer of a normalisation of features, or of the channels of images."""
    of_images = isinstance(module, nn.BatchNorm2d)
    if of_images != (shape is not None) or (shape is not None and shape[0] != module.num_features):
        return None
    layer = batch_norm(name, module, leaves, state)
    return [layer] if layer else None


def _shape_after(module: nn.Module, made: Sequence[Layer], shape: Shape | None) -> Shape | None:
    match module:
        case nn.Flatten():
            return None
        case nn.Unflatten():
            channels, height, width = module.unflattened_size
            return channels, height, width
        case nn.Conv2d() | nn.MaxPool2d() | nn.AvgPool2d() if made:
            return cast(Convolution | Pool, made[-1]).shape
    return shape


def _is_shape(size: Sequence[int]) -> bool:
    return len(size) == 3 and all(isinstance(side, int) and side > 0 for side in size)
