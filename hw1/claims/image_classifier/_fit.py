"""Training image classifiers with their curves: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import CLASSES as CLASSES
from hw1.data import SHAPES as SHAPES
from hw1.data import Problem, problems
from hw1.data import external_data as external_data
from hw1.tables import Tables, curve
from hw1.tables import in_place_of as in_place_of  # for the controls of this family

if TYPE_CHECKING:
    from torch import nn

    from hw1.nets.convolutional import Cnn
    from hw1.training import Loss, Recipe, Stack

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream
Floats = NDArray[np.float32]
Extra = Callable[["Stack"], Mapping[str, NDArray[np.floating]]]

TEST_CHUNK = 1_000  # examples per forward pass of a measurement


@dataclass(frozen=True, kw_only=True)
class Training:
    """Data and training: Adam with cosine decay of the learning rate."""

    data: str  # digits, mnist1d or cifar10
    train: int  # examples
    test: int
    batch: int
    epochs: int
    every: int = 3  # epochs between two measurements
    lr: float
    schedule: str = "cosine"
    stack: int

    @property
    def per_epoch(self) -> int:
        """Updates in an epoch; what does not fill a last batch is dropped."""
        return self.train // self.batch

    @property
    def updates_in_all(self) -> int:
        """Updates of the whole training."""
        return self.epochs * self.per_epoch


Setting = TypeVar("Setting", bound=Training)


def published(setting: Setting) -> Setting:
    """The same with the data and the training of TensorFlow's tutorial: all of CIFAR-10, Adam at 1e-3, 10 epochs of 32.

    tensorflow.org/tutorials/images/cnn (github.com/tensorflow/docs, site/en/tutorials/images/cnn.ipynb): "a test
    accuracy of over 70%" after 10 epochs. Its net has convolutions of 32, 64 and 64 filters and a hidden dense layer of
    64 units, 122,570 parameters; it does not pad its convolutions and pools twice. With padding and three poolings the
    same 4 x 4 x 64 numbers reach the first dense layer. Seen here: docs/cifar10.md.
    """
    return replace(
        setting,
        data="cifar10",
        train=50_000,
        test=10_000,
        batch=32,
        epochs=10,
        every=1,
        lr=1e-3,
        schedule="constant",
        stack=2,  # 1.5 GB of inputs
    )


def problem(setting: Training, seeds: Sequence[int], draw: Draw, *, permuted: bool = False) -> Problem:
    """Examples of a setting for each seed; `permuted` moves the pixels of all its images by one permutation."""
    rngs = [draw(seed, "data") for seed in seeds]
    drawn = problems.problem(setting.data, train=setting.train, test=setting.test, rngs=rngs)
    if not permuted:
        return drawn
    orders = [draw(seed, "pixels").permutation(drawn.x_train.shape[-1]) for seed in seeds]
    return replace(drawn, x_train=_reordered(drawn.x_train, orders), x_test=_reordered(drawn.x_test, orders))


def fit(
    setting: Training,
    net: "Cnn",
    data: Problem,
    *,
    weight_decay: float = 0.0,
    arm: str,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    extra: Extra | None = None,
) -> Tables:
    """Train one net of a description per seed with Adam; see `trained`."""
    from hw1.nets.convolutional import convolutional
    from hw1.nets.dense import initialised
    from hw1.training import Recipe

    nets = initialised(lambda: convolutional(net), [draw(seed, "init") for seed in seeds])
    recipe = Recipe(
        optimizer="adam",
        lr=setting.lr,
        schedule=setting.schedule,
        weight_decay=weight_decay,
        updates=setting.updates_in_all,
        batch=setting.batch,
    )
    return trained(setting, nets, recipe, data, arm=arm, seeds=seeds, draw=draw, device=device, extra=extra)


def trained(
    setting: Training,
    nets: "Sequence[nn.Module]",
    recipe: "Recipe",
    data: Problem,
    *,
    loss: "str | Loss" = "cross_entropy",
    arm: str,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    extra: Extra | None = None,
) -> Tables:
    """Train one net per seed. Everything is measured without what is random in training.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update;
    best_accuracy, the highest test accuracy of the curve, which nobody knows without test labels; parameters; diverged;
    and what `extra` measures on the trained stack. `curves`: seed, arm, step (epoch), the two losses and accuracies.
    """
    from hw1.training import Examples, classify, orders

    examples = Examples(x=data.x_train, y=data.y_train)
    replicas, fitted = classify(
        nets,
        examples,
        recipe,
        loss=loss,
        sets={"train": examples, "test": Examples(x=data.x_test, y=data.y_test)},
        orders=orders([draw(seed, "order") for seed in seeds], setting.train, setting.batch, device),
        at=sorted({*range(0, setting.updates_in_all, setting.per_epoch * setting.every), setting.updates_in_all}),
        device=device,
        masks=[draw(seed, "dropout") for seed in seeds],
        at_once=TEST_CHUNK,
    )
    runs = {
        **{name: values[:, -1] for name, values in fitted.curves.items()},
        "best_accuracy": fitted.curves["test_accuracy"].max(1),
        "parameters": replicas.P,
        "diverged": fitted.diverged,
        **(extra(replicas) if extra else {}),
    }
    return Tables(
        {
            "runs": pd.DataFrame({"seed": list(seeds), "arm": arm, **runs}),
            "curves": curve(seeds, arm, fitted.steps // setting.per_epoch, **fitted.curves),
        }
    )


def _reordered(x: Floats, orders: Sequence[NDArray[np.int64]]) -> Floats:
    return np.stack([rows[:, order] for rows, order in zip(x, orders, strict=True)])
