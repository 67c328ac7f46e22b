"""Figures that the experiments of this family share: loss over updates, predictions over the truth, dead runs."""

from collections.abc import Mapping, Sequence

import numpy as np

from hw1.claims.function_fitting._fit import Fitting, On
from hw1.data import TARGETS, grid
from hw1.figures import Figure, Panel, every_seed, line, panels_over, spread
from hw1.tables import Tables

MSE = "mean squared error (target units squared)"

Levels = Mapping[str, float] | None


def learning(tables: Tables, setting: Fitting, arms: Sequence[str], *, title: str, caption: str) -> Figure:
    """Loss over updates, and where every seed ends; how many runs are dead is added to the caption."""
    variance = float(TARGETS[setting.target](grid(setting.points, setting.low)).var())
    levels = {"best constant": variance, "half the variance": variance / 2}
    return Figure(
        title=title,
        caption=f"{caption} Median and quartiles over the seeds in training, and every seed at its end. Runs that "
        f"ended above half the target's variance: {dead_counts(tables, arms)}.",
        panels=(loss_panel(tables, arms, levels=levels), final_panel(tables, arms, levels=levels)),
    )


def predictions(tables: Tables, on: On, arms: Sequence[str], *, title: str, caption: str = "") -> Figure:
    """One panel per arm: the target as a line, and median and quartiles over the seeds of what the nets say."""
    told = f"The target, and median and quartiles over the seeds of the trained nets' outputs. {caption}".strip()
    values = tables.arrays["predictions"]
    return Figure(title=title, caption=told, panels=tuple(_prediction(values[arm], arm, *on) for arm in arms))


def loss_panel(tables: Tables, arms: Sequence[str], *, title: str = "", levels: Levels = None) -> Panel:
    """Median and quartiles over the seeds of the mean squared error, both axes logarithmic (so without update 0)."""
    curves = tables["curves"].query("step > 0")
    (panel,) = panels_over(
        curves, {"mse": MSE}, arms=arms, x_label="updates", logs=("mse",), levels={"mse": levels or {}}, title=title,
        x_log=True,
    )  # fmt: skip
    return panel


def final_panel(tables: Tables, arms: Sequence[str], *, title: str = "", levels: Levels = None) -> Panel:
    """Every seed's mean squared error at the end."""
    runs = tables["runs"]
    return every_seed(runs, "mse", MSE, arms=arms, x_label="net", title=title, y_log=True, levels=levels or {})


def dead_counts(tables: Tables, arms: Sequence[str]) -> str:
    """ "deep 7 of 24, shallow 0 of 24": runs that ended above half the target's variance, for captions."""
    dead = tables["runs"].groupby("arm")["dead"].agg(["sum", "size"])
    return ", ".join(f"{arm} {int(dead['sum'][arm])} of {int(dead['size'][arm])}" for arm in arms)


def _prediction(values: np.ndarray, arm: str, target: str, low: float) -> Panel:
    x = grid(values.shape[1], low)
    series = (line("target", x[:, 0], TARGETS[target](x)[:, 0]), spread(arm, x[:, 0], values))
    return Panel(x_label="x", y_label="output (target units)", series=series, title=arm)
