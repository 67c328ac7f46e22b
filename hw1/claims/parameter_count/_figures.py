"""Figures over the number of parameters, with the interpolation threshold marked."""

from collections.abc import Mapping

import pandas as pd

from hw1.figures import Figure, Panel, band

FITTED = 0.99  # training accuracy at which a net interpolates


def threshold(runs: pd.DataFrame, level: float = FITTED) -> float | None:
    """Fewest parameters with a median training accuracy of at least the level; None where there are none."""
    medians = runs.groupby("parameters")["train_accuracy"].median()
    reached = medians[medians >= level]
    return float(reached.index[0]) if len(reached) else None


def family_panel(runs: pd.DataFrame, metric: str, label: str, *, y_log: bool = False) -> Panel:
    """A metric in training and in test over the number of parameters, with the interpolation threshold marked."""
    at, parts = threshold(runs), {"training": f"train_{metric}", "test": f"test_{metric}"}
    return Panel(
        x_label="parameters",
        y_label=label,
        series=tuple(band(runs, name, x="parameters", y=y) for name, y in parts.items()),
        x_log=True,
        y_log=y_log,
        places={} if at is None else {f"{FITTED:.0%} of the training labels fitted": at},
    )


def best_and_last(groups: Mapping[str, pd.DataFrame]) -> Figure:
    """What the last measurement has lost of the highest test accuracy, for groups of `runs` by name."""
    lost = {name: runs.assign(lost=runs["best_accuracy"] - runs["test_accuracy"]) for name, runs in groups.items()}
    series = tuple(band(runs, name, x="parameters", y="lost") for name, runs in lost.items())
    largest = ", ".join(
        f"{runs.groupby('parameters')['lost'].median().max():.3f} ({name})" for name, runs in lost.items()
    )
    return Figure(
        title="The best measurement against the last",
        caption="Median and quartiles over the seeds. Every claim is about the last update. The best measurement is "
        "chosen by the test labels, so nobody could have stopped there; at the size that loses most it is better by "
        f"{largest} in the median.",
        panels=(Panel(x_label="parameters", y_label="lost test accuracy", series=series, x_log=True),),
    )
