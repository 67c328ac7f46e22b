"""Residual nets, and the same nets without their skips."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from torch import Tensor, nn

from hw1.nets.dense import ACTIVATIONS, blank
from hw1.nets.normalisation import NORMALISATIONS, normalisation
from hw1.nets.own import own_net

__all__ = ["Residual", "residual_convolutional", "residual_dense"]


class Residual(nn.Module):
    """shortcut(x) + branch(x); x itself where there is no shortcut."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.branch, self.shortcut = branch, nn.Identity() if shortcut is None else shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Of the shape of branch(x), which must be that of shortcut(x)."""
        total: Tensor = self.shortcut(x) + self.branch(x)
        return total


def residual_dense(
    width: int,
    blocks: int,
    *,
    inputs: int,
    outputs: int,
    activation: str = "relu",
    norm: str = "none",
    skip: bool = True,
) -> nn.Sequential:
    """Dense net of blocks of two layers each, normalisation and activation before each layer; weights are NaN.

    Parameters
    ----------
    width : units of each hidden layer
    norm : a name in `normalisation.NORMALISATIONS`
    skip : whether a skip goes around each block; without, the net has the same parameters

    Returns
    -------
    float32 net that maps (n, inputs) to (n, outputs), to be drawn by `hw1.nets.dense.initialise`; in a setting of one's
    own it may be another (`hw1.replaced`)

    References
    ----------
    He, Zhang, Ren, Sun, ECCV 2016, arXiv:1603.05027, figure 4e ("full pre-activation")
    """
    _check(activation, norm, width, blocks, inputs, outputs)
    kind = f"{'residual' if skip else 'plain'} dense {inputs}-{blocks}x({width}-{width})-{outputs} {activation} {norm}"
    if own := own_net(kind, inputs, outputs):
        return cast(nn.Sequential, own)

    def layer() -> list[nn.Module]:
        return [normalisation(norm, width), ACTIVATIONS[activation](), nn.Linear(width, width)]

    def make() -> nn.Sequential:
        inner = [_block([*layer(), *layer()], skip=skip) for _ in range(blocks)]
        last = normalisation(norm, width), ACTIVATIONS[activation](), nn.Linear(width, outputs)
        return nn.Sequential(nn.Flatten(), nn.Linear(inputs, width), *inner, *last)

    return blank(make)


def residual_convolutional(
    channels: Sequence[int],
    blocks: int,
    *,
    inputs: tuple[int, int, int],
    outputs: int,
    activation: str = "relu",
    norm: str = "batch",
    skip: bool = True,
) -> nn.Sequential:
    """Residual net for images: stages of blocks of two 3 x 3 convolutions, then the mean over places; weights are NaN.

    Parameters
    ----------
    channels : of each stage; every stage but the first halves the sides, and its first skip is a 1 x 1 convolution
    blocks : in each stage
    inputs : channels, height and width of the images
    norm, skip : as in `residual_dense`; without skips there are no 1 x 1 convolutions either

    Returns
    -------
    float32 net that maps (n, channels * height * width), or images, to (n, outputs); see `residual_dense`

    References
    ----------
    He, Zhang, Ren, Sun, CVPR 2016, arXiv:1512.03385 (the stages), and ECCV 2016, arXiv:1603.05027 (the order of layers)
    """
    _check(activation, norm, *channels, blocks, *inputs, outputs)
    sizes = "-".join(map(str, channels))
    kind = f"{'residual' if skip else 'plain'} convolutional {inputs} {blocks}x({sizes}) {outputs} {activation} {norm}"
    if own := own_net(kind, inputs[0] * inputs[1] * inputs[2], outputs):
        return cast(nn.Sequential, own)

    def layer(before: int, after: int, stride: int) -> list[nn.Module]:
        convolution = nn.Conv2d(before, after, 3, padding=1, stride=stride)
        return [normalisation(norm, before, images=True), ACTIVATIONS[activation](), convolution]

    def stage(before: int, after: int, stride: int) -> list[nn.Module]:
        turned = nn.Conv2d(before, after, 1, stride=stride) if stride > 1 or before != after else None
        first = _block([*layer(before, after, stride), *layer(after, after, 1)], skip=skip, shortcut=turned)
        rest = [_block([*layer(after, after, 1), *layer(after, after, 1)], skip=skip) for _ in range(blocks - 1)]
        return [first, *rest]

    def make() -> nn.Sequential:
        stages = stage(channels[0], channels[0], 1)
        for before, after in pairwise(channels):
            stages += stage(before, after, 2)
        first = nn.Flatten(), nn.Unflatten(1, inputs), nn.Conv2d(inputs[0], channels[0], 3, padding=1)
        last = normalisation(norm, channels[-1], images=True), ACTIVATIONS[activation](), nn.AdaptiveAvgPool2d(1)
        return nn.Sequential(*first, *stages, *last, nn.Flatten(), nn.Linear(channels[-1], outputs))

    return blank(make)


def _block(layers: Sequence[nn.Module], *, skip: bool, shortcut: nn.Module | None = None) -> nn.Module:
    branch = nn.Sequential(*layers)
    return Residual(branch, shortcut) if skip else branch


def _check(activation: str, norm: str, *sizes: int) -> None:
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation={activation!r} is unknown. Use one of {', '.join(ACTIVATIONS)}.")
    if norm not in NORMALISATIONS:
        raise ValueError(f"norm={norm!r} is unknown. Use one of {', '.join(NORMALISATIONS)}.")
    if min(sizes) < 1:
        raise ValueError(f"Nothing can pass layers of sizes {sizes}. Use sizes of at least 1.")
