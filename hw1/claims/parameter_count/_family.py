"""A family of dense nets with one knob, the width of its hidden layer: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import Split, cifar10, cifar10_digest, corrupt, digits, mnist1d
from hw1.figures import Panel, Series, spread
from hw1.tables import Tables, curve

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream
CLASSES = 10  # of all three data sets
FITTED = 0.99  # training accuracy from which on a net interpolates


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
    from hw1.nets import count_parameters, dense, initialise
    from hw1.training import Examples, Recipe, classify, orders

    splits = [_split(setting, draw(seed, "data")) for seed in seeds]
    shown = [
        corrupt(s.y_train, setting.noise, CLASSES, draw(seed, "labels"))[0]
        for s, seed in zip(splits, seeds, strict=True)
    ]
    examples = Examples(x=np.stack([s.x_train for s in splits]), y=np.stack(shown))
    test = Examples(x=np.stack([s.x_test for s in splits]), y=np.stack([s.y_test for s in splits]))
    inputs = examples.x.shape[-1]
    widths = (width,) * setting.depth
    nets = [dense(widths, inputs=inputs, outputs=CLASSES) for _ in seeds]
    for net, seed in zip(nets, seeds, strict=True):
        initialise(net, draw(seed, "init"))
    feed = (
        orders([draw(seed, "order") for seed in seeds], setting.train, setting.batch, device) if setting.batch else None
    )
    _, trained = classify(
        nets,
        examples,
        Recipe(
            optimizer=setting.optimizer,
            lr=setting.lr,
            momentum=setting.momentum,
            schedule=setting.schedule,
            updates=setting.updates,
            batch=setting.batch,
        ),
        sets={"train": examples, "test": test},
        orders=feed,
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


def external_data(setting: Family) -> str:
    """Digest of the images that a setting reads from outside; empty where there are none."""
    return cifar10_digest() if setting.data == "cifar10" else ""


def of_equal_width(arm: str, tables: Tables) -> Tables:
    """For controls: every arm has the runs of one arm."""
    runs = tables["runs"]
    one = runs[runs["arm"] == arm].drop(columns=["arm", "width", "parameters"])
    own = runs[["seed", "arm", "width", "parameters"]]
    return tables.replaced(runs=own.merge(one, on="seed"))


def threshold(runs: pd.DataFrame, level: float = FITTED) -> float | None:
    """Parameters from which on the median training accuracy is at least the level; None where it is never."""
    medians = runs.groupby("parameters")["train_accuracy"].median()
    reached = medians[medians >= level]
    return float(reached.index[0]) if len(reached) else None


def family_panel(runs: pd.DataFrame, metrics: Mapping[str, str], label: str, *, y_log: bool = False) -> Panel:
    """One or more metrics over the number of parameters, with the interpolation threshold marked."""
    at = threshold(runs)
    return Panel(
        x_label="parameters",
        y_label=label,
        series=tuple(_over_parameters(name, runs, metric) for metric, name in metrics.items()),
        x_log=True,
        y_log=y_log,
        places={} if at is None else {f"{FITTED:.0%} of the training labels fitted": at},
    )


def _over_parameters(name: str, runs: pd.DataFrame, metric: str) -> Series:
    wide = runs.pivot(index="seed", columns="parameters", values=metric)
    return spread(name, wide.columns.to_numpy(dtype=float), wide.to_numpy(dtype=float))


def _split(setting: Family, rng: np.random.Generator) -> Split:
    make = {"digits": digits, "mnist1d": mnist1d, "cifar10": _cifar10}[setting.data]
    return make(rng, train=setting.train, test=setting.test)


def _cifar10(rng: np.random.Generator, *, train: int, test: int) -> Split:
    """Images as rows of numbers, standardised by mean and deviation of all training numbers that were drawn."""
    both = cifar10()
    (images, y), (images_test, y_test) = (
        (part.images[rows], part.labels[rows])
        for part, n in ((both.train, train), (both.test, test))
        for rows in [np.sort(rng.permutation(len(part.labels))[:n])]
    )
    shares = np.bincount(images.ravel(), minlength=256) / images.size
    mean = float(shares @ np.arange(256))
    deviation = float(np.sqrt(shares @ (np.arange(256) - mean) ** 2))
    x, x_test = (_rows(part, mean, deviation) for part in (images, images_test))
    return Split(x_train=x, y_train=y, x_test=x_test, y_test=y_test, classes=CLASSES)


def _rows(images: NDArray[np.uint8], mean: float, deviation: float) -> NDArray[np.float32]:
    rows: NDArray[np.float32] = (images.reshape(len(images), -1).astype(np.float32) - mean) / np.float32(deviation)
    return rows
