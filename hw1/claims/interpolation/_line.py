"""Solutions, and the straight line between two of them: what the experiments of this family share.

Our nets have no normalisation layers; where a user's have, their statistics are computed anew at the points of a line.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import Problem
from hw1.settings import InEpochs
from hw1.streams import Draw
from hw1.tables import Tables, curve

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack

Curves = dict[str, NDArray[np.floating]]

METRICS = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
# Steps of .05 between the solutions and of .1 beyond them: 41 points.
ALPHAS = np.round(np.concatenate([np.arange(-10, 0) / 10, np.arange(21) / 20, np.arange(11, 21) / 10]), 2)
AT_ONCE = 2_000  # examples per forward pass of a measurement: all of those in `fast`


@dataclass(frozen=True, kw_only=True)
class Solving(InEpochs):
    """Data, net and training of the solutions; the rate falls to 0 along a cosine."""

    train: int = 600
    test: int = 500
    widths: tuple[int, ...]  # ReLU units in each hidden layer
    batch: int = 50
    lr: float = 0.1
    momentum: float = 0.9
    schedule: str = "cosine"
    stack: int = 12

    def on_cifar10(self, **changes: Any) -> Self:
        """The same question on all of CIFAR-10, for nets of three layers of 512."""
        full = {"data": "cifar10", "train": 50_000, "test": 10_000, "widths": (512, 512, 512), "batch": 128, "lr": 0.02}
        return replace(self, **{**full, "stack": 1, **changes})


def solve(
    setting: Solving,
    data: Problem,
    seeds: Sequence[int],
    draw: Draw,
    *,
    start: str = "start",
    order: str = "order",
    stem: float = 0.0,
    layers: bool = False,
    device: str,
) -> "tuple[Stack, Tensor]":
    """Train one net per seed on its own examples.

    Parameters
    ----------
    start : purpose of the stream of the initial weights; nets of one start begin as one
    order : purpose of the stream of the minibatches
    stem : share of the updates, from the first on, whose minibatches come from the stream "stem" instead: nets of one
        start and one stem are one net for so long, optimizer and all
    layers : refuse a net of one's own whose hidden units cannot be told, before it is trained

    Returns
    -------
    the trained stack, and its initial weights (K, P)
    """
    from hw1.measures.matching import layers_of
    from hw1.nets.dense import classifiers
    from hw1.training import orders, stack, train

    def feed(purpose: str) -> "Iterator[Tensor]":
        return orders([draw(seed, purpose) for seed in seeds], setting.train, setting.batch, device)

    nets = stack(classifiers(data, setting.widths, [draw(seed, start) for seed in seeds]), device)
    first, recipe = nets.weights(), setting.recipe()
    if layers:
        layers_of(nets, first)
    minibatches = chain(islice(feed("stem"), round(stem * recipe.updates)), feed(order))
    train(nets, data.x_train, data.y_train, recipe, loss="cross_entropy", orders=minibatches, per_replica=True)
    return nets, first


def measured(stack: "Stack", data: Problem) -> "Callable[[Stack], Tensor]":
    """Function of a stack that gives the `METRICS` of its nets on their own data, (K, 4); losses in nats."""
    import torch

    from hw1.training import accuracy, cross_entropy, outputs_of

    sets = [(stack.place(x), stack.place(y)) for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test))]

    def measure(stack: "Stack") -> "Tensor":
        pairs = [(outputs_of(stack, x, at_once=AT_ONCE), y) for x, y in sets]
        return torch.stack([f(*pair) for pair in pairs for f in (cross_entropy, accuracy)], dim=1)

    return measure


def on_line(
    stack: "Stack", start: "Tensor", end: "Tensor", data: Problem, alphas: "NDArray[np.floating] | Tensor" = ALPHAS
) -> Curves:
    """The `METRICS` along the line between two sets of weights, (K, points) each; +inf where a net gives no number."""
    from hw1.measures.barriers import along

    inputs = stack.place(data.x_train) if stack.state else None
    seen = finite(along(stack, start, end, alphas, measured(stack, data), inputs=inputs).cpu().numpy())
    return {name: seen[:, :, i] for i, name in enumerate(METRICS)}


def finite(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """What was measured; +inf where a net gives no number."""
    return np.where(np.isfinite(values), values, np.inf)


def heights(curves: Curves) -> dict[str, NDArray[np.floating]]:
    """Barriers and excesses at the middle of curves on `ALPHAS`, each in nats and in shares of wrong examples."""
    from hw1.measures.barriers import barrier, excess_at_the_middle

    return {
        "train_barrier": barrier(curves["train_loss"], ALPHAS),
        "test_barrier": barrier(curves["test_loss"], ALPHAS),
        "train_error_barrier": barrier(1 - curves["train_accuracy"], ALPHAS),
        "test_error_barrier": barrier(1 - curves["test_accuracy"], ALPHAS),
        "train_middle": excess_at_the_middle(curves["train_loss"], ALPHAS),
        "test_middle": excess_at_the_middle(curves["test_loss"], ALPHAS),
    }


def at_ends(curves: Curves) -> dict[str, NDArray[np.floating]]:
    """The `METRICS` of both solutions."""
    places = {"first": np.flatnonzero(ALPHAS == 0.0)[0], "second": np.flatnonzero(ALPHAS == 1.0)[0]}
    return {f"{end}_{name}": curves[name][:, place] for end, place in places.items() for name in METRICS}


def line_frame(seeds: Sequence[int], arm: str, curves: Curves, alphas: NDArray[np.floating] = ALPHAS) -> pd.DataFrame:
    """Curves over alpha as a tidy frame: seed, arm, alpha and the metrics."""
    return curve(seeds, arm, alphas, **curves).rename(columns={"step": "alpha"})


def tabulated(seeds: Sequence[int], arm: str, curves: Curves, **columns: NDArray[np.generic]) -> Tables:
    """`runs` with the ends, the `heights` and further columns, and `line` with the metrics over alpha."""
    runs = pd.DataFrame({"seed": list(seeds), "arm": arm, **at_ends(curves), **heights(curves), **columns})
    return Tables({"runs": runs, "line": line_frame(seeds, arm, curves)})
