"""The gradient's own prediction of what a step does to the loss.

Belief  A step of size lr against the gradient g lowers the loss by lr |g|^2.
Source  Taylor; Goodfellow, Bengio, Courville, Deep Learning, 2016, section 4.3.1 (and equation 4.9 with the curvature).
Here    100 examples of MNIST-1D, anew for each seed; 40-32-32-10, tanh, mean squared error on one-hot targets, full
        batches, float64. At 40 points of a training of 1,000 updates at each rate: the change of the loss in the next
        update, |g|^2 and g H g, with the Hessian H by differentiating twice.
        `full`: 5,000 images of CIFAR-10 and two tanh layers of 200.
Limits  What is small depends on the curvature along the gradient: the share that the first order misses is about
        lr g H g / (2 |g|^2), and near lr = 2 / sharpness nothing is left of the prediction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hw1.claims.gradient_norm._assays import SQUARES
from hw1.claims.gradient_norm._setup import Descent, descend, one_hot
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, assays, claim, table_control
from hw1.statistics import Score, less, within
from hw1.streams import streams_of
from hw1.tables import Tables, curve

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack

REVISION = 2
ARMS = ("small", "medium", "large")


@dataclass(frozen=True, kw_only=True)
class Setting(Descent):
    """Training; a learning rate for each arm."""

    small: float = 0.01
    medium: float = 0.2
    large: float = 1.0
    updates: int = 1_000  # at the rate `large` the edge of stability is reached after 300 to 400
    records: int = 40


FAST = Setting()
# The rates of edge_of_stability's `full`: a hundredth and a fifth of its edge, and the edge.
FULL = replace(
    FAST, data="cifar10", train=5_000, widths=(200, 200), small=0.0005, medium=0.01, large=0.05, updates=10_000, stack=2
)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed in full batches, and compare steps with what was predicted.

    `runs`: seed, arm; slope, the least-squares slope through 0 of the loss's change on -lr |g|^2 over the points, and
    second_slope, on -lr |g|^2 + lr^2 g H g / 2; first_error and second_error, the medians over the points of the second
    half of the prediction's error relative to lr |g|^2; diverged. `curves`: seed, arm, step (update), loss,
    gradient_norm, change (of the loss in the next update), first and second (the two predictions), first_error and
    second_error.
    """
    from hw1.training import stack

    lr, draw = getattr(setting, arm), streams_of(run)
    data = setting.problem(seeds, draw)
    nets = stack([net.double() for net in setting.nets(data, seeds, draw)], device)
    x, y = nets.place(data.x_train), nets.place(one_hot(data.y_train))
    trained = descend(nets, x, y, setting, lr=lr, record={"step": partial(_step, x=x, y=y, lr=lr)})
    loss, norm, change, first, second = np.moveaxis(trained.curves["step"], 2, 0)
    scale, late = np.abs(first), trained.steps >= setting.updates / 2
    errors = {"first_error": np.abs(change - first) / scale, "second_error": np.abs(change - second) / scale}
    runs = {
        "slope": _slope(first, change),
        "second_slope": _slope(second, change),
        **{name: np.median(values[:, late], axis=1) for name, values in errors.items()},
        "diverged": trained.diverged,
    }
    measured = {"loss": loss, "gradient_norm": norm, "change": change, "first": first, "second": second, **errors}
    frame = pd.DataFrame({"seed": list(seeds), "arm": arm, **runs})
    return Tables({"runs": frame, "curves": curve(seeds, arm, trained.steps, **measured)})


def _step(stack: "Stack", *, x: "Tensor", y: "Tensor", lr: float) -> "Tensor":
    """Loss, gradient norm, the loss's change in a step of gradient descent, and two predictions of it: (K, 5)."""
    import torch

    from hw1.measures.boxes import restored
    from hw1.measures.curvature import hessian_product
    from hw1.measures.gradients import full_gradient, mean_loss
    from hw1.training import squared

    objective = mean_loss(x, y, squared, per_replica=True)
    g = full_gradient(stack, x, y, squared, per_replica=True)
    square, bent = g.square().sum(1), (g * hessian_product(stack, objective)(g)).sum(1)
    loss = objective(stack)
    with restored(stack) as weights:
        stack.load(weights - lr * g)
        change = objective(stack) - loss
    first = -lr * square
    return torch.stack([loss, square.sqrt(), change, first, first + lr**2 * bent / 2], dim=1)


def _slope(predicted: np.ndarray, change: np.ndarray) -> np.ndarray:
    slope: np.ndarray = (predicted * change).sum(1) / (predicted * predicted).sum(1)
    return slope


