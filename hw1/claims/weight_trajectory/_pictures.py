"""Pictures of paths, spectra, layers and steps; apart from what `run` uses, so that a change of one trains nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hw1.figures import Figure, Panel, Series, bands, every_seed, line, panels_over, strip
from hw1.measures.trajectories import walk_spectrum
from hw1.tables import Tables


def plane_panel(paths: Iterable[Series], unit: str, title: str) -> Panel:
    """Paths in the plane of two components."""
    x_label, y_label = f"first component ({unit})", f"second component ({unit})"
    return Panel(x_label=x_label, y_label=y_label, series=tuple(paths), title=title)


def spectrum_panel(
    spectra: pd.DataFrame, arms: Sequence[str], walks: Mapping[str, np.ndarray], title: str = ""
) -> Panel:
    """Shares per component, and the exact ones of random walks by name."""
    k = np.arange(1, spectra["component"].max() + 1)
    return Panel(
        x_label="component",
        y_label="share of the variance",
        series=(
            *bands(spectra, x="component", y="share", arms=arms),
            *(line(name, k, shares[: len(k)]) for name, shares in walks.items()),
        ),
        title=title,
        y_log=True,
    )


def layer_panel(layers: pd.DataFrame, y: str, label: str, **panel: Any) -> Panel:
    """Every seed's share in each layer, beside the layer's share of the weights."""
    names = tuple(layers["layer"].unique())
    weights = layers.groupby("layer")["weights"].first()[list(names)]
    points = strip(layers.assign(arm=layers["layer"]), y=y, arms=names)
    all_weights = line("share of the weights", np.arange(len(names)), weights.to_numpy())
    return Panel(x_label="layer", y_label=label, series=(*points, all_weights), ticks=names, **panel)


def figure_paths(tables: Tables) -> Figure:
    """The eight runs of two seeds in the plane of all their points, with accuracy at some points."""
    paths = tables["paths"]
    own, one = paths[paths["arm"] == "own_starts"], paths[paths["arm"] == "one_start"]
    first, second = sorted(own["seed"].unique())[:2]
    return Figure(
        title="Eight runs in the plane of all their points",
        caption="Test accuracy at the start, after a tenth of the training, and at the end. From their own starts the "
        "runs leave a common centre in eight directions; from one start they go the same way. The first seeds, not "
        "chosen ones.",
        panels=(
            _plane(own, first, "pc", "own starts, whole net"),
            _plane(own, second, "pc", "own starts, whole net"),
            _plane(own, first, "layer_pc", "own starts, one layer"),
            _plane(one, first, "pc", "one start, whole net"),
        ),
    )


def _plane(paths: pd.DataFrame, seed: int, name: str, title: str) -> Panel:
    runs = paths[paths["seed"] == seed].groupby("run")
    return plane_panel([_path(rows, name, run) for run, rows in runs], "weights' units", f"{title}, seed {seed}")


def _path(rows: pd.DataFrame, name: str, run: Any) -> Series:
    """A run's path; its accuracy at the end, and for the first two runs at the start and after a tenth, too."""
    last = len(rows) - 1
    told = {last} if run > 2 else {0, last // 10, last}
    labels = [f"{accuracy:.0%}" if i in told else "" for i, accuracy in enumerate(rows["test_accuracy"])]
    return line(f"run {run}", rows[f"{name}1"].to_numpy(), rows[f"{name}2"].to_numpy(), labels)


def figure_spectrum(tables: Tables) -> Figure:
    """Shares per component of one run, of all points, and of a random walk."""
    points = tables["steps"]["step"].nunique() + 1
    walk = {f"random walk of {points} points, exact": walk_spectrum(points)}
    spectra = tables["spectra"]
    of = tuple(spectra["of"].unique())
    panels = [
        spectrum_panel(rows.assign(arm=rows["of"]), of, walk, str(arm))
        for arm, rows in spectra.groupby("arm", sort=False)
    ]
    return Figure(
        title="Principal components of one run, and of eight in one",
        caption="Median and quartiles over the seeds. From their own starts eight runs need seven components, which "
        "tell them apart; from one start they share most of their way.",
        panels=tuple(panels),
    )


def figure_layers(tables: Tables) -> Figure:
    """Where the weights and the variance of a run lie, and how the steps shrink."""
    layers, steps = tables["layers"], tables["steps"]
    own = layers[layers["arm"] == "own_starts"]
    alone = own.assign(arm=own["layer"])
    names, claimed = tuple(own["layer"].unique()), {"claimed": 0.9}
    length = {"plane": "step in the plane (weights' units)"}
    return Figure(
        title="Layers, and steps",
        caption="Points: seeds; shares of the variance are means over eight runs, those of two components the least. "
        "Lines: mean step of eight runs between two points, median over the seeds, with quartiles.",
        panels=(
            layer_panel(own, "variance", "share of the variance of a run"),
            every_seed(alone, "two", "share of its own two components", arms=names, x_label="layer", levels=claimed),
            *panels_over(steps, length, arms=tuple(steps["arm"].unique()), x_label="update", logs=length),
        ),
    )
