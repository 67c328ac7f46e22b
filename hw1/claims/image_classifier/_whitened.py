"""A small VGG net whose first convolution whitens patches: airbench94 without its batch normalisation.

Keller Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv:2404.00498, section 3 and
github.com/KellerJordan/cifar10-airbench, airbench94.py; without BatchNorm and with biases in the convolutions as in his
gist 5248bffd70694df7f5f0c259475b819c.
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hw1.data import CLASSES, Problem
from hw1.nets.dense import blank, initialised
from hw1.nets.own import Addition, own_keys, own_net
from hw1.training import FlipAndShift

Floats = NDArray[np.floating]

PATCH = 2  # side
SEEN = 5_000  # training images whose patches are whitened
EPSILON = 5e-4  # added to the variances


def whitened_nets(
    widths: Sequence[int],
    shape: tuple[int, int, int],
    data: Problem,
    rngs: Sequence[np.random.Generator],
    *,
    shift: int,
    flip: bool,
) -> list[nn.Sequential]:
    """One net per generator, started for its own training images.

    Patches of 2 x 2 are whitened, then for each width: convolution, max-pooling, convolution, both of 3 x 3 and started
    with the identity; GELU after each; the maximum over what is left of the image; a linear map (his is divided by 9).

    Parameters
    ----------
    widths : filters of each pair of convolutions, one pair per halving of the image
    shape : channels, height and width of an image; equal sides
    shift, flip : of `hw1.training.FlipAndShift` in training; 0 and False for none
    """
    moved = [FlipAndShift(shift, flip=flip)] if shift or flip else []

    def make() -> nn.Sequential:
        return _own(widths, shape, moved) or blank(lambda: _layers(widths, shape, moved))

    nets = initialised(make, rngs)
    for net, images in zip(nets, data.x_train, strict=True):
        if own_keys([net]) is None:  # a user's net starts as it is drawn
            _start(net, images[:SEEN].reshape(-1, *shape))
    return nets


def _own(widths: Sequence[int], shape: tuple[int, int, int], moved: Sequence[nn.Module]) -> nn.Sequential | None:
    """The user's net behind the same augmentation, in a setting of one's own; None where ours stays."""
    rows = Addition(
        words="its training images moved (and mirrored, where the setting says so)",
        to=lambda net: nn.Sequential(nn.Flatten(), nn.Unflatten(1, shape), *deepcopy(moved), nn.Flatten(), net),
    )
    words = f"whitened patches and pairs of {'-'.join(map(str, widths))} filters"
    own = own_net(words, math.prod(shape), CLASSES, added=rows if moved else None)
    return cast("nn.Sequential | None", own)


def patch_filters(images: Floats, side: int = PATCH) -> Floats:
    """Filters (2 c side^2, c, side, side) that whiten the patches of images (n, c, height, width), with both signs."""
    if min(images.shape[2:]) < side:
        raise ValueError(
            f"examples of {images.shape[2]} x {images.shape[3]} have no patches of {side} x {side} to whiten: choose "
            f"images"
        )
    patches = np.lib.stride_tricks.sliding_window_view(images, (side, side), axis=(2, 3))
    rows = patches.transpose(0, 2, 3, 1, 4, 5).reshape(-1, images.shape[1] * side * side).astype(np.float64)
    variances, directions = np.linalg.eigh(rows.T @ rows / len(rows))
    filters = (directions / np.sqrt(variances + EPSILON)).T[::-1].reshape(-1, images.shape[1], side, side)
    return np.concatenate([filters, -filters])


def _layers(widths: Sequence[int], shape: tuple[int, int, int], moved: Sequence[nn.Module]) -> nn.Sequential:
    patches = 2 * shape[0] * PATCH**2
    side = (shape[1] - PATCH + 1) // 2 ** len(widths)
    pairs = [layer for c_in, c_out in pairwise((patches, *widths)) for layer in _pair(c_in, c_out)]
    return nn.Sequential(
        nn.Flatten(),
        nn.Unflatten(1, shape),
        *deepcopy(moved),
        nn.Conv2d(shape[0], patches, PATCH),
        nn.GELU(),
        *pairs,
        nn.MaxPool2d(side),
        nn.Flatten(),
        nn.Linear(widths[-1], CLASSES),
    )


def _pair(c_in: int, c_out: int) -> list[nn.Module]:
    into, within = nn.Conv2d(c_in, c_out, 3, padding=1), nn.Conv2d(c_out, c_out, 3, padding=1)
    return [into, nn.MaxPool2d(2), nn.GELU(), within, nn.GELU()]


def _start(net: nn.Module, images: Floats) -> None:
    """Whitening filters in the first convolution, the identity in the others as far as their filters go; no biases."""
    first, *others = (module for module in net.modules() if isinstance(module, nn.Conv2d))
    with torch.no_grad():
        first.weight.copy_(torch.from_numpy(patch_filters(images)))
        for layer in (first, *others):
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        for layer in others:
            nn.init.dirac_(layer.weight[: layer.in_channels])
