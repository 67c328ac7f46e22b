"""Sharpness over the batch size, and what depends on the protocol and on the measure.

Belief  Large batches end in sharp minima: sharpness grows with the batch size.
Source  Keskar et al., ICLR 2017, arXiv:1609.04836 (batches of 256 against a tenth of the data, each trained until its
        loss stops improving); NTU MLDS 2018 homework 1-3, where it is measured at equal epochs: 3 of 5 public reports
        say that it grows, by 2 of 5 data sets it does.
Here    1,000 examples of MNIST-1D, anew for each seed; 40-64-10, ReLU, cross-entropy, SGD at 0.2. Batches of 10 to
        1,000 for 20 epochs, and batches of 10 and 100 for 500 updates. Sharpness over all training examples: the
        Hessian's largest eigenvalue by Lanczos to 1 % (the median of three measurements in the last fifth: after
        batches of 10 it jumps from update to update), Keskar's measure in a box of 1e-3 by projected ascent, and the
        same at 20 random points of the box.
        `full`: CIFAR-10, one hidden layer of 512, batches of 64 to 16,384, measured on 5,000 of the examples.
Limits  Equal epochs are unequal trainings: batches of 1,000 take 20 updates and end at a loss of 2.0 nats, those of 10
        at 0.4. The eigenvalue rises from batches of 10 to 100 and falls again, since a net that has hardly been trained
        has not sharpened yet; Keskar's measure, which contains the gradient where it is not 0, falls. One rate: scaled
        with the batch size it would be another experiment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hw1.claims.gradient_norm._setup import Classification, drawn, prepared
from hw1.claims.gradient_norm._setup import external_data as external_data  # of the data that `full` reads
from hw1.figures import Figure, Panel, Series, spread, strip
from hw1.registry import claim, table_control
from hw1.statistics import Score, less, peak
from hw1.streams import stream
from hw1.tables import Tables, curve, in_place_of

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack

REVISION = 1
BY_EPOCHS = ("smallest", "small", "middle", "large", "largest")  # batch sizes, all at equal epochs
BY_UPDATES = ("smallest_by_updates", "middle_by_updates")
ARMS = BY_EPOCHS + BY_UPDATES


@dataclass(frozen=True, kw_only=True)
class Setting(Classification):
    """Data, net, training and measurement."""

    train: int = 1_000
    test: int = 1_000
    widths: tuple[int, ...] = (64,)
    activation: str = "relu"
    batches: tuple[int, ...] = (10, 32, 100, 320, 1_000)  # those of BY_EPOCHS
    epochs: int = 20
    updates: int = 500  # of BY_UPDATES
    lr: float = 0.2  # at 0.1 and 40 epochs 2 of 24 development seeds miss the peak
    measured: int = 1_000  # training examples that sharpness is measured on
    radius: float = 1e-3  # of Keskar's box
    draws: int = 20  # random points of it
    iterations: int = 60  # of Lanczos, at most
    tolerance: float = 0.01  # of Lanczos: the residual's share of the eigenvalue
    stack: int = 8  # blocks of seeds begin at multiples of 1,000, which 8 divides


FAST = Setting()
FULL = replace(
    FAST,
    data="cifar10",
    train=50_000,
    test=10_000,
    widths=(512,),
    batches=(64, 256, 1_024, 4_096, 16_384),
    lr=0.05,  # 2 / rate = 40; the sharpness is 25 at the start and 40 after 100 updates of 64
    measured=5_000,
    updates=2_000,
    stack=2,
)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed and measure its sharpness.

    `runs`: seed, arm; batch and updates of its training; sharpness, the Hessian's largest eigenvalue (nats per squared
    unit of weight), the median of three measurements after 0.8, 0.9 and 1 of the updates; unconverged, those where
    Lanczos missed its tolerance; at the end box and random (per cent), Keskar's measure by ascent and at random points,
    loss (nats) and test_accuracy; diverged. `curves`: seed, arm, step (update), sharpness, loss and test_accuracy at
    those three times.
    """
    import torch

    from hw1.measures.boxes import box_sharpness, random_sharpness
    from hw1.measures.curvature import sharpness
    from hw1.measures.gradients import mean_loss
    from hw1.training import Recipe, accuracy, cross_entropy, orders, outputs_of, train

    draw = partial(stream, "sharpness_and_batch", REVISION)
    by_updates = arm in BY_UPDATES
    batch = setting.batches[BY_EPOCHS.index(arm.removesuffix("_by_updates"))]
    updates = setting.updates if by_updates else setting.epochs * (setting.train // batch)
    stack, data = prepared(setting, seeds=seeds, draw=draw, device=device)
    x, y = stack.place(data.x_train), stack.place(data.y_train)
    x_test, y_test = stack.place(data.x_test), stack.place(data.y_test)
    objective = mean_loss(x[:, : setting.measured], y[:, : setting.measured], cross_entropy, per_replica=True)
    start = drawn(stack, seeds, draw, "lanczos")
    missed: list[Tensor] = []  # stays on the device: the training must not wait for it

    def top(stack: "Stack") -> "Tensor":
        found = sharpness(stack, objective, start, iterations=setting.iterations, tolerance=setting.tolerance)
        missed.append(~found.converged)
        return found.value

    trained = train(
        stack,
        x,
        y,
        Recipe(optimizer="sgd", lr=setting.lr, updates=updates, batch=batch),
        loss="cross_entropy",
        orders=orders([draw(seed, "order") for seed in seeds], setting.train, batch, device),
        per_replica=True,
        record={
            "sharpness": top,
            "loss": lambda s: cross_entropy(outputs_of(s, x), y),
            "test_accuracy": lambda s: accuracy(outputs_of(s, x_test), y_test),
        },
        at=sorted({round(0.8 * updates), round(0.9 * updates), updates}),
    )
    corner = partial(drawn, stack, seeds, draw, uniform=True)
    points = (corner(f"point {i}") for i in range(setting.draws))
    measures = {
        "box": box_sharpness(stack, objective, corner("ascent"), radius=setting.radius),
        "random": random_sharpness(stack, objective, points, radius=setting.radius),
    }
    runs = pd.DataFrame(
        {
            "seed": list(seeds),
            "arm": arm,
            "batch": batch,
            "updates": updates,
            **{name: values.cpu().numpy() for name, values in measures.items()},
            "sharpness": np.median(trained.curves["sharpness"], axis=1),
            "unconverged": torch.stack(missed).sum(0).cpu().numpy(),
            "loss": trained.curves["loss"][:, -1],
            "test_accuracy": trained.curves["test_accuracy"][:, -1],
            "diverged": trained.diverged,
        }
    )
    return Tables({"runs": runs, "curves": curve(seeds, arm, trained.steps, **trained.curves)})


@table_control
def up_to_the_middle(tables: Tables) -> Tables:
    """The middle batch size takes the place of the largest one."""
    return in_place_of("largest", "middle", tables)


@claim(
    source="NTU MLDS 2018 homework 1-3: so in the text of 3 of 5 public reports; Keskar et al. 2017, arXiv:1609.04836",
    control=up_to_the_middle,
    expect="refuted",
    because="at equal epochs the largest batch has taken 20 updates, and sharpness rises in the course of training",
)
def sharpness_grows_with_batch_size_at_equal_epochs(tables: Tables) -> Score:
    """At equal epochs and one rate, the largest eigenvalue after full batches is at least 1.2 times that after batches
    of a hundredth of the data.
    """
    return less(tables["runs"], "sharpness", arm="smallest", than="largest", factor=1.2)


@table_control
def equal_batches(tables: Tables) -> Tables:
    """All batches are of the middle size."""
    runs = tables["runs"]
    rows = runs[runs["arm"] == "middle"]
    return tables.replaced(runs=pd.concat([rows.assign(arm=arm) for arm in ARMS], ignore_index=True))


@claim(source="the reports that contradict each other: NTU MLDS 2018 homework 1-3 (PP: a bend)", control=equal_batches)
def sharpness_peaks_at_a_middle_batch_size_at_equal_epochs(tables: Tables) -> Score:
    """At equal epochs and one rate, the largest eigenvalue after batches of a tenth of the data exceeds those after
    batches of a hundredth and of all of it by at least 0.5 nats per squared unit of weight.
    """
    return peak(tables["runs"], "sharpness", levels=("smallest", "middle", "largest"), at="middle", by=0.5)


@claim(source="Keskar et al. 2017, arXiv:1609.04836; Jastrzebski et al. 2018, arXiv:1711.04623", control=equal_batches)
def sharpness_grows_with_batch_size_at_equal_updates(tables: Tables) -> Score:
    """After 500 updates at one rate, the largest eigenvalue after batches of a tenth of the data is at least 1.1
    times that after batches of a hundredth.
    """
    return less(tables["runs"], "sharpness", arm="smallest_by_updates", than="middle_by_updates", factor=1.1)


@claim(source="Keskar et al. 2017, arXiv:1609.04836, metric 2.1, at equal epochs", control=equal_batches)
def keskars_measure_falls_where_the_eigenvalue_rises(tables: Tables) -> Score:
    """At equal epochs Keskar's measure after batches of a tenth of the data is at most half of that after batches of a
    hundredth, between which the largest eigenvalue rises.
    """
    return less(tables["runs"], "box", arm="middle", than="smallest", factor=2)


@table_control
def random_points_only(tables: Tables) -> Tables:
    """The ascent is replaced by random points."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(box=runs["random"]))


@claim(
    source="random points in place of a maximum: NTU MLDS 2018 homework 1-3 (VQ, JY, 1,000 points)",
    control=random_points_only,
)
def random_points_of_the_box_miss_most_of_the_rise(tables: Tables) -> Score:
    """At 20 random points of the box the loss rises by less than a fifth of what projected ascent finds in it."""
    runs = tables["runs"].query("arm == 'smallest'")
    frame = pd.concat([runs[["seed"]].assign(arm=m, rise=runs[m]) for m in ("random", "box")])
    return less(frame, "rise", arm="random", than="box", factor=5)


def figure_batch_sizes(tables: Tables) -> Figure:
    """Three measures of sharpness, and loss and accuracy, over the batch size."""
    runs = tables["runs"]
    epochs = runs[runs["arm"].isin(BY_EPOCHS)]
    updates = runs[runs["arm"].isin(BY_UPDATES)]
    eigenvalue = Panel(
        x_label="batch size",
        y_label="largest eigenvalue (nats per weight squared)",
        series=(_over("equal epochs", epochs, "sharpness"), _over("equal updates", updates, "sharpness")),
        x_log=True,
    )
    keskar = Panel(
        x_label="batch size",
        y_label="rise of the loss in the box (%)",
        series=(_over("ascent", epochs, "box"), _over("random points", epochs, "random")),
        x_log=True,
        y_log=True,
    )
    loss = Panel(
        x_label="batch size",
        y_label="training loss (nats)",
        series=(_over("equal epochs", epochs, "loss"), _over("equal updates", updates, "loss")),
        x_log=True,
    )
    accuracy = Panel(
        x_label="batch size",
        y_label="test accuracy",
        series=(_over("equal epochs", epochs, "test_accuracy"), _over("equal updates", updates, "test_accuracy")),
        x_log=True,
    )
    return Figure(
        title="Sharpness over the batch size",
        caption="Median and quartiles over the seeds. At equal epochs large batches are hardly trained, and sharpness "
        f"rises in training. Lanczos missed its tolerance in {int(runs['unconverged'].sum())} of {3 * len(runs)} "
        "measurements.",
        panels=(eigenvalue, keskar, loss, accuracy),
    )


def figure_seeds(tables: Tables) -> Figure:
    """Every seed's sharpness."""
    panel = Panel(
        x_label="batch size, at equal epochs",
        y_label="largest eigenvalue (nats per weight squared)",
        series=strip(tables["runs"], y="sharpness", arms=BY_EPOCHS),
        ticks=BY_EPOCHS,
    )
    return Figure(title="Sharpness of every seed", caption="Each point is a run.", panels=(panel,))


def _over(name: str, rows: pd.DataFrame, metric: str) -> Series:
    wide = rows.pivot(index="seed", columns="batch", values=metric)
    return spread(name, wide.columns.to_numpy(dtype=float), wide.to_numpy(dtype=np.float64))
