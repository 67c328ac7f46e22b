"""Training classifiers: nets, data and a recipe go in, trained nets with their loss and accuracy curves come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hw1.data import Problem
from hw1.streams import Draw
from hw1.tables import Tables, curve
from hw1.training.evaluation import outputs_of
from hw1.training.loop import Record, train
from hw1.training.losses import Loss, accuracy, cross_entropy
from hw1.training.orders import orders
from hw1.training.recipe import Recipe
from hw1.training.stacking import stack
from hw1.training.stacks import Stack

__all__ = ["Classified", "classify"]

Labels = NDArray[np.integer]  # (seeds, examples)
Floats = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True, eq=False)
class Classified:
    """Trained classifiers, one per seed.

    `stack`: the nets; `steps`: updates before each measurement, (T,); `curves`: `<set>_loss` (nats) and
    `<set>_accuracy` for each set, (K, T), and further records (K, T, ...); `diverged`: (K,).
    """

    stack: Stack
    seeds: Sequence[Any]
    steps: NDArray[np.int64]
    curves: dict[str, NDArray[np.floating]]
    diverged: NDArray[np.bool_]

    @property
    def last(self) -> dict[str, NDArray[np.floating]]:
        """The last value of each curve."""
        return {name: values[:, -1] for name, values in self.curves.items()}

    @property
    def best_accuracy(self) -> NDArray[np.floating]:
        """Highest test accuracy of each curve, which nobody knows without test labels."""
        best: NDArray[np.floating] = self.curves["test_accuracy"].max(1)
        return best

    def tables(self, arm: str, *, per: int = 1, **columns: NDArray[np.generic] | float) -> Tables:
        """`runs`: seed, arm, the `last` values and further columns; `curves`: seed, arm, step, and all curves.

        Parameters
        ----------
        per : updates in a step of the curves; those of an epoch count epochs
        """
        runs = pd.DataFrame({"seed": list(self.seeds), "arm": arm, **self.last, **columns})
        return Tables({"runs": runs, "curves": curve(self.seeds, arm, self.steps // per, **self.curves)})


def classify(
    nets: Sequence[nn.Module] | Stack,
    data: Problem,
    recipe: Recipe,
    *,
    seeds: Sequence[Any],
    draw: Draw,
    device: str,
    at: Sequence[int] = (),
    shown: Labels | None = None,
    also: Mapping[str, Labels] | None = None,
    further: Mapping[str, tuple[Floats, Labels]] | None = None,
    sets: Sequence[str] = ("train", "test"),
    loss: str | Loss = "cross_entropy",
    targets: Tensor | NDArray[np.generic] | None = None,
    order: Iterator[Tensor] | None = None,
    record: Record | None = None,
    on_update: Callable[[int, Tensor], None] | None = None,
    at_once: int | None = None,
    kept: Tensor | None = None,
) -> Classified:
    """Train one classifier per seed on its own examples, all side by side.

    Parameters
    ----------
    nets : one per seed, of one architecture, initialised; or their stack, where a record has to know it
    data : one data set per seed, from `hw1.data.problem`
    seeds, draw : minibatches come from the stream ``draw(seed, "order")``, dropout's masks from ``draw(seed,
        "dropout")``
    at : numbers of updates after which to measure, from 0 to `recipe.updates`; empty for the end alone
    shown : labels to train on, (seeds, examples), in the place of the data's own; "train" is measured on them
    also : further labels of the training inputs to measure on, by the name of the set; an example of label
        -100 has loss 0 and is never right, and stays among those that the means are taken over
    further : inputs and labels to measure on, by the name of the set, (seeds, examples, features) and (seeds, examples)
    sets : the parts of the data to measure on, besides those of `also` and `further`
    loss : what is trained, as in `train`; the curves' loss is cross-entropy
    targets : what the loss takes in the place of labels, (seeds, examples, ...), such as `soft_labels`; "train" is
        measured on the labels all the same
    order : minibatches in the place of new permutations from the stream "order", such as `fixed_orders`
    record : further functions of the stack to record at these steps, as in `train`
    on_update : called after each update, as in `train`
    at_once : examples per forward pass of a measurement; None for all
    kept : which weights there are, as in `train`

    Examples
    --------
    One hidden layer on scikit-learn's digits, for two seeds at once:

    >>> from hw1.data import problem
    >>> from hw1.nets.dense import dense, initialised
    >>> from hw1.streams import stream
    >>> from hw1.training import Recipe, classify
    >>> seeds, draw = (0, 1), lambda seed, purpose: stream("digits", 1, seed, purpose)
    >>> data = problem("digits", train=500, test=1_000, rngs=[draw(seed, "data") for seed in seeds])
    >>> nets = initialised(lambda: dense((64,), inputs=64, outputs=10), [draw(seed, "init") for seed in seeds])
    >>> recipe = Recipe(optimizer="adam", lr=0.003, updates=200, batch=50)
    >>> found = classify(nets, data, recipe, seeds=seeds, draw=draw, device="cpu", at=(0, 100, 200))
    >>> (found.last["test_accuracy"] > 0.9).all()
    np.True_
    >>> list(found.tables("adam")["runs"])
    ['seed', 'arm', 'train_loss', 'train_accuracy', 'test_loss', 'test_accuracy']
    """
    replicas = nets if isinstance(nets, Stack) else stack(nets, device, [draw(seed, "dropout") for seed in seeds])
    placed = {"train": data.x_train, "test": data.x_test, **{name: x for name, (x, _) in (further or {}).items()}}
    inputs = {name: replicas.place(x) for name, x in placed.items()}
    labels = data.y_train if shown is None else shown
    own = {"train": ("train", labels), "test": ("test", data.y_test)}
    measured = {name: own[name] for name in sets} | {name: ("train", y) for name, y in (also or {}).items()}
    measured |= {name: (name, y) for name, (_, y) in (further or {}).items()}
    trained = train(
        replicas,
        inputs["train"],
        labels if targets is None else targets,
        recipe,
        loss=loss,
        orders=order or _permutations(seeds, draw, labels.shape[1], recipe.batch, device),
        per_replica=True,
        record={"all": _measure(replicas, inputs, measured, at_once), **(record or {})},
        at=at,
        on_update=on_update,
        kept=kept,
    )
    names = [f"{name}_{what}" for name in measured for what in ("loss", "accuracy")]
    curves = {name: trained.curves["all"][:, :, i] for i, name in enumerate(names)}
    curves |= {name: trained.curves[name] for name in record or {}}
    return Classified(stack=replicas, seeds=seeds, steps=trained.steps, curves=curves, diverged=trained.diverged)


def _permutations(seeds: Sequence[Any], draw: Draw, n: int, batch: int | None, device: str) -> Iterator[Tensor] | None:
    return orders([draw(seed, "order") for seed in seeds], n, batch, device) if batch else None


def _measure(
    replicas: Stack, inputs: Mapping[str, Tensor], sets: Mapping[str, tuple[str, Labels]], at_once: int | None
) -> Callable[[Stack], Tensor]:
    """Loss and accuracy on each set, (K, 2 x sets); outputs are computed once for sets that share their inputs."""
    labels = {name: replicas.place(y) for name, (_, y) in sets.items()}
    parts = dict.fromkeys(part for part, _ in sets.values())

    def measure(stack: Stack) -> Tensor:
        outputs = {part: outputs_of(stack, inputs[part], at_once=at_once) for part in parts}
        pairs = [(outputs[part], labels[name]) for name, (part, _) in sets.items()]
        return torch.stack([f(*pair) for pair in pairs for f in (cross_entropy, accuracy)], dim=1)

    return measure
