"""Training classifiers on true and wrong labels, many seeds at once: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import CLASSES, Problem, corrupt, problems
from hw1.data import external_data as external_data
from hw1.tables import Tables, curve
from hw1.tables import in_place_of as in_place_of  # for the controls of this family

Draw = Callable[[int, str], np.random.Generator]  # seed and purpose to a stream
Curves = dict[str, NDArray[np.floating]]
Floats = NDArray[np.float32]

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


def problem(setting: Training, seeds: Sequence[int], draw: Draw, pixels: str = "kept") -> Problem:
    """Examples of a setting for each seed.

    Parameters
    ----------
    pixels : "kept"; "shuffled", one permutation of the features for all images of a seed; "random", one for each image
    """
    drawn = problems.problem(
        setting.data,
        train=setting.train,
        test=setting.test,
        rngs=[draw(seed, "data") for seed in seeds],
        scale="whitened",
    )
    arrange = {"kept": _kept, "shuffled": _shuffled, "random": _random}[pixels]
    for i, seed in enumerate(seeds):
        rng = draw(seed, "pixels")
        drawn.x_train[i], drawn.x_test[i] = arrange(drawn.x_train[i], drawn.x_test[i], rng)
    return drawn


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
    from hw1.nets.dense import dense, initialised
    from hw1.training import Examples, Recipe, classify, orders

    examples = Examples(x=data.x_train, y=shown)
    others = {name: Examples(x=data.x_train, y=labels) for name, labels in (also or {}).items()}
    per_epoch = setting.train // setting.batch
    updates = setting.epochs * per_epoch
    _, trained = classify(
        initialised(
            lambda: dense(setting.widths, inputs=data.x_train.shape[-1], outputs=CLASSES),
            [draw(seed, "init") for seed in seeds],
        ),
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


def _kept(train: Floats, test: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:  # noqa: ARG001 - one form for all
    return train, test


def _shuffled(train: Floats, test: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    order = rng.permutation(train.shape[1])
    return train[:, order], test[:, order]


def _random(train: Floats, test: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    return rng.permuted(train, axis=1), rng.permuted(test, axis=1)
