"""Training classifiers on true and wrong labels, many seeds at once: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import Part, Split, cifar10, cifar10_digest, corrupt, digits, mnist1d
from hw1.tables import Tables, curve
from hw1.tables import in_place_of as in_place_of  # for the controls of this family

if TYPE_CHECKING:
    from torch import nn

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream
Curves = dict[str, NDArray[np.floating]]

CLASSES = 10  # of all three data sets
FITTED = 0.99  # training accuracy at which a set of labels counts as memorised; Zhang et al. report 99.3 to 100 %
IGNORED = -100  # torch's cross-entropy gives such a label loss 0, and no output is ever right on it


@dataclass(frozen=True, kw_only=True)
class Training:
    """Data, net and training; SGD with momentum as in the source (Zhang et al. 2017, arXiv:1611.03530)."""

    data: str  # digits, mnist1d or cifar10
    train: int  # examples
    test: int
    widths: tuple[int, ...]  # ReLU units in each hidden layer
    batch: int
    epochs: int
    every: int = 1  # epochs between two measurements
    lr: float
    schedule: str = "constant"
    momentum: float = 0.9
    stack: int


Setting = TypeVar("Setting", bound=Training)


def published(setting: Setting) -> Setting:
    """The same at the published scale: all of CIFAR-10, three layers of 512 (1,735,178 parameters), rate 0.01.

    The source multiplies the rate by 0.95 after each epoch; here it falls to 0 along a cosine in 100 epochs. One
    development seed had fitted 99 % of random labels after 32 of 60 epochs (test accuracy 11 %, test loss 10.7), and of
    40 % random ones after 26 of 40. One CPU core trains 9,000 images in a second: 11 minutes for a seed and arm.
    """
    return replace(
        setting,
        data="cifar10",
        train=50_000,
        test=10_000,
        widths=(512, 512, 512),
        batch=128,
        epochs=100,
        every=2,
        lr=0.01,
        schedule="cosine",
        stack=4,  # 2 GB of inputs
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """One data set per seed: inputs (seeds, examples, features) and true labels (seeds, examples)."""

    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]


def problem(setting: Training, seeds: Sequence[int], draw: Draw, pixels: str = "kept") -> Problem:
    """Examples of a setting for each seed.

    Parameters
    ----------
    pixels : "kept"; "shuffled", one permutation of the features for all images of a seed; "random", one for each image
    """
    splits = [_split(setting, draw(seed, "data")) for seed in seeds]
    arrange = {"kept": _kept, "shuffled": _shuffled, "random": _random}[pixels]
    both = [arrange(split, draw(seed, "pixels")) for split, seed in zip(splits, seeds, strict=True)]
    return Problem(
        x_train=np.stack([train for train, _ in both]),
        y_train=np.stack([split.y_train for split in splits]),
        x_test=np.stack([test for _, test in both]),
        y_test=np.stack([split.y_test for split in splits]),
    )


def redrawn(
    labels: NDArray[np.int64], share: float, seeds: Sequence[int], draw: Draw, purpose: str = "labels"
) -> NDArray[np.int64]:
    """Labels (seeds, examples), a share of them redrawn; a larger share redraws the same ones alike, and more."""
    return np.stack([corrupt(y, share, CLASSES, draw(s, purpose))[0] for y, s in zip(labels, seeds, strict=True)])


def memorise(
    setting: Training,
    data: Problem,
    shown: NDArray[np.int64],
    *,
    weight_decay: float = 0.0,
    also: Mapping[str, NDArray[np.int64]] | None = None,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
) -> tuple[NDArray[np.int64], Curves]:
    """Train one ReLU net per seed on the labels that are shown.

    Parameters
    ----------
    also : other labels of the training inputs to measure on, by name; `IGNORED` leaves an example out

    Returns
    -------
    epochs of the measurements, and curves (seeds, epochs) of `<set>_loss` (nats) and `<set>_accuracy` for the sets
    train (with the labels shown), test and those of `also`
    """
    from hw1.training import Examples, Recipe, classify, orders

    examples = Examples(x=data.x_train, y=shown)
    others = {name: Examples(x=data.x_train, y=labels) for name, labels in (also or {}).items()}
    per_epoch = setting.train // setting.batch
    updates = setting.epochs * per_epoch
    _, trained = classify(
        _nets(setting.widths, data.x_train.shape[-1], seeds, draw),
        examples,
        Recipe(
            optimizer="sgd",
            lr=setting.lr,
            momentum=setting.momentum,
            weight_decay=weight_decay,
            schedule=setting.schedule,
            updates=updates,
            batch=setting.batch,
        ),
        sets={"train": examples, "test": Examples(x=data.x_test, y=data.y_test), **others},
        orders=orders([draw(seed, "order") for seed in seeds], setting.train, setting.batch, device),
        at=sorted({*range(0, updates, per_epoch * setting.every), updates}),
        device=device,
    )
    return trained.steps // per_epoch, trained.curves


def tabulated(
    seeds: Sequence[int], arm: str, epochs: NDArray[np.int64], curves: Curves, **columns: NDArray[np.generic]
) -> Tables:
    """`runs` with the last value of each curve, `epochs_to_fit` and further columns; `curves` with all of them."""
    last = {name: values[:, -1] for name, values in curves.items()}
    fitted = epochs_to_reach(FITTED, curves["train_accuracy"], epochs)
    runs = pd.DataFrame({"seed": list(seeds), "arm": arm, **last, "epochs_to_fit": fitted, **columns})
    return Tables({"runs": runs, "curves": curve(seeds, arm, epochs, **curves)})


def epochs_to_reach(level: float, accuracy: NDArray[np.floating], epochs: NDArray[np.int64]) -> NDArray[np.int64]:
    """First epoch after which the accuracy (seeds, epochs) is at least the level; the budget + 1 where none is."""
    reached = accuracy >= level
    first: NDArray[np.int64] = np.where(reached.any(1), epochs[reached.argmax(1)], epochs[-1] + 1)
    return first


def external_data(setting: Training) -> str:
    """Digest of the images that a setting reads from outside; empty where there are none."""
    return cifar10_digest() if setting.data == "cifar10" else ""


def _split(setting: Training, rng: np.random.Generator) -> Split:
    make = {"digits": digits, "mnist1d": mnist1d, "cifar10": _cifar10}[setting.data]
    return make(rng, train=setting.train, test=setting.test)


def _cifar10(rng: np.random.Generator, *, train: int, test: int) -> Split:
    """Central 28 x 28 pixels, each image with mean 0 and deviation 1, as in the source (its appendix A)."""
    both = cifar10()
    (x, y), (x_test, y_test) = _drawn(both.train, train, rng), _drawn(both.test, test, rng)
    return Split(x_train=x, y_train=y, x_test=x_test, y_test=y_test, classes=CLASSES)


def _drawn(part: Part, n: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    if n > len(part.labels):
        raise ValueError(f"{n} images are not to be had from {len(part.labels)}. Use a smaller `train` or `test`.")
    rows = np.sort(rng.permutation(len(part.labels))[:n])
    return _whitened(part.images[rows]), part.labels[rows]


def _whitened(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    flat = images[:, 2:-2, 2:-2].reshape(len(images), -1).astype(np.float32)
    # A uniform image has no deviation; the source bounds it by the inverse root of the number of values.
    scale = np.maximum(flat.std(1, keepdims=True), flat.shape[1] ** -0.5)
    whitened: NDArray[np.float32] = (flat - flat.mean(1, keepdims=True)) / scale
    return whitened


def _kept(split: Split, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:  # noqa: ARG001 - one form for all
    return split.x_train, split.x_test


def _shuffled(split: Split, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    order = rng.permutation(split.x_train.shape[1])
    return split.x_train[:, order], split.x_test[:, order]


def _random(split: Split, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return rng.permuted(split.x_train, axis=1), rng.permuted(split.x_test, axis=1)


def _nets(widths: Sequence[int], inputs: int, seeds: Sequence[int], draw: Draw) -> "list[nn.Sequential]":
    from hw1.nets import dense, initialise

    nets = [dense(widths, inputs=inputs, outputs=CLASSES) for _ in seeds]
    for net, seed in zip(nets, seeds, strict=True):
        initialise(net, draw(seed, "init"))
    return nets
