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

from hw1.claims.gradient_norm._setup import Classification, one_hot, prepared
from hw1.claims.gradient_norm._setup import external_data as external_data  # of the data that `full` reads
from hw1.figures import Figure, Panel, bands, strip
from hw1.registry import claim, table_control
from hw1.statistics import Score, less, within
from hw1.streams import stream
from hw1.tables import Tables, curve, in_place_of

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack

REVISION = 1
ARMS = ("small", "medium", "large")


@dataclass(frozen=True, kw_only=True)
class Setting(Classification):
    """Data, net and training; a learning rate for each arm."""

    train: int = 100
    widths: tuple[int, ...] = (32, 32)
    small: float = 0.01
    medium: float = 0.2
    large: float = 1.0
    updates: int = 1_000  # at the rate `large` the edge of stability is reached after 300 to 400
    looks: int = 40  # points of the training, evenly spaced
    stack: int = 8  # blocks of seeds begin at multiples of 1,000, which 8 divides


FAST = Setting()
# The rates of edge_of_stability's `full`: a hundredth and a fifth of its edge, and the edge.
FULL = replace(
    FAST,
    data="cifar10",
    train=5_000,
    widths=(200, 200),
    small=0.0005,
    medium=0.01,
    large=0.05,
    updates=10_000,
    stack=2,
)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed in full batches, and compare steps with what was predicted.

    `runs`: seed, arm; slope, the least-squares slope through 0 of the loss's change on -lr |g|^2 over the points, and
    second_slope, on -lr |g|^2 + lr^2 g H g / 2; first_error and second_error, the medians over the points of the second
    half of the prediction's error relative to lr |g|^2; diverged. `curves`: seed, arm, step (update), loss,
    gradient_norm, change (of the loss in the next update), first and second (the two predictions), first_error and
    second_error.
    """
    from hw1.training import Recipe, squared, train

    draw = partial(stream, "first_order", REVISION)
    lr = getattr(setting, arm)
    stack, data = prepared(setting, seeds=seeds, draw=draw, device=device, double=True)
    x, y = stack.place(data.x_train), stack.place(one_hot(data.y_train))
    at = np.unique(np.linspace(0, setting.updates, setting.looks + 1).astype(int)).tolist()
    trained = train(
        stack,
        x,
        y,
        Recipe(optimizer="sgd", lr=lr, updates=setting.updates),
        loss=squared,
        per_replica=True,
        record={"step": partial(_step, x=x, y=y, lr=lr)},
        at=at,
    )
    loss, norm, change, first, second = np.moveaxis(trained.curves["step"], 2, 0)
    scale = np.abs(first)
    errors = {"first_error": np.abs(change - first) / scale, "second_error": np.abs(change - second) / scale}
    late = trained.steps >= setting.updates / 2
    runs = pd.DataFrame(
        {
            "seed": list(seeds),
            "arm": arm,
            "slope": _slope(first, change),
            "second_slope": _slope(second, change),
            **{name: np.median(values[:, late], axis=1) for name, values in errors.items()},
            "diverged": trained.diverged,
        }
    )
    measured = {"loss": loss, "gradient_norm": norm, "change": change, "first": first, "second": second, **errors}
    return Tables({"runs": runs, "curves": curve(seeds, arm, trained.steps, **measured)})


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


@table_control
def large_steps(tables: Tables) -> Tables:
    """A hundred times the rate, near the edge of stability."""
    return in_place_of("small", "large", tables)


@claim(source="Goodfellow, Bengio, Courville 2016, section 4.3.1", control=large_steps)
def small_steps_lower_the_loss_by_what_the_gradient_predicts(tables: Tables) -> Score:
    """With small full-batch steps, at 1/100 of the rate of the edge of stability, the loss changes by -lr |g|^2: the
    slope over the points of a training is within 0.05 of 1.
    """
    return within(tables["runs"], "slope", arm="small", target=1.0, margin=0.05)


@table_control
def small_steps(tables: Tables) -> Tables:
    """A hundredth of the rate."""
    return in_place_of("large", "small", tables)


@claim(source="Goodfellow, Bengio, Courville 2016, equation 4.9 and section 8.2.1", control=small_steps)
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


@claim(source="Goodfellow, Bengio, Courville 2016, equation 4.9", control=without_the_curvature)
def the_curvature_explains_what_the_first_order_misses(tables: Tables) -> Score:
    """At a fifth of that rate, adding lr^2 g H g / 2 lowers the prediction's median error at least tenfold."""
    rows = tables["runs"].query("arm == 'medium'")
    orders = ("first", "second")
    frame = pd.concat([rows[["seed"]].assign(arm=o, error=rows[f"{o}_error"]) for o in orders])
    return less(frame, "error", arm="second", than="first", factor=10)


def figure_prediction(tables: Tables) -> Figure:
    """Change of the loss over its prediction, and the two predictions' errors."""
    curves = tables["curves"]
    share = Panel(
        x_label="updates",
        y_label="change of the loss over -lr |g|^2",
        series=bands(curves.assign(share=curves["change"] / curves["first"]), x="step", y="share", arms=ARMS),
        levels={"prediction": 1.0},
    )
    orders = [
        curves.assign(arm=curves["arm"] + f", {o} order", error=curves[f"{o}_error"]) for o in ("first", "second")
    ]
    both = pd.concat(orders)
    errors = Panel(
        x_label="updates",
        y_label="error over lr |g|^2",
        series=bands(
            both, x="step", y="error", arms=[f"{arm}, {o} order" for arm in ARMS[:2] for o in ("first", "second")]
        ),
        y_log=True,
    )
    slopes = Panel(
        x_label="rate",
        y_label="slope over a training",
        series=strip(tables["runs"], y="slope", arms=ARMS),
        ticks=ARMS,
        levels={"prediction": 1.0},
    )
    return Figure(
        title="What the gradient predicts of the next step",
        caption="Median and quartiles over the seeds, and every seed. Small steps do what the gradient says; at the "
        "edge of stability nothing is left of it, since the loss goes up and down. In between, the curvature along the "
        "gradient explains the rest.",
        panels=(share, errors, slopes),
    )
