"""Normalisation layers by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

__all__ = ["NORMALISATIONS", "normalisation"]

GROUPS = 4

_DENSE: dict[str, Callable[[int], nn.Module]] = {
    "none": lambda features: nn.Identity(),  # noqa: ARG005
    "batch": nn.BatchNorm1d,
    "layer": nn.LayerNorm,
    "group": lambda features: nn.GroupNorm(GROUPS, features),
}
_IMAGES: dict[str, Callable[[int], nn.Module]] = {
    "none": _DENSE["none"],
    "batch": nn.BatchNorm2d,
    "layer": lambda channels: nn.GroupNorm(1, channels),
    "group": _DENSE["group"],
}
NORMALISATIONS = tuple(_DENSE)


def normalisation(kind: str, features: int, *, images: bool = False) -> nn.Module:
    """The layer that normalises (n, features), or of images (n, features, height, width).

    Parameters
    ----------
    kind : "none"; "batch", each feature over the examples of a batch (of images over their places too); "layer", each
        example over its features (and places); "group", each example over `GROUPS` groups of features

    References
    ----------
    Ioffe and Szegedy, ICML 2015, arXiv:1502.03167; Ba, Kiros, Hinton, arXiv:1607.06450; Wu and He, ECCV 2018,
    arXiv:1803.08494
    """
    if kind not in NORMALISATIONS:
        raise ValueError(f"normalisation={kind!r} is unknown. Use one of {', '.join(NORMALISATIONS)}.")
    if kind == "group" and features % GROUPS:
        raise ValueError(f"{features} features are not {GROUPS} groups of equal size. Use a multiple of {GROUPS}.")
    return (_IMAGES if images else _DENSE)[kind](features)
