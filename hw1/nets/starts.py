"""Start values of weights and biases by the name of a scheme, drawn on the CPU in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["SCHEMES", "check_start", "start"]

Floats = NDArray[np.float64]
Shape = tuple[int, ...]


def start(
    scheme: str, name: str, shape: Sequence[int], weight: Sequence[int], rng: np.random.Generator, gain: float = 1.0
) -> Floats:
    """Start values of one parameter of a Linear or Conv layer.

    Parameters
    ----------
    scheme : a name in ``SCHEMES``
    name, shape : of the parameter; "bias", all else is a weight
    weight : shape of the layer's weight (outputs, inputs per group, kernel...), which says its fans
    gain : factor of the weights; biases have none

    Returns
    -------
    float64 of that shape

    References
    ----------
    "torch": the default of nn.Linear and nn.Conv, U(-1, 1) / sqrt(fan_in) for weight and bias. "he": weights
    N(0, 2 / fan_in), He et al., ICCV 2015, arXiv:1502.01852, equation 10. "xavier": weights
    U(-1, 1) sqrt(6 / (fan_in + fan_out)), Glorot and Bengio, AISTATS 2010, PMLR 9:249, equation 16. "zeros": nothing is
    drawn. Biases of the last three are 0.
    """
    values = SCHEMES[scheme](tuple(shape), name, fans(weight), rng)
    return values if name == "bias" else values * gain


def fans(weight: Sequence[int]) -> tuple[int, int]:
    """Numbers that one output sees, and outputs that one input goes to, as torch counts them: groups are not."""
    area = math.prod(weight[2:])
    return weight[1] * area, weight[0] * area


def check_start(scheme: str, gain: float) -> None:
    """Refuse schemes that there are not, and gains that cannot be seen in the weights."""
    if scheme not in SCHEMES:
        raise ValueError(f"scheme={scheme!r} is unknown. Use one of {', '.join(SCHEMES)}.")
    if not 0 < gain < math.inf:
        raise ValueError(f"gain={gain:g} is no factor of weights. Use a number above 0, or scheme='zeros'.")
    if scheme == "zeros" and gain != 1:
        raise ValueError(f"gain={gain:g} changes nothing at scheme='zeros'. Leave it at 1, or use another scheme.")


def _torch(shape: Shape, name: str, fans: tuple[int, int], rng: np.random.Generator) -> Floats:  # noqa: ARG001
    return rng.uniform(-1.0, 1.0, shape) / math.sqrt(fans[0])


def _he(shape: Shape, name: str, fans: tuple[int, int], rng: np.random.Generator) -> Floats:
    return np.zeros(shape) if name == "bias" else rng.standard_normal(shape) * math.sqrt(2 / fans[0])


def _xavier(shape: Shape, name: str, fans: tuple[int, int], rng: np.random.Generator) -> Floats:
    return np.zeros(shape) if name == "bias" else rng.uniform(-1.0, 1.0, shape) * math.sqrt(6 / sum(fans))


def _zeros(shape: Shape, name: str, fans: tuple[int, int], rng: np.random.Generator) -> Floats:  # noqa: ARG001
    return np.zeros(shape)


SCHEMES: dict[str, Callable[[Shape, str, tuple[int, int], np.random.Generator], Floats]] = {
    "torch": _torch,
    "he": _he,
    "xavier": _xavier,
    "zeros": _zeros,
}
