"""A family of dense nets with one knob, the width of its hidden layer: what the experiments of this family share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw1.data import CLASSES, corrupt
from hw1.settings import InUpdates
from hw1.streams import Draw
from hw1.tables import Tables


@dataclass(frozen=True, kw_only=True)
class Family(InUpdates):
    """Data and training; the widths belong to the arms."""

    data: str = "mnist1d"
    noise: float = 0.0  # share of the training labels that are redrawn
    records: int = 4  # measurements after the start, evenly spaced
    depth: int = 1  # hidden layers, all of one width
    optimizer: str = "adam"
    schedule: str = "cosine"
    stack: int = 12


def fit(setting: Family, width: int, *, arm: str, seeds: Sequence[int], draw: Draw, device: str) -> Tables:
    """Train one net per seed, with ReLU layers of one width.

    `runs`: seed, arm; width, parameters; train_loss and test_loss (nats), train_accuracy and test_accuracy after the
    last update, in training on the labels that were shown; loss_gap, test less training loss; best_accuracy, the
    highest test accuracy of the curve; diverged. `curves`: seed, arm, step (update), the two losses and accuracies.
    """
    from hw1.nets.dense import classifiers, count_parameters
    from hw1.training import classify

    data, widths = setting.problem(seeds, draw), (width,) * setting.depth
    labels = zip(data.y_train, seeds, strict=True)
    trained = classify(
        classifiers(data, widths, [draw(seed, "init") for seed in seeds]),
        data,
        setting.recipe(),
        seeds=seeds,
        draw=draw,
        device=device,
        at=sorted({round(i * setting.updates / setting.records) for i in range(setting.records + 1)}),
        shown=np.stack([corrupt(y, setting.noise, CLASSES, draw(seed, "labels"))[0] for y, seed in labels]),
    )
    return trained.tables(
        arm,
        width=width,
        parameters=count_parameters(widths, inputs=data.x_train.shape[-1], outputs=CLASSES),
        loss_gap=trained.last["test_loss"] - trained.last["train_loss"],
        best_accuracy=trained.best_accuracy,
        diverged=trained.diverged,
    )
