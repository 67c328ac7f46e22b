"""The pictures of `eight_runs`: paths in a plane, spectra, layers and steps."""

import numpy as np
import pandas as pd

from hw1.figures import Figure, Panel, Series, bands, line, strip
from hw1.measures.trajectories import walk_spectrum
from hw1.tables import Tables


def figure_paths(tables: Tables) -> Figure:
    """The eight runs of two seeds in the plane of all their points, with accuracy at some points."""
    paths = tables["paths"]
    own = paths[paths["arm"] == "own_starts"]
    first, second = sorted(own["seed"].unique())[:2]
    one = paths[(paths["arm"] == "one_start") & (paths["seed"] == first)]
    return Figure(
        title="Eight runs in the plane of all their points",
        caption="Test accuracy at the start, after a tenth of the training, and at the end. From their own starts the "
        "runs leave a common centre in eight directions; from one start they go the same way. The first seeds, not "
        "chosen ones.",
        panels=(
            _plane(own[own["seed"] == first], "pc", f"own starts, whole net, seed {first}"),
            _plane(own[own["seed"] == second], "pc", f"own starts, whole net, seed {second}"),
            _plane(own[own["seed"] == first], "layer_pc", f"own starts, one layer, seed {first}"),
            _plane(one, "pc", f"one start, whole net, seed {first}"),
        ),
    )


def _plane(paths: pd.DataFrame, name: str, title: str) -> Panel:
    return Panel(
        x_label="first component (weights' units)",
        y_label="second component (weights' units)",
        series=tuple(_path(paths[paths["run"] == run], f"{name}1", f"{name}2", run) for run in paths["run"].unique()),
        title=title,
    )


def _path(rows: pd.DataFrame, x: str, y: str, run: int) -> Series:
    """A run's path; its accuracy at the end, and for the first two runs at the start and after a tenth, too."""
    last = len(rows) - 1
    told = {last} if run > 2 else {0, last // 10, last}
    labels = [f"{accuracy:.0%}" if i in told else "" for i, accuracy in enumerate(rows["test_accuracy"])]
    return line(f"run {run}", rows[x].to_numpy(), rows[y].to_numpy(), labels)


def figure_spectrum(tables: Tables) -> Figure:
    """Shares per component of one run, of all points, and of a random walk."""
    points = len(tables["steps"]["step"].unique()) + 1
    spectra = tables["spectra"]
    k = np.arange(1, spectra["component"].max() + 1)
    of = tuple(spectra["of"].unique())
    panels = [
        Panel(
            x_label="component",
            y_label="share of the variance",
            series=(
                *bands(spectra[spectra["arm"] == arm].assign(arm=lambda f: f["of"]), x="component", y="share", arms=of),
                line(f"random walk of {points} points, exact", k, walk_spectrum(points)[: len(k)]),
            ),
            title=arm,
            y_log=True,
        )
        for arm in spectra["arm"].unique()
    ]
    return Figure(
        title="Principal components of one run, and of eight in one",
        caption="Median and quartiles over the seeds. From their own starts eight runs need seven components, which "
        "tell them apart; from one start they share most of their way.",
        panels=tuple(panels),
    )


def figure_layers(tables: Tables) -> Figure:
    """Where the weights and the variance of a run lie, and how the steps shrink."""
    layers = tables["layers"][tables["layers"]["arm"] == "own_starts"]
    names = tuple(layers["layer"].unique())
    by_layer = layers.assign(arm=layers["layer"])
    weights = layers.groupby("layer")["weights"].first()
    shares = Panel(
        x_label="layer",
        y_label="share of the variance of a run",
        series=(
            *strip(by_layer, y="variance", arms=names),
            line("share of the weights", np.arange(len(names)), weights[list(names)].to_numpy()),
        ),
        ticks=names,
    )
    two = Panel(
        x_label="layer",
        y_label="share of its own two components",
        series=strip(by_layer, y="two", arms=names),
        ticks=names,
        levels={"claimed": 0.9},
    )
    steps = tables["steps"]
    length = Panel(
        x_label="update",
        y_label="step in the plane (weights' units)",
        series=bands(steps, x="step", y="plane", arms=tuple(steps["arm"].unique())),
        y_log=True,
    )
    return Figure(
        title="Layers, and steps",
        caption="Points: seeds; shares of the variance are means over eight runs, those of two components the least. "
        "Lines: mean step of eight runs between two points, median over the seeds, with quartiles.",
        panels=(shares, two, length),
    )