@assay("trained with small steps (loss below 0.09, the best constant's)")
def small_steps_train(tables: Tables) -> "pd.Series[float]":
    """The arm `small`, which a thousand updates do not take far."""
    # 0.076 to 0.084 on 36 development seeds, against 0.09; 0.12 to 0.15 at the start.
    return _below(tables, SQUARES, "small")


@assay("trained with small and large steps (losses below 0.09, the best constant's, and below half of it)")
def small_and_large_steps_train(tables: Tables) -> "pd.Series[float]":
    """The two arms whose errors are compared."""
    # `large` 0.002 to 0.005 on 12 development seeds, against 0.045.
    return assays.least(_below(tables, SQUARES, "small"), _below(tables, SQUARES / 2, "large"))


@assay("trained with medium steps (loss below three quarters of 0.09, the best constant's)")
def medium_steps_train(tables: Tables) -> "pd.Series[float]":
    """The arm `medium`, on which the two predictions are compared."""
    # 0.037 to 0.045 on 12 development seeds, against 0.068.
    return _below(tables, 0.75 * SQUARES, "medium")


def _below(tables: Tables, loss: float, arm: str) -> "pd.Series[float]":
    """How far below a loss the last measurement of an arm lies, by seed."""
    own = tables["curves"].query("arm == @arm")
    return assays.below(own[own["step"] == own["step"].max()], "loss", loss, [arm])


large_steps = arms_control("large_steps", "A hundred times the rate, near the edge of stability.", {"small": "large"})


@claim(source="Goodfellow, Bengio, Courville 2016, section 4.3.1", control=large_steps, assay=small_steps_train)
def small_steps_lower_the_loss_by_what_the_gradient_predicts(tables: Tables) -> Score:
    """With small full-batch steps, at 1/100 of the rate of the edge of stability, the loss changes by -lr |g|^2: the
    slope over the points of a training is within 0.05 of 1.
    """
    return within(tables["runs"], "slope", arm="small", target=1.0, margin=0.05)


small_steps = arms_control("small_steps", "A hundredth of the rate.", {"large": "small"})


@claim(
    source="Goodfellow, Bengio, Courville 2016, equation 4.9 and section 8.2.1",
    control=small_steps,
    assay=small_and_large_steps_train,
)
def large_steps_do_not_do_what_the_gradient_predicts(tables: Tables) -> Score:
    """At the edge of stability the median error of the prediction, relative to it, is at least 20 times that of small
    steps.
    """
    return less(tables["runs"], "first_error", arm="small", than="large", factor=20)


@table_control
def without_the_curvature(tables: Tables) -> Tables:
    """The second prediction is the first one."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(second_error=runs["first_error"]))


@claim(
    source="Goodfellow, Bengio, Courville 2016, equation 4.9", control=without_the_curvature, assay=medium_steps_train
)
def the_curvature_explains_what_the_first_order_misses(tables: Tables) -> Score:
    """At a fifth of that rate, adding lr^2 g H g / 2 lowers the prediction's median error at least tenfold."""
    rows = tables["runs"].query("arm == 'medium'").rename(columns=lambda name: name.removesuffix("_error"))
    return less(rows.melt("seed", ["first", "second"], "arm", "error"), "error", arm="second", than="first", factor=10)


def figure_prediction(tables: Tables) -> Figure:
    """Change of the loss over its prediction, and the two predictions' errors."""
    curves, line = tables["curves"], {"prediction": 1.0}
    curves = curves.assign(share=curves["change"] / curves["first"])
    over, orders = {"share": "change of the loss over -lr |g|^2"}, ("first", "second")
    errors = pd.concat(curves.assign(arm=curves["arm"] + f", {o} order", error=curves[f"{o}_error"]) for o in orders)
    four = [f"{arm}, {order} order" for arm in ARMS[:2] for order in orders]
    return Figure(
        title="What the gradient predicts of the next step",
        caption="Median and quartiles over the seeds, and every seed. Small steps do what the gradient says; at the "
        "edge of stability nothing is left of it, since the loss goes up and down. In between, the curvature along the "
        "gradient explains the rest.",
        panels=(
            *panels_over(curves, over, arms=ARMS, x_label="updates", levels={"share": line}),
            *panels_over(errors, {"error": "error over lr |g|^2"}, arms=four, x_label="updates", logs=("error",)),
            every_seed(tables["runs"], "slope", "slope over a training", arms=ARMS, x_label="rate", levels=line),
        ),
    )
