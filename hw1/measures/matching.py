"""Permutations of hidden units: they leave a net's function as it is, and bring two nets nearer to each other.

For dense nets with one elementwise activation: Linear layers in a row, as `hw1.nets.dense.dense` makes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from hw1.training import Stack

__all__ = ["Layer", "layers_of", "match_units", "matched", "permuted", "rescaled", "weights_of"]

Order = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Layer:
    """An affine map: weight (outputs, inputs) and bias (outputs,), float64."""

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]


def layers_of(stack: Stack, weights: Tensor) -> list[list[Layer]]:
    """The layers of each replica with weights (K, P), as copies on the host.

    Raises
    ------
    ValueError
        for a net that is not Linear layers with biases in a row
    """
    shapes = [tuple(leaf.shape[1:]) for leaf in stack.leaves.values()]
    pairs = list(zip(shapes[::2], shapes[1::2], strict=False))
    if len(shapes) % 2 or any(len(w) != 2 or b != w[:1] for w, b in pairs):
        raise ValueError(
            f"Parameters of shapes {shapes} are not weights and biases of dense layers by turns, so which units can be "
            f"exchanged is not known. Use a net of Linear layers with biases, e.g. hw1.nets.dense.dense."
        )
    sizes = [int(np.prod(shape)) for shape in shapes]
    rows = weights.detach().cpu().numpy().astype(np.float64)
    parts = [np.split(row, np.cumsum(sizes)[:-1]) for row in rows]
    return [[Layer(p[2 * i].reshape(w), p[2 * i + 1]) for i, (w, _) in enumerate(pairs)] for p in parts]


def weights_of(nets: Sequence[Sequence[Layer]], stack: Stack) -> Tensor:
    """Weights (K, P) of nets of layers, on the stack's device in its precision."""
    rows = [np.concatenate([np.append(layer.weight.ravel(), layer.bias) for layer in net]) for net in nets]
    return torch.from_numpy(np.stack(rows)).to(stack.device, stack.dtype)


def permuted(net: Sequence[Layer], orders: Sequence[Order]) -> list[Layer]:
    """The same function with its hidden units in another order.

    Parameters
    ----------
    orders : one per hidden layer; unit i of the result is unit ``order[i]`` of the net
    """
    widths = [len(layer.bias) for layer in net[:-1]]
    if [sorted(order) for order in orders] != [list(range(width)) for width in widths]:
        raise ValueError(
            f"Orders of lengths {[len(order) for order in orders]} are not permutations of hidden layers of {widths} "
            f"units. Give one permutation of range(width) for each."
        )
    incoming = [np.arange(net[0].weight.shape[1]), *orders]
    outgoing = [*orders, np.arange(len(net[-1].bias))]
    return [
        Layer(layer.weight[np.ix_(rows, columns)], layer.bias[rows])
        for layer, rows, columns in zip(net, outgoing, incoming, strict=True)
    ]


def rescaled(net: Sequence[Layer], factor: float, hidden: int = 0) -> list[Layer]:
    """The same function of a ReLU net with one hidden layer's activations times a positive factor.

    Weights and biases into the layer are multiplied, weights out of it divided.

    References
    ----------
    Dinh, Pascanu, S. Bengio, Y. Bengio, ICML 2017, arXiv:1703.04933, definition 5
    """
    if not factor > 0 or not 0 <= hidden < len(net) - 1:
        raise ValueError(
            f"factor={factor:g} at hidden layer {hidden} of {len(net) - 1} changes the function of a ReLU net. "
            f"Use a factor above 0 and a layer from 0 to {len(net) - 2}."
        )
    scaled = list(net)
    scaled[hidden] = Layer(net[hidden].weight * factor, net[hidden].bias * factor)
    scaled[hidden + 1] = Layer(net[hidden + 1].weight / factor, net[hidden + 1].bias)
    return scaled


def match_units(net: Sequence[Layer], other: Sequence[Layer], *, passes: int = 1_000) -> list[Order]:
    """Orders of the other net's hidden units that bring its weights near to the net's, by weight matching.

    One hidden layer after the other gets the best order with its neighbours held fixed, an assignment that scipy solves
    exactly; this goes on until a whole pass changes nothing. Each change brings the nets nearer, so it ends, for one
    hidden layer at the nearest order of all, for more at one that no change of a single layer betters.

    Parameters
    ----------
    passes : upper bound, far above what is needed (2 to 10)

    Returns
    -------
    one per hidden layer, for `permuted`

    References
    ----------
    Ainsworth, Hayase, Srinivasa, ICLR 2023, arXiv:2209.04836, section 3.2 and algorithm 1 (they visit the layers in
    random order)
    """
    orders: list[Order] = [np.arange(len(layer.bias)) for layer in net[:-1]]
    for _ in range(passes):
        improved = [_improved(net, other, orders, hidden) for hidden in range(len(orders))]
        if not any(improved):
            return orders
    raise RuntimeError(
        f"Matching still changes orders after {passes} passes, though each change is an improvement. Report this."
    )


def matched(stack: Stack, weights: Tensor, others: Tensor) -> Tensor:
    """Each replica's other weights, (K, P), with hidden units in the order that `match_units` finds."""
    pairs = zip(layers_of(stack, weights), layers_of(stack, others), strict=True)
    return weights_of([permuted(other, match_units(net, other)) for net, other in pairs], stack)


def _improved(net: Sequence[Layer], other: Sequence[Layer], orders: list[Order], hidden: int) -> bool:
    """Give one hidden layer its best order in place; whether that is better than the one it had."""
    gain = _gains(net, other, orders, hidden)
    units, best = linear_sum_assignment(gain, maximize=True)
    before, after = gain[units, orders[hidden]].sum(), gain[units, best].sum()
    if not after > before + 1e-12 * np.abs(gain).sum():  # rounding is no improvement
        return False
    orders[hidden] = best
    return True


def _gains(net: Sequence[Layer], other: Sequence[Layer], orders: Sequence[Order], hidden: int) -> NDArray[np.float64]:
    """Inner product of unit i's weights and unit j's of the other net, the units around them in their present order."""
    into, into_other = net[hidden], other[hidden]
    out, out_other = net[hidden + 1], other[hidden + 1]
    columns = orders[hidden - 1] if hidden else slice(None)
    rows = orders[hidden + 1] if hidden + 1 < len(orders) else slice(None)
    gain: NDArray[np.float64] = (
        into.weight @ into_other.weight[:, columns].T
        + np.outer(into.bias, into_other.bias)
        + out.weight.T @ out_other.weight[rows]
    )
    return gain
