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

import numpy as np
import pandas as pd

from hw1.claims.gradient_norm._assays import NATS, trained
from hw1.claims.gradient_norm._setup import Nets, drawn, lanczos
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, less, peak
from hw1.streams import streams_of
from hw1.tables import Tables, curve

REVISION = 2
BY_EPOCHS = ("smallest", "small", "middle", "large", "largest")  # batch sizes, all at equal epochs
BY_UPDATES = ("smallest_by_updates", "middle_by_updates")
ARMS = BY_EPOCHS + BY_UPDATES
EIGENVALUE = "largest eigenvalue (nats per weight squared)"


@dataclass(frozen=True, kw_only=True)
class Setting(Nets):
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


FAST = Setting()
# At a rate of 0.05 (2 / rate = 40) the sharpness is 25 at the start and 40 after 100 updates of 64.
FULL = replace(
    FAST, data="cifar10", train=50_000, test=10_000, widths=(512,), batches=(64, 256, 1_024, 4_096, 16_384), lr=0.05,
    measured=5_000, updates=2_000, stack=2,
)  # fmt: skip


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed and measure its sharpness.

    `runs`: seed, arm; batch and updates of its training; sharpness, the Hessian's largest eigenvalue (nats per squared
    unit of weight), the median of three measurements after 0.8, 0.9 and 1 of the updates; unconverged, those where
    Lanczos missed its tolerance; at the end box and random (per cent), Keskar's measure by ascent and at random points,
    loss (nats) and test_accuracy; diverged. `curves`: seed, arm, step (update), sharpness, loss and test_accuracy at
    those three times.
    """
    from hw1.measures.boxes import box_sharpness, random_sharpness
    from hw1.measures.gradients import mean_loss
    from hw1.training import Recipe, classify, cross_entropy, stack

    draw, batch = streams_of(run), setting.batches[BY_EPOCHS.index(arm.removesuffix("_by_updates"))]
    updates = setting.updates if arm in BY_UPDATES else setting.epochs * (setting.train // batch)
    data = setting.problem(seeds, draw)
    nets = stack(setting.nets(data, seeds, draw), device)
    x, y = (nets.place(values[:, : setting.measured]) for values in (data.x_train, data.y_train))
    objective, start = mean_loss(x, y, cross_entropy, per_replica=True), drawn(nets, seeds, draw, "lanczos")
    recipe = Recipe(optimizer="sgd", lr=setting.lr, updates=updates, batch=batch)
    at = sorted({round(0.8 * updates), round(0.9 * updates), updates})
    record = {"lanczos": lanczos(objective, start, iterations=setting.iterations, tolerance=setting.tolerance)}
    found = classify(nets, data, recipe, seeds=seeds, draw=draw, device=device, at=at, record=record, at_once=1_000)
    sharpness, missed = np.moveaxis(found.curves["lanczos"], 2, 0)
    ends = {"loss": found.curves["train_loss"], "test_accuracy": found.curves["test_accuracy"]}
    corner = partial(drawn, nets, seeds, draw, uniform=True)
    points = (corner(f"point {i}") for i in range(setting.draws))
    runs = {
        "batch": batch,
        "updates": updates,
        "box": box_sharpness(nets, objective, corner("ascent"), radius=setting.radius).cpu().numpy(),
        "random": random_sharpness(nets, objective, points, radius=setting.radius).cpu().numpy(),
        "sharpness": np.median(sharpness, axis=1),
        "unconverged": missed.sum(1).astype(int),
        **{name: values[:, -1] for name, values in ends.items()},
        "diverged": found.diverged,
    }
    frame = pd.DataFrame({"seed": list(seeds), "arm": arm, **runs})
    return Tables({"runs": frame, "curves": curve(seeds, arm, found.steps, sharpness=sharpness, **ends)})


# At equal epochs the largest batch hardly trains, which is why the claims are what they are: no assay asks for it.
@assay("trained with the smallest batch (loss below half of ln 10)")
def the_smallest_batch_trains(tables: Tables) -> "pd.Series[float]":
    """The arm `smallest`."""
    # 0.32 to 0.48 on 12 development seeds, against 1.15.
    return trained(tables, NATS / 2, "smallest")


@assay("trained with batches of the smallest and of the middle size (losses below three quarters of ln 10)")
def smallest_and_middle_batches_train(tables: Tables) -> "pd.Series[float]":
    """The arms `smallest` and `middle`, between which sharpness rises."""
    # `middle` 1.29 to 1.38 on 12 development seeds, against 1.73; `largest` 1.95 to 2.00.
    return trained(tables, 0.75 * NATS, "smallest", "middle")


@assay("trained for equal updates (losses of both batch sizes below three quarters of ln 10)")
def both_train_for_equal_updates(tables: Tables) -> "pd.Series[float]":
    """The two arms of equal updates."""
    # 0.77 to 1.20 on 12 development seeds, against 1.73.
    return trained(tables, 0.75 * NATS, *BY_UPDATES)


up_to_the_middle = arms_control(
    "up_to_the_middle", "The middle batch size takes the place of the largest one.", {"largest": "middle"}
)


@claim(
    source="NTU MLDS 2018 homework 1-3: so in the text of 3 of 5 public reports; Keskar et al. 2017, arXiv:1609.04836",
    control=up_to_the_middle,
    assay=the_smallest_batch_trains,
    expect="refuted",
    because="at equal epochs the largest batch has taken 20 updates, and sharpness rises in the course of training",
)
def sharpness_grows_with_batch_size_at_equal_epochs(tables: Tables) -> Score:
    """At equal epochs and one rate, the largest eigenvalue after full batches is at least 1.2 times that after batches
    of a hundredth of the data.
    """
    return less(tables["runs"], "sharpness", arm="smallest", than="largest", factor=1.2)


equal_batches = arms_control("equal_batches", "All batches are of the middle size.", dict.fromkeys(ARMS, "middle"))


@claim(
    source="the reports that contradict each other: NTU MLDS 2018 homework 1-3 (PP: a bend)",
    control=equal_batches,
    assay=smallest_and_middle_batches_train,
)
def sharpness_peaks_at_a_middle_batch_size_at_equal_epochs(tables: Tables) -> Score:
    """At equal epochs and one rate, the largest eigenvalue after batches of a tenth of the data exceeds those after
    batches of a hundredth and of all of it by at least 0.5 nats per squared unit of weight.
    """
    return peak(tables["runs"], "sharpness", levels=("smallest", "middle", "largest"), at="middle", by=0.5)


@claim(
    source="Keskar et al. 2017, arXiv:1609.04836; Jastrzebski et al. 2018, arXiv:1711.04623",
    control=equal_batches,
    assay=both_train_for_equal_updates,
)
def sharpness_grows_with_batch_size_at_equal_updates(tables: Tables) -> Score:
    """After 500 updates at one rate, the largest eigenvalue after batches of a tenth of the data is at least 1.1
    times that after batches of a hundredth.
    """
    return less(tables["runs"], "sharpness", arm="smallest_by_updates", than="middle_by_updates", factor=1.1)


@claim(
    source="Keskar et al. 2017, arXiv:1609.04836, metric 2.1, at equal epochs",
    control=equal_batches,
    assay=smallest_and_middle_batches_train,
)
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
    assay=the_smallest_batch_trains,
)
def random_points_of_the_box_miss_most_of_the_rise(tables: Tables) -> Score:
    """At 20 random points of the box the loss rises by less than a fifth of what projected ascent finds in it."""
    runs = tables["runs"].query("arm == 'smallest'")
    return less(runs.melt("seed", ["random", "box"], "arm", "rise"), "rise", arm="random", than="box", factor=5)


def figure_batch_sizes(tables: Tables) -> Figure:
    """Three measures of sharpness, and loss and accuracy, over the batch size."""
    runs, arms = tables["runs"], ("equal epochs", "equal updates")
    by_updates = runs["arm"].isin(BY_UPDATES)
    labels = {"sharpness": EIGENVALUE, "loss": "training loss (nats)", "test_accuracy": "test accuracy"}
    names = {"box": "ascent", "random": "random points"}
    in_box = runs[~by_updates].rename(columns=names).melt(["seed", "batch"], [*names.values()], "arm", "rise")
    budgets = runs.assign(arm=np.where(by_updates, *arms[::-1]))
    look = partial(panels_over, x="batch", x_label="batch size", x_log=True)
    return Figure(
        title="Sharpness over the batch size",
        caption="Median and quartiles over the seeds. At equal epochs large batches are hardly trained, and sharpness "
        f"rises in training. Lanczos missed its tolerance in {int(runs['unconverged'].sum())} of {3 * len(runs)} "
        "measurements.",
        panels=(
            *look(budgets, labels, arms=arms, logs=()),
            *look(in_box, {"rise": "rise of the loss in the box (%)"}, arms=[*names.values()], logs=("rise",)),
        ),
    )


def figure_seeds(tables: Tables) -> Figure:
    """Every seed's sharpness."""
    x_label = "batch size, at equal epochs"
    panel = every_seed(tables["runs"], "sharpness", EIGENVALUE, arms=BY_EPOCHS, x_label=x_label)
    return Figure(title="Sharpness of every seed", caption="Each point is a run.", panels=(panel,))
