"""Training image classifiers with their curves: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import Split, cifar10, cifar10_digest, digits, mnist1d
from hw1.tables import Tables, curve
from hw1.tables import in_place_of as in_place_of  # for the controls of this family

if TYPE_CHECKING:
    from hw1.convolution import Cnn
    from hw1.training import Stack

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream
Floats = NDArray[np.float32]

CLASSES = 10  # of all three data sets
SHAPES = {"mnist1d": (1, 1, 40), "digits": (1, 8, 8), "cifar10": (3, 32, 32)}  # channels, height, width
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


Setting = TypeVar("Setting", bound=Training)


def published(setting: Setting) -> Setting:
    """The same with the data and the training of TensorFlow's tutorial: all of CIFAR-10, Adam at 1e-3, 10 epochs of 32.

    tensorflow.org/tutorials/images/cnn: test accuracy about 0.7 after 10 epochs. Its net has convolutions of 32, 64 and
    64 filters and a hidden dense layer of 64 units, 122,570 parameters; it does not pad its convolutions and pools
    twice. With padding and three poolings the same 4 x 4 x 64 numbers reach the first dense layer.
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """One data set per seed: x (seeds, examples, features) and labels (seeds, examples)."""

    x_train: Floats
    y_train: NDArray[np.int64]
    x_test: Floats
    y_test: NDArray[np.int64]


def problem(setting: Training, seeds: Sequence[int], draw: Draw, *, permuted: bool = False) -> Problem:
    """Examples of a setting for each seed; `permuted` moves the pixels of all its images by one permutation."""
    splits = [_split(setting, draw(seed, "data")) for seed in seeds]
    if permuted:
        splits = [_permuted(split, draw(seed, "pixels")) for split, seed in zip(splits, seeds, strict=True)]
    return Problem(
        x_train=np.stack([split.x_train for split in splits]),
        y_train=np.stack([split.y_train for split in splits]),
        x_test=np.stack([split.x_test for split in splits]),
        y_test=np.stack([split.y_test for split in splits]),
    )


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
    extra: "Callable[[Stack], Mapping[str, NDArray[np.floating]]] | None" = None,
) -> Tables:
    """Train one net per seed; everything is measured without dropout.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update;
    best_accuracy, the highest test accuracy of the curve, which nobody knows without test labels; parameters; diverged;
    and what `extra` measures on the trained stack. `curves`: seed, arm, step (epoch), the two losses and accuracies.
    """
    import torch

    from hw1.convolution import convolutional
    from hw1.nets import initialise
    from hw1.training import Recipe, Stack, evaluate, orders, stack, train

    nets = [convolutional(net) for _ in seeds]
    for one, seed in zip(nets, seeds, strict=True):
        initialise(one, draw(seed, "init"))
    replicas = stack(nets, device, masks=[draw(seed, "dropout") for seed in seeds])
    x, y = replicas.place(data.x_train), replicas.place(data.y_train)
    x_test, y_test = replicas.place(data.x_test), replicas.place(data.y_test)

    def measured(stack: Stack) -> torch.Tensor:
        both = ((x, y), (x_test, y_test))
        return torch.cat([evaluate(stack, *some, at_once=TEST_CHUNK) for some in both], dim=1)

    per_epoch = setting.train // setting.batch
    updates = setting.epochs * per_epoch
    trained = train(
        replicas,
        x,
        y,
        Recipe(
            optimizer="adam",
            lr=setting.lr,
            schedule=setting.schedule,
            weight_decay=weight_decay,
            updates=updates,
            batch=setting.batch,
        ),
        loss="cross_entropy",
        orders=orders([draw(seed, "order") for seed in seeds], setting.train, setting.batch, device),
        per_replica=True,
        record={"all": measured},
        at=sorted({*range(0, updates, per_epoch * setting.every), updates}),
    )
    names = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
    curves = {name: trained.curves["all"][:, :, i] for i, name in enumerate(names)}
    runs = pd.DataFrame(
        {
            "seed": list(seeds),
            "arm": arm,
            **{name: values[:, -1] for name, values in curves.items()},
            "best_accuracy": curves["test_accuracy"].max(1),
            "parameters": net.parameters,
            "diverged": trained.diverged,
            **(extra(replicas) if extra else {}),
        }
    )
    return Tables({"runs": runs, "curves": curve(seeds, arm, trained.steps // per_epoch, **curves)})


def external_data(setting: Training) -> str:
    """Digest of the images that a setting reads from outside; empty where there are none."""
    return cifar10_digest() if setting.data == "cifar10" else ""


def _split(setting: Training, rng: np.random.Generator) -> Split:
    make = {"digits": digits, "mnist1d": mnist1d, "cifar10": _cifar10}[setting.data]
    return make(rng, train=setting.train, test=setting.test)


def _permuted(split: Split, rng: np.random.Generator) -> Split:
    order = rng.permutation(split.x_train.shape[1])
    return replace(split, x_train=split.x_train[:, order], x_test=split.x_test[:, order])


def _cifar10(rng: np.random.Generator, *, train: int, test: int) -> Split:
    """Images by channel, row and column, each channel standardised by its mean and deviation in the training part."""
    both = cifar10()
    rows = rng.permutation(len(both.train.labels))[:train]
    test_rows = rng.permutation(len(both.test.labels))[:test]
    if len(rows) < train or len(test_rows) < test:
        raise ValueError(
            f"{train} training and {test} test images are not to be had from {len(rows)} and {len(test_rows)}. "
            f"Use a smaller `train` or `test`."
        )
    parts = [(both.train, np.sort(rows)), (both.test, np.sort(test_rows))]
    mean, deviation = _channel_scale(both.train.images[parts[0][1]])
    x, x_test = (_planes(part.images[some], mean, deviation) for part, some in parts)
    y, y_test = (part.labels[some] for part, some in parts)
    return Split(x_train=x, y_train=y, x_test=x_test, y_test=y_test, classes=CLASSES)


def _channel_scale(images: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Mean and deviation of each channel, from counts of the 256 values: exact, and without a copy in floats."""
    values = np.arange(256)
    shares = np.stack([np.bincount(images[..., c].ravel(), minlength=256) for c in range(images.shape[-1])])
    shares = shares / shares.sum(1, keepdims=True)
    mean = shares @ values
    return mean.astype(np.float32), np.sqrt(shares @ values**2 - mean**2).astype(np.float32)


def _planes(images: NDArray[np.uint8], mean: Floats, deviation: Floats) -> Floats:
    scaled = (images.astype(np.float32) - mean) / deviation
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2)).reshape(len(images), -1)
