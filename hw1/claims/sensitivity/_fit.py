"""Dense nets by SGD, read at one place of their training or more: what the experiments of this family share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import CLASSES, corrupt, problem
from hw1.data import external_data as external_data
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack, Stop

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream


@dataclass(frozen=True, kw_only=True)
class Nets:
    """Data and net."""

    data: str = "mnist1d"  # or digits, cifar10
    train: int = 512
    test: int = 2_000
    points: int = 256  # of the training and of the test part, at which sensitivity is measured
    widths: tuple[int, ...] = (64, 64)  # ReLU units in each hidden layer
    noise: float = 0.0  # share of the training labels that are redrawn
    stack: int = 8  # as fast for a seed as 24, and 1,000 seeds of a block are whole stacks


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Where to read a training: after given updates, and where the loss of the whole training set is at a level.

    `looks` are the updates at which that loss is computed, the last of them the cap; none where no level is meant.
    """

    at: Mapping[str, int]
    level: float = 0.0
    looks: Sequence[int] = ()

    @property
    def updates(self) -> int:
        """Length of the training."""
        return max(*self.at.values(), *self.looks[-1:], 1)


def fit(
    setting: Nets,
    reading: Reading,
    *,
    batch: int,
    lr: float,
    arm: str,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
) -> pd.DataFrame:
    """Train one net per seed with plain SGD, and measure it at every place of the reading.

    Columns: seed, arm; budget, the name of the place ("loss" for the level); update, at which the net was there;
    reached, false where the cap stopped it; train_loss and test_loss (nats), train_accuracy and test_accuracy;
    logit_jacobian and softmax_jacobian, mean Frobenius norm at test points; test_gradient and train_gradient, mean
    norm of the loss's gradient at the inputs (nats per unit of input) of test and of training points;
    minibatch_gradient, norm of the gradient in the weights that the last update followed; diverged.
    """
    from hw1.nets.dense import dense, initialised
    from hw1.training import Level, Recipe, Stops, cross_entropy, orders, stack, train

    rngs = {purpose: [draw(seed, purpose) for seed in seeds] for purpose in ("data", "labels", "init", "order")}
    data = problem(setting.data, train=setting.train, test=setting.test, rngs=rngs["data"])
    shown = [corrupt(y, setting.noise, CLASSES, rng)[0] for y, rng in zip(data.y_train, rngs["labels"], strict=True)]
    inputs = data.x_train.shape[-1]
    nets = initialised(lambda: dense(setting.widths, inputs=inputs, outputs=CLASSES), rngs["init"])
    replicas = stack(nets, device)
    x, y, x_test, y_test = (replicas.place(v) for v in (data.x_train, np.stack(shown), data.x_test, data.y_test))
    level = Level(x=x, y=y, loss=cross_entropy, value=reading.level, looks=reading.looks)
    stops = Stops(replicas, reading.at, {"loss": level} if reading.looks else {})
    trained = train(
        replicas,
        x,
        y,
        Recipe(optimizer="sgd", lr=lr, updates=reading.updates, batch=None if batch == setting.train else batch),
        loss="cross_entropy",
        orders=None if batch == setting.train else orders(rngs["order"], setting.train, batch, device),
        per_replica=True,
        on_update=stops,
    )
    parts = {"train": (x, y), "test": (x_test, y_test)}
    rows = [
        pd.DataFrame({"seed": list(seeds), "arm": arm, "budget": name, **_measured(replicas, stop, parts, setting)})
        for name, stop in stops.kept().items()
    ]
    diverged = pd.DataFrame({"seed": list(seeds), "diverged": trained.diverged})
    return _without_nan(pd.concat(rows, ignore_index=True).merge(diverged, on="seed"))


def tables_of(stops: pd.DataFrame, *, batch: int, lr: float) -> Tables:
    """What `fit` gave as the tables of an experiment.

    `stops`: see `fit`, one row per seed, arm and budget. `runs`: seed, arm; batch, lr; train_loss, test_accuracy and
    logit_jacobian under the first of the budgets; capped, whether the net was stopped before it reached the level of
    training loss; diverged.
    """
    first = stops[stops["budget"] == stops["budget"].iloc[0]].assign(batch=batch, lr=lr)
    capped = ~stops.groupby("seed")["reached"].all()
    runs = first.assign(capped=first["seed"].map(capped))
    columns = ["seed", "arm", "batch", "lr", "train_loss", "test_accuracy", "logit_jacobian", "capped", "diverged"]
    return Tables({"runs": runs[columns].reset_index(drop=True), "stops": stops})


def _measured(
    stack: Stack, stop: Stop, parts: Mapping[str, tuple[Tensor, Tensor]], setting: Nets
) -> dict[str, NDArray[np.generic]]:
    """The columns of `fit` at one stop, in its order."""
    from hw1.measures.sensitivity import input_gradient_norms, jacobian_norms, logits, softmax
    from hw1.training import accuracy, cross_entropy, outputs_of

    stack.load(stop.weights)
    near = {name: (x[:, : setting.points], y[:, : setting.points]) for name, (x, y) in parts.items()}
    outputs = {name: (outputs_of(stack, x), y) for name, (x, y) in parts.items()}
    found = {"update": stop.update, "reached": stop.reached}
    found |= {f"{name}_loss": cross_entropy(*pair) for name, pair in outputs.items()}
    found |= {f"{name}_accuracy": accuracy(*pair) for name, pair in outputs.items()}
    found["logit_jacobian"] = jacobian_norms(logits(stack), near["test"][0]).mean(1)
    found["softmax_jacobian"] = jacobian_norms(softmax(stack), near["test"][0]).mean(1)
    for name in ("test", "train"):
        found[f"{name}_gradient"] = input_gradient_norms(logits(stack), *near[name]).mean(1)
    found["minibatch_gradient"] = stop.gradient
    return {name: values.detach().cpu().numpy() for name, values in found.items()}


def _without_nan(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers that a diverged net could not give become +inf; those of a healthy one are an error."""
    missing = frame.isna()
    broken = missing.any(axis=1) & ~frame["diverged"]
    if broken.any():
        row = frame[broken].iloc[0]
        raise ValueError(f"a measure of seed {row['seed']} in {row['arm']} is NaN, and its training has not diverged")
    return frame.mask(missing, np.inf)
