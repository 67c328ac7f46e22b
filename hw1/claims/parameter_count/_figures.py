"""Figures over the number of parameters, with the interpolation threshold marked."""

from collections.abc import Mapping

import pandas as pd

from hw1.figures import Figure, Panel, Series, spread

FITTED = 0.99  # training accuracy from which on a net interpolates


def threshold(runs: pd.DataFrame, level: float = FITTED) -> float | None:
    """Parameters from which on the median training accuracy is at least the level; None where it is never."""
    medians = runs.groupby("parameters")["train_accuracy"].median()
    reached = medians[medians >= level]
    return float(reached.index[0]) if len(reached) else None


def family_panel(runs: pd.DataFrame, metrics: Mapping[str, str], label: str, *, y_log: bool = False) -> Panel:
    """One or more metrics over the number of parameters, with the interpolation threshold marked."""
    at = threshold(runs)
    return Panel(
        x_label="parameters",
        y_label=label,
        series=tuple(_over_parameters(name, runs, metric) for metric, name in metrics.items()),
        x_log=True,
        y_log=y_log,
        places={} if at is None else {f"{FITTED:.0%} of the training labels fitted": at},
    )


def best_and_last(groups: Mapping[str, pd.DataFrame]) -> Figure:
    """What the last measurement has lost of the highest test accuracy, for groups of `runs` by name."""
    lost = {name: runs.assign(lost=runs["best_accuracy"] - runs["test_accuracy"]) for name, runs in groups.items()}
    panel = Panel(
        x_label="parameters",
        y_label="lost test accuracy",
        series=tuple(_over_parameters(name, runs, "lost") for name, runs in lost.items()),
        x_log=True,
    )
    largest = ", ".join(
        f"{runs.groupby('parameters')['lost'].median().max():.3f} ({name})" for name, runs in lost.items()
    )
    return Figure(
        title="The best measurement against the last",
        caption="Median and quartiles over the seeds. Every claim is about the last update. The best measurement is "
        "chosen by the test labels, so nobody could have stopped there; at the size that loses most it is better by "
        f"{largest} in the median.",
        panels=(panel,),
    )


def _over_parameters(name: str, runs: pd.DataFrame, metric: str) -> Series:
    wide = runs.pivot(index="seed", columns="parameters", values=metric)
    return spread(name, wide.columns.to_numpy(dtype=float), wide.to_numpy(dtype=float))
