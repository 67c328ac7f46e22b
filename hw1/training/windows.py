"""Convolutions and pooling of K replicas on activations (K, channels * height * width, n), as layers with gradients.

With the points last, all that a filter sees is a few copies of long rows, and a convolution is one product per replica.
torch's own convolutions, one replica after the other, take 2 to 6 times as long for nets of some thousand parameters on
images of 8 x 8 and signals of 40; on images of 32 x 32 they take half (see `FITS`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from hw1.training.layers import Back, Layer

__all__ = ["FITS", "Convolution", "Pool", "Shape", "convolution", "pooling"]

Shape = tuple[int, int, int]  # channels, height, width
Pair = tuple[int, int]

FITS = 8_192
"""Numbers that the filters see of one example, in one layer, from which torch's own convolutions are as fast.

On one core, an update with 50 examples is 2.8 times as fast here with 1,600 such numbers (16 channels x 5 taps x 20
places), 2.1 with 4,608 (8 x 9 x 64), 1.1 with 9,216 (16 x 9 x 64); with 14,112 (8 x 9 x 196) it takes 1.3 times as
long, with 36,864 (16 x 9 x 256) 1.7 times.
"""


class Convolution(Layer):
    """Filters (K, out, channels, height, width), biases (K, out); padded with zeros, of any stride."""

    has_parameters = True

    def __init__(self, weight: Tensor, bias: Tensor, shape: Shape, padding: Pair, stride: Pair) -> None:
        self.scale = 1.0  # as in `Linear`
        self._weight, self._bias = weight, bias
        self._shape, self._padding, self._stride = shape, padding, stride
        self._filters = weight.detach().flatten(2)  # views of the stack's buffer
        self._column = bias.detach().unsqueeze(-1)
        self._window: Pair = (weight.shape[3], weight.shape[4])
        sides = zip(shape[1:], padding, self._window, stride, strict=True)
        height, width = ((side + 2 * pad - window) // step + 1 for side, pad, window, step in sides)
        self.shape: Shape = (weight.shape[1], height, width)
        self.size = self._filters.shape[2] * height * width

    def output(self, h: Tensor) -> Tensor:
        """(K, out * height * width, n)."""
        product = torch.baddbmm(self._bias.unsqueeze(-1), self._weight.flatten(2), self._patches(h))
        return product.reshape(len(h), -1, h.shape[2])

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """(K, out * height * width, n), times the scale; `backward` sees the patches."""
        patches = self._patches(h)
        product = torch.baddbmm(self._column, self._filters, patches, alpha=self.scale, beta=self.scale)
        return product.view(len(h), -1, h.shape[2]), patches

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:
        """Gradients in h, in the filters (K, out * channels * height * width) and in the biases (K, out)."""
        g = g.view(len(g), self.shape[0], -1)
        # Patches first: the other order, without the transpose, takes 1.4 to 2.5 times as long.
        own = [torch.bmm(seen, g.transpose(1, 2)).transpose(1, 2).flatten(1), g.sum(2)]
        return (self._folded(torch.bmm(self._filters.transpose(1, 2), g)) if inputs else None), own

    def _patches(self, h: Tensor) -> Tensor:
        """What each filter sees at each place, (K, channels * window, places * n)."""
        (channels, height, width), (rows, columns), (down, right) = self._shape, self._padding, self._stride
        images = h.reshape(len(h), channels, height, width, h.shape[2])
        padded = F.pad(images, (0, 0, columns, columns, rows, rows))
        seen = padded.unfold(2, self._window[0], down).unfold(3, self._window[1], right)
        return seen.permute(0, 1, 5, 6, 2, 3, 4).reshape(len(h), self._filters.shape[2], -1)

    def _folded(self, patches: Tensor) -> Tensor:
        """The transpose of `_patches`: what each place gets from all that saw it, (K, channels * height * width, n)."""
        (channels, height, width), (rows, columns), (down, right) = self._shape, self._padding, self._stride
        places = self.shape[1:]
        parts = patches.view(len(patches), channels, *self._window, *places, -1)
        n = parts.shape[-1]
        padded = patches.new_zeros(len(patches), channels, height + 2 * rows, width + 2 * columns, n)
        windows = padded.unfold(2, self._window[0], down).unfold(3, self._window[1], right)
        for i in range(self._window[0]):
            for j in range(self._window[1]):
                windows[..., i, j].add_(parts[:, :, i, j])
        inner = padded[:, :, rows : rows + height, columns : columns + width].reshape(len(patches), -1, n)
        return inner.contiguous()  # of images of width 1 it is a view


class Pool(Layer):
    """One number for two neighbours along one side, without the last of an odd number; windows of 2 x 2 take two."""

    def __init__(self, shape: Shape, side: int) -> None:
        self._shape, self._dim, self._half = shape, side + 1, shape[side] // 2
        sizes = [self._half if place == side else size for place, size in enumerate(shape)]
        self.shape: Shape = (sizes[0], sizes[1], sizes[2])

    def _pairs(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """First and second of all pairs, (K, *self.shape, n) each; views, where h is contiguous."""
        images = h.reshape(len(h), *self._shape, h.shape[-1]).narrow(self._dim, 0, 2 * self._half)
        first, second = torch.unflatten(images, self._dim, (self._half, 2)).unbind(self._dim + 1)
        return first, second

    def _unpooled(self, g: Tensor) -> Tensor:
        """Memory for the gradient in h, 0 where no pair reaches."""
        odd = self._shape[self._dim - 1] % 2
        return (g.new_zeros if odd else g.new_empty)(len(g), *self._shape, g.shape[2])


class MaxPool(Pool):
    """The larger one; of equal ones the first gets the gradient, as in torch."""

    def output(self, h: Tensor) -> Tensor:
        """As `forward`; `torch.maximum` would give equal ones half of the gradient each."""
        first, second = self._pairs(h)
        return torch.where((second > first) | second.isnan(), second, first).flatten(1, 3)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """(K, prod(self.shape), n); `backward` sees by how much the second is larger."""
        first, second = self._pairs(h)
        return torch.maximum(first, second).flatten(1, 3), second - first

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:  # noqa: ARG002 - never the first layer
        """Gradient in h: g at the larger one, 0 at the other."""
        whole = self._unpooled(g)
        first, second = self._pairs(whole)
        g = g.view(seen.shape)
        torch.ops.aten.threshold_backward.grad_input(g, seen, 0, grad_input=second)  # 3 times as fast as a bool mask
        torch.sub(g, second, out=first)
        return whole.flatten(1, 3), []


class AveragePool(Pool):
    """Their mean."""

    def output(self, h: Tensor) -> Tensor:
        """(K, prod(self.shape), n)."""
        return torch.add(*self._pairs(h)).mul(0.5).flatten(1, 3)

    def forward(self, h: Tensor) -> tuple[Tensor, None]:
        """(K, prod(self.shape), n)."""
        return self.output(h), None

    def backward(self, g: Tensor, seen: None, *, inputs: bool) -> Back:  # noqa: ARG002 - never the first layer
        """Gradient in h: half of g at each."""
        whole = self._unpooled(g)
        for part in self._pairs(whole):
            torch.mul(g.view(part.shape), 0.5, out=part)
        return whole.flatten(1, 3), []


def convolution(module: nn.Conv2d, weight: Tensor, bias: Tensor | None, shape: Shape) -> Convolution | None:
    """The layer of a module on images of a shape; None where it is of another kind, or too large (see `FITS`).

    Parameters
    ----------
    weight, bias : of K replicas, (K, out, channels, height, width) and (K, out)
    """
    plain = module.dilation == (1, 1) and module.groups == 1 and module.padding_mode == "zeros"
    if not plain or bias is None or isinstance(module.padding, str) or module.in_channels != shape[0]:
        return None
    layer = Convolution(weight, bias, shape, _pair(module.padding), _pair(module.stride))
    return layer if layer.size <= FITS and min(layer.shape) > 0 else None


def pooling(module: nn.MaxPool2d | nn.AvgPool2d, shape: Shape) -> list[Pool] | None:
    """The layers of a module on images of a shape; None where its windows are not pairs side by side."""
    window = _pair(module.kernel_size)
    plain = _pair(module.stride) == window and _pair(module.padding) == (0, 0) and not module.ceil_mode
    if isinstance(module, nn.MaxPool2d):
        kind: type[Pool] = MaxPool
        plain = plain and _pair(module.dilation) == (1, 1) and not module.return_indices
    else:
        kind, plain = AveragePool, plain and module.divisor_override is None
    if not plain or not set(window) <= {1, 2} or any(side < size for side, size in zip(shape[1:], window, strict=True)):
        return None
    layers: list[Pool] = []
    for side, size in ((2, window[1]), (1, window[0])):  # rows first: so the first of equal ones is torch's first
        if size == 2:
            layers.append(kind(layers[-1].shape if layers else shape, side))
    return layers


def _pair(size: int | tuple[int, ...]) -> Pair:
    return (size, size) if isinstance(size, int) else (size[0], size[-1])
