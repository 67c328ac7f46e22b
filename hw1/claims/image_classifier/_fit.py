"""Training image classifiers with their curves: what the experiments of this family share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from hw1.data import CLASSES, SHAPES, Problem
from hw1.settings import InEpochs
from hw1.streams import Draw
from hw1.tables import Tables

if TYPE_CHECKING:
    from hw1.nets.convolutional import Cnn
    from hw1.training import Classified

AT_ONCE = 1_000  # examples per forward pass of a measurement


@dataclass(frozen=True, kw_only=True)
class Training(InEpochs):
    """Data and training: Adam with cosine decay of the learning rate where nothing else is said."""

    every: int = 3  # epochs between two measurements
    optimizer: str = "adam"
    schedule: str = "cosine"
    stack: int = 12


@dataclass(frozen=True, kw_only=True)
class Convolutional(Training):
    """The same with a convolutional net."""

    filters: tuple[int, ...]  # of each convolution; each is followed by a halving of the sides
    kernel: int
    dense: tuple[int, ...] = ()  # hidden units behind the convolutions

    def cnn(self, **changes: Any) -> "Cnn":
        """The net; `changes` are fields of `hw1.nets.convolutional.Cnn` in which an arm differs."""
        from hw1.nets.convolutional import Cnn

        own = {"filters": self.filters, "kernel": self.kernel, "widths": self.dense}
        return Cnn(inputs=SHAPES[self.data], outputs=CLASSES, **{**own, **changes})

    def published(self) -> Self:
        """The same at the scale of TensorFlow's tutorial: all of CIFAR-10, Adam at 1e-3, 10 epochs of 32.

        tensorflow.org/tutorials/images/cnn (github.com/tensorflow/docs, site/en/tutorials/images/cnn.ipynb): "a test
        accuracy of over 70%" after 10 epochs. Its net has convolutions of 32, 64 and 64 filters and a hidden dense
        layer of 64 units, 122,570 parameters; it does not pad its convolutions and pools twice. With padding and three
        poolings the same 4 x 4 x 64 numbers reach the first dense layer. Seen here: docs/cifar10.md.
        """
        return replace(
            self, data="cifar10", train=50_000, test=10_000, filters=(32, 64, 64), kernel=3, dense=(64,), batch=32,
            epochs=10, every=1, lr=1e-3, schedule="constant",
            stack=2,  # 1.5 GB of inputs
        )  # fmt: skip


def fit(
    setting: Training, cnn: "Cnn", data: Problem, *, seeds: Sequence[int], draw: Draw, device: str, **changes: Any
) -> "Classified":
    """Train one net of a description per seed; `changes` are fields of the recipe in which an arm differs."""
    from hw1.nets.convolutional import convolutional
    from hw1.nets.dense import initialised
    from hw1.training import classify

    nets = initialised(lambda: convolutional(cnn), [draw(seed, "init") for seed in seeds])
    return classify(
        nets, data, setting.recipe(**changes), seeds=seeds, draw=draw, device=device,
        at=setting.each(setting.every), at_once=AT_ONCE,
    )  # fmt: skip


def tabled(found: "Classified", setting: Training, arm: str, **columns: NDArray[np.generic]) -> Tables:
    """What was trained, in tables; everything is measured without what is random in training.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update;
    best_accuracy, the highest test accuracy of the curve, which nobody knows without test labels; parameters; diverged;
    and further columns. `curves`: seed, arm, step (epoch), the two losses and accuracies.
    """
    return found.tables(
        arm, per=setting.per_epoch, best_accuracy=found.best_accuracy, parameters=found.stack.P,
        diverged=found.diverged, **columns,
    )  # fmt: skip
