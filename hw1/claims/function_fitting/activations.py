"""One net, five activations.

Belief  The activation decides whether a net fits at all: without a nonlinearity depth is worth nothing, smooth and
        piecewise linear units differ, and none of them knows anything outside the interval that it was trained on.
Source  NTU MLDS 2018, homework 1-1 (the activation is the choice of its 12 public copies, and differs between their
        nets); Sitzmann et al., NeurIPS 2020, arXiv:2006.09661 (sine); Xu et al., ICLR 2021, arXiv:2009.11848 (ReLU
        nets extrapolate linearly).
Here    sin 5 pi x on 128 points of [-1, 1], 3 hidden layers of 14 (463 parameters), 4,000 full-batch updates of Adam at
        1e-2 with cosine decay; the arms of a seed start from the same numbers.
Limits  One target, one learning rate. At half of it 4,000 updates leave the tanh net above half of ReLU's error in 3 of
        96 development seeds. "Outside" is one period beyond each end; far away every net is arbitrarily wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from hw1.claims.function_fitting._assays import fitted
from hw1.claims.function_fitting._figures import MSE, learning, predictions
from hw1.claims.function_fitting._fit import Fitting, Floats, Points, Predict, fit
from hw1.data import TARGETS, grid
from hw1.figures import Figure, every_seed
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, less, within
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 3
ACTIVATIONS = {"tanh": "tanh", "relu": "relu", "leaky_relu": "leaky_relu", "sine": "sine", "linear": "identity"}
ARMS = tuple(ACTIVATIONS)


@dataclass(frozen=True, kw_only=True)
class Setting(Fitting):
    """Net, data and training."""

    widths: tuple[int, ...] = (14, 14, 14)
    points: int = 128
    beyond: float = 0.4  # how far outside the interval the nets are asked: one period
    updates: int = 4_000
    lr: float = 1e-2
    stack: int = 12


FAST = Setting()
FULL = replace(FAST, points=1_000, updates=20_000, lr=5e-3)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed.

    `runs`, `curves`: see `fit`; in `runs` also over_line (mse over that of the best line through the training points),
    left and right (mse at new points in each half of the training interval), inside (both), outside (mse up to
    `beyond` away from it).
    """
    net, extra = (setting.widths, ACTIVATIONS[arm]), partial(_errors, setting)
    return fit(setting, setting.on, *net, arm=arm, seeds=seeds, draw=streams_of(run), device=device, extra=extra)


def _errors(setting: Setting, predict: Predict, x: Points, y: Points) -> dict[str, Floats]:
    between, middle = (x[1:] + x[:-1]) / 2, (setting.low + 1) / 2
    beyond = grid(setting.points, 1.0, 1.0 + setting.beyond)[1:]
    regions = {
        "left": between[between[:, 0] < middle],
        "right": between[between[:, 0] > middle],
        "inside": between,
        "outside": np.concatenate([2 * middle - beyond, beyond]),
    }
    errors = {name: _mse(setting, predict, at) for name, at in regions.items()}
    return {"over_line": _mse(setting, predict, x) / _line_mse(x, y), **errors}


def _line_mse(x: Points, y: Points) -> float:
    """Error of the least-squares line: a net without a nonlinearity can reach it, and no less."""
    design = np.hstack([x, np.ones_like(x)])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float((residual**2).mean())


def _mse(setting: Setting, predict: Predict, x: Points) -> Floats:
    errors: Floats = np.square(predict(x) - TARGETS[setting.target](x)[:, 0]).mean(axis=1)
    return errors


@assay("fitted the sine with tanh (mse below half of the target's variance)")
def tanh_fits(tables: Tables) -> "pd.Series[float]":
    """The net with tanh, which every claim here holds against something else."""
    # At most 0.001 on 96 development seeds, against 0.24.
    return fitted(tables, "tanh")


with_tanh = arms_control("with_tanh", "The linear net gets its tanh back.", {"linear": "tanh"})


@claim(
    source="NTU MLDS 2018 homework 1-1; Goodfellow, Bengio, Courville 2016, Deep Learning, section 6.1",
    control=with_tanh,
    assay=tanh_fits,
)
def without_a_nonlinearity_a_deep_net_is_a_line(tables: Tables) -> Score:
    """Without a nonlinearity, three hidden layers end within 1 % of the error of the best straight line."""
    return within(tables["runs"], "over_line", arm="linear", target=1, margin=0.01)


two_kinds_of_kink = arms_control(
    "two_kinds_of_kink",
    "ReLU in the place of tanh against leaky ReLU in the place of ReLU: both piecewise linear.",
    {"tanh": "relu", "relu": "leaky_relu"},
)


@claim(
    source="NTU MLDS 2018 homework 1-1; Sitzmann et al. 2020, arXiv:2006.09661",
    control=two_kinds_of_kink,
    assay=tanh_fits,
)
def tanh_fits_sin_better_than_relu(tables: Tables) -> Score:
    """In the same net of three layers of 14, tanh fits sin 5 pi x at least twice as well as ReLU."""
    return less(tables["runs"], "mse", arm="tanh", than="relu", factor=2)


@table_control
def two_halves_of_the_inside(tables: Tables) -> Tables:
    """The right half of the training interval is called outside, the left half inside."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(inside=runs["left"], outside=runs["right"]))


@claim(source="Xu et al. 2021, arXiv:2009.11848, section 3", control=two_halves_of_the_inside, assay=tanh_fits)
def nets_do_not_extrapolate(tables: Tables) -> Score:
    """One period beyond the training interval a tanh net's squared error is at least ten times that inside."""
    runs = tables["runs"]
    nets = runs.loc[runs["arm"] == "tanh", ["seed", "inside", "outside"]]
    regions = nets.melt("seed", var_name="arm", value_name="mse")
    return less(regions, "mse", arm="inside", than="outside", factor=10)


def figure_loss(tables: Tables, setting: Setting) -> Figure:
    """Loss over updates, and where every seed ends."""
    caption = (
        f"Error on {setting.target} of nets that differ in nothing but the activation. Without a nonlinearity the "
        f"error stays at the best line's."
    )
    return learning(tables, setting, ARMS, title="One net, five activations", caption=caption)


def figure_predictions(tables: Tables, setting: Setting) -> Figure:
    """Predictions over the target, one panel per activation."""
    return predictions(tables, setting.on, ARMS, title="What they have learned")


def figure_extrapolation(tables: Tables) -> Figure:
    """Every seed's error inside the training interval and outside."""
    places = {"inside": "between the training points", "outside": "up to one period outside them"}
    runs = tables["runs"]
    panels = (every_seed(runs, at, MSE, arms=ARMS, x_label="net", title=t, y_log=True) for at, t in places.items())
    return Figure(
        title="Inside and outside",
        caption="Each point is a run. Between the training points the errors are those of training; outside them every "
        "net is worse than a constant, which would be wrong by about 0.5, but for the straight line.",
        panels=tuple(panels),
    )
