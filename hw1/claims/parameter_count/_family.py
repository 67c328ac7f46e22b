"""A family of dense nets with one knob, the width of its hidden layer: what the experiments of this family share."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hw1.data import CLASSES, corrupt, problem
from hw1.data import external_data as external_data
from hw1.tables import Tables, curve

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Recipe

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream


@dataclass(frozen=True, kw_only=True)
class Family:
    """Data and training; the widths belong to the arms."""

    data: str = "mnist1d"  # or digits, cifar10
    train: int
    test: int
    noise: float = 0.0  # share of the training labels that are redrawn
    batch: int | None  # None for all examples
    updates: int
    looks: int = 6  # measurements after the start, evenly spaced
    depth: int = 1  # hidden layers, all of one width
    optimizer: str = "adam"
    lr: float
    momentum: float = 0.0
    schedule: str = "cosine"
    stack: int


def fit(setting: Family, width: int, *, arm: str, seeds: Sequence[int], draw: Draw, device: str) -> Tables:
    """Train one net per seed, with ReLU layers of one width.

    `runs`: seed, arm; width, parameters; train_loss and test_loss (nats), train_accuracy and test_accuracy after the
    last update, in training on the labels that were shown; loss_gap, test less training loss; best_accuracy, the
    highest test accuracy of the curve; diverged. `curves`: seed, arm, step (update), the two losses and accuracies.
    """
    from hw1.nets.dense import count_parameters, dense, initialised
    from hw1.training import Examples, classify

    rngs = {purpose: [draw(seed, purpose) for seed in seeds] for purpose in ("data", "labels", "init", "order")}
    data = problem(setting.data, train=setting.train, test=setting.test, rngs=rngs["data"])
    shown = [corrupt(y, setting.noise, CLASSES, rng)[0] for y, rng in zip(data.y_train, rngs["labels"], strict=True)]
    examples = Examples(x=data.x_train, y=np.stack(shown))
    inputs = data.x_train.shape[-1]
    widths = (width,) * setting.depth
    _, trained = classify(
        initialised(lambda: dense(widths, inputs=inputs, outputs=CLASSES), rngs["init"]),
        examples,
        _recipe(setting),
        sets={"train": examples, "test": Examples(x=data.x_test, y=data.y_test)},
        orders=_orders(setting, rngs["order"], device),
        at=sorted({round(i * setting.updates / setting.looks) for i in range(setting.looks + 1)}),
        device=device,
    )
    last = {name: values[:, -1] for name, values in trained.curves.items()}
    runs = pd.DataFrame(
        {
            "seed": list(seeds),
            "arm": arm,
            "width": width,
            "parameters": count_parameters(widths, inputs=inputs, outputs=CLASSES),
            **last,
            "loss_gap": last["test_loss"] - last["train_loss"],
            "best_accuracy": trained.curves["test_accuracy"].max(1),
            "diverged": trained.diverged,
        }
    )
    return Tables({"runs": runs, "curves": curve(seeds, arm, trained.steps, **trained.curves)})


def of_equal_width(arm: str, tables: Tables) -> Tables:
    """For controls: every arm has the runs of one arm."""
    runs = tables["runs"]
    one = runs[runs["arm"] == arm].drop(columns=["arm", "width", "parameters"])
    own = runs[["seed", "arm", "width", "parameters"]]
    return tables.replaced(runs=own.merge(one, on="seed"))


def _recipe(setting: Family) -> "Recipe":
    from hw1.training import Recipe

    return Recipe(
        optimizer=setting.optimizer,
        lr=setting.lr,
        momentum=setting.momentum,
        schedule=setting.schedule,
        updates=setting.updates,
        batch=setting.batch,
    )


def _orders(setting: Family, rngs: Sequence[np.random.Generator], device: str) -> "Iterator[Tensor] | None":
    from hw1.training import orders

    return orders(rngs, setting.train, setting.batch, device) if setting.batch else None
