"""Dense nets by SGD, read at one place of their training or more: what the experiments of this family share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import CLASSES, Problem, corrupt
from hw1.settings import Dense
from hw1.streams import Draw
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack, Stop

# Arms: seven batch sizes, at one rate or at rates in proportion to them.
FIXED, LINEAR = (tuple(f"{rule}_{size}" for size in range(1, 8)) for rule in ("fixed", "linear"))


@dataclass(frozen=True, kw_only=True)
class Nets(Dense):
    """Data and net."""

    data: str = "mnist1d"
    train: int = 512
    test: int = 2_000
    points: int = 256  # of the training and of the test part, at which sensitivity is measured
    widths: tuple[int, ...] = (64, 64)
    noise: float = 0.0  # share of the training labels that are redrawn
    stack: int = 12


# What `full` has in common.
CIFAR10: dict[str, Any] = {
    "data": "cifar10", "train": 16_384, "test": 10_000, "points": 1_000, "widths": (512, 512), "stack": 2,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Where to read a training: after given updates, and where the loss of the whole training set is at a level.

    `checks` are the updates at which that loss is computed, the last of them the cap; none where no level is meant.
    """

    at: Mapping[str, int]
    level: float = 0.0
    checks: Sequence[int] = ()

    @property
    def updates(self) -> int:
        """Length of the training."""
        return max(*self.at.values(), *self.checks[-1:], 1)


def geometric(first: float, last: int, n: int) -> tuple[int, ...]:
    """At most n numbers of updates, evenly spaced in their logarithm."""
    return tuple(np.unique(np.rint(np.geomspace(max(first, 1), last, n)).astype(int)).tolist())


def fit(
    setting: Nets, reading: Reading, *, batch: int, lr: float, arm: str, seeds: Sequence[int], draw: Draw, device: str
) -> Tables:
    """Train one net per seed with plain SGD, and measure it at every place of the reading.

    `stops`, a row per seed and place: seed, arm; budget, the name of the place ("loss" for the level); update, at which
    the net was there; reached, false where the cap stopped it; train_loss and test_loss (nats), train_accuracy and
    test_accuracy; logit_jacobian and softmax_jacobian, mean Frobenius norm at test points; test_gradient and
    train_gradient, mean norm of the loss's gradient at the inputs (nats per unit of input) of test and of training
    points; minibatch_gradient, norm of the gradient in the weights that the last update followed; diverged.
    `runs`: seed, arm; batch, lr; train_loss, test_accuracy and logit_jacobian at the first of the places; capped,
    whether the net was stopped before it reached the level of training loss; diverged.
    """
    from hw1.training import Level, Recipe, Stops, classify, cross_entropy, stack

    data = _with_noise(setting.problem(seeds, draw), setting.noise, [draw(seed, "labels") for seed in seeds])
    replicas = stack(setting.nets(data, seeds, draw), device)
    x, y = replicas.place(data.x_train), replicas.place(data.y_train)
    parts = {"train": (x, y), "test": (replicas.place(data.x_test), replicas.place(data.y_test))}
    level = Level(x=x, y=y, loss=cross_entropy, value=reading.level, checks=reading.checks)
    stops = Stops(replicas, reading.at, {"loss": level} if reading.checks else {})
    part = None if batch == setting.train else batch
    recipe = Recipe(optimizer="sgd", lr=lr, updates=reading.updates, batch=part)
    found = classify(replicas, data, recipe, seeds=seeds, draw=draw, device=device, on_update=stops)
    about = {"seed": list(seeds), "arm": arm, "diverged": found.diverged}
    rows = [
        pd.DataFrame({**about, "budget": name, **_measured(replicas, stop, parts, setting.points)})
        for name, stop in stops.kept().items()
    ]
    return tables_of(_without_nan(pd.concat(rows, ignore_index=True)), batch=batch, lr=lr)


def _with_noise(data: Problem, noise: float, rngs: Sequence[np.random.Generator]) -> Problem:
    """The same data with a share of each seed's training labels redrawn."""
    labels = [corrupt(y, noise, CLASSES, rng)[0] for y, rng in zip(data.y_train, rngs, strict=True)]
    return replace(data, y_train=np.stack(labels))


def tables_of(stops: pd.DataFrame, *, batch: int, lr: float) -> Tables:
    """Both tables of `fit`, from its stops."""
    first = stops[stops["budget"] == stops["budget"].iloc[0]].assign(batch=batch, lr=lr)
    runs = first.assign(capped=first["seed"].map(~stops.groupby("seed")["reached"].all()))
    columns = ["seed", "arm", "batch", "lr", "train_loss", "test_accuracy", "logit_jacobian", "capped", "diverged"]
    return Tables({"runs": runs[columns].reset_index(drop=True), "stops": stops})


def _measured(
    stack: Stack, stop: Stop, parts: Mapping[str, tuple[Tensor, Tensor]], points: int
) -> dict[str, NDArray[np.generic]]:
    """The columns of a place, with those of sensitivity at the first points of each part."""
    from hw1.measures.sensitivity import input_gradient_norms, jacobian_norms, logits, softmax
    from hw1.training import accuracy, cross_entropy, outputs_of

    stack.restore(stop.nets)
    found = {"update": stop.update, "reached": stop.reached, "minibatch_gradient": stop.gradient}
    for name, (x, y) in parts.items():
        outputs = outputs_of(stack, x)
        found[f"{name}_loss"], found[f"{name}_accuracy"] = cross_entropy(outputs, y), accuracy(outputs, y)
        found[f"{name}_gradient"] = input_gradient_norms(logits(stack), x[:, :points], y[:, :points]).mean(1)
    near = parts["test"][0][:, :points]
    found["logit_jacobian"] = jacobian_norms(logits(stack), near).mean(1)
    found["softmax_jacobian"] = jacobian_norms(softmax(stack), near).mean(1)
    return {name: values.detach().cpu().numpy() for name, values in found.items()}


def _without_nan(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers that a diverged net could not give become +inf; those of a healthy one are an error."""
    missing = frame.isna()
    broken = missing.any(axis=1) & ~frame["diverged"]
    if broken.any():
        row = frame[broken].iloc[0]
        raise ValueError(f"a measure of seed {row['seed']} in {row['arm']} is NaN, and its training has not diverged")
    return frame.mask(missing, np.inf)
