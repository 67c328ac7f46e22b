"""Figures that the experiments of this family share: loss over updates, predictions over the truth, dead runs."""

from collections.abc import Mapping, Sequence

import numpy as np

from hw1.data import TARGETS, grid
from hw1.figures import Panel, bands, line, spread, strip
from hw1.tables import Tables

MSE = "mean squared error (target units squared)"
UPDATES = "updates"


def loss_panel(
    tables: Tables, arms: Sequence[str], *, title: str = "", levels: Mapping[str, float] | None = None
) -> Panel:
    """Median and quartiles over the seeds of the mean squared error, both axes logarithmic (so without update 0)."""
    curves = tables["curves"]
    return Panel(
        x_label=UPDATES,
        y_label=MSE,
        series=bands(curves[curves["step"] > 0], x="step", y="mse", arms=arms),
        title=title,
        x_log=True,
        y_log=True,
        levels=levels or {},
    )


def prediction_panels(tables: Tables, arms: Sequence[str], *, target: str, low: float = -1.0) -> tuple[Panel, ...]:
    """One panel per arm: the target as a line, and median and quartiles over the seeds of what the nets say."""
    return tuple(_prediction(tables.arrays["predictions"][arm], arm, target, low) for arm in arms)


def final_panel(
    tables: Tables, arms: Sequence[str], *, title: str = "", levels: Mapping[str, float] | None = None
) -> Panel:
    """Every seed's mean squared error at the end."""
    return Panel(
        x_label="net",
        y_label=MSE,
        series=strip(tables["runs"], y="mse", arms=arms),
        title=title,
        y_log=True,
        ticks=tuple(arms),
        levels=levels or {},
    )


def dead_counts(tables: Tables, arms: Sequence[str]) -> str:
    """ "deep 7 of 24, shallow 0 of 24": runs that ended above half the target's variance, for captions."""
    dead = tables["runs"].groupby("arm")["dead"].agg(["sum", "size"])
    return ", ".join(f"{arm} {int(dead['sum'][arm])} of {int(dead['size'][arm])}" for arm in arms)


def variance(target: str, points: int, low: float = -1.0) -> float:
    """Of the target on its grid: the mean squared error of the best constant."""
    return float(TARGETS[target](grid(points, low)).var())


def _prediction(values: np.ndarray, arm: str, target: str, low: float) -> Panel:
    x = grid(values.shape[1], low)
    return Panel(
        x_label="x",
        y_label="output (target units)",
        series=(line("target", x[:, 0], TARGETS[target](x)[:, 0]), spread(arm, x[:, 0], values)),
        title=arm,
    )
