"""Figures that several experiments of this family show."""

from collections.abc import Mapping, Sequence

import numpy as np

from hw1.data import CLASSES
from hw1.data.cifar10 import NAMES
from hw1.figures import Figure, Image, Panel, every_seed, tile
from hw1.tables import Tables

CHANNELS = ("red", "green", "blue")


def best_and_last(tables: Tables, arms: Sequence[str]) -> Figure:
    """When test accuracy was highest, and what of it the last epoch has lost; claims are about the last epoch."""
    curves = tables["curves"].sort_values("step")
    by_run = curves.groupby(["seed", "arm"])
    best = curves.loc[by_run["test_accuracy"].idxmax()].assign(
        since=lambda rows: by_run["step"].max().to_numpy() - rows["step"]
    )
    runs = tables["runs"].assign(lost=lambda rows: rows["best_accuracy"] - rows["test_accuracy"])
    lost = runs.groupby("arm")["lost"].median()
    medians = ", ".join(f"{lost[arm]:.3f} ({arm.replace('_', ' ')})" for arm in arms)
    return Figure(
        title="The best epoch against the last",
        caption="Every claim is about the last epoch. The best one is chosen by the test labels, so nobody could have "
        f"stopped there; in the median it is better by {medians}. Each point is a run.",
        panels=(
            every_seed(runs, "lost", "lost test accuracy", arms=arms),
            every_seed(best, "since", "epochs since the best", arms=arms),
        ),
    )


def after_training(
    tables: Tables, labels: Mapping[str, str], *, arms: Sequence[str], x_label: str
) -> tuple[Panel, ...]:
    """A panel for each metric of `runs` with its label, a point for each run; losses on a logarithmic axis."""
    return tuple(
        every_seed(tables["runs"], metric, label, arms=arms, x_label=x_label, y_log=metric.endswith("_loss"))
        for metric, label in labels.items()
    )


def shifts(tables: Tables, arms: Sequence[str], x_label: str, caption: str) -> Figure:
    """Accuracy on the test images as they are and shifted by one pixel, a point for each run."""
    labels = {
        "test_accuracy": "test accuracy",
        "shifted_accuracy": "test accuracy, shifted by one pixel",
        "kept": "share of predictions that a shift leaves as they are",
    }
    panels = after_training(tables, labels, arms=arms, x_label=x_label)
    return Figure(title="Shifts by one pixel", caption=f"{caption} Each point is a run.", panels=panels)


def confusion(shares: np.ndarray, name: str, data: str) -> Image:
    """How often each class is taken for each, as shares of its test examples: the median over the seeds.

    Parameters
    ----------
    shares : of all test examples, by true and by predicted class, (seeds, 10, 10)
    data : the name of the data set
    """
    classes = NAMES if data == "cifar10" else tuple(map(str, range(CLASSES)))
    return Image(
        title=name,
        x_label="predicted class",
        y_label="true class",
        value_label="share of the test examples of the true class",
        tiles=(tile(name, shares / shares.sum(2, keepdims=True)),),
        limits=(0.0, 1.0),
        columns=classes,
        rows=classes,
    )


def filters(weights: np.ndarray) -> tuple[Image, ...]:
    """Filters of a first layer, (filters, channels, height, width): in one image for signals, else one per channel."""
    largest = float(np.abs(weights[np.isfinite(weights)]).max(initial=0.0))
    limits = (-largest, largest)
    if weights.shape[1:3] == (1, 1):
        tiles = (tile("filters", weights[:, 0, 0]),)
        return (Image(x_label="position", y_label="filter", value_label="weight", tiles=tiles, limits=limits),)
    return tuple(
        Image(
            title=name,
            x_label="columns of each filter",
            y_label="rows of each filter",
            value_label="weight",
            tiles=tuple(tile(str(i + 1), one) for i, one in enumerate(weights[:, channel])),
            limits=limits,
        )
        for channel, name in enumerate(CHANNELS if weights.shape[1] == len(CHANNELS) else [""] * weights.shape[1])
    )
