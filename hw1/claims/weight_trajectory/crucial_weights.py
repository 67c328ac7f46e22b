"""Crucial weights: what is lost where the weights with the largest loadings are put back.

Belief  The weights with large loadings on the first principal component of a training are the crucial ones.
Source  The coursework behind NTU MLDS 2018 homework 1-2 reads its PCA of weights as a way to the crucial ones; none of
        12 public copies puts a weight back to see.
Here    The digits, net and training of `eight_runs` (3,466 weights), eight runs for each seed. A tenth of all weights
        is set to where it started, or to zero, and the loss of test accuracy is the mean over the eight runs. The tenth
        is chosen by the size of its loading on the first component of the run, by how far it moved from start to end,
        at random, or at random with as many from each layer as the tenth by loading has.
        `full`: CIFAR-10, two layers of 128 (411,146 weights), 30 epochs with batches of 128, 31 points.
Limits  A loading is hardly more than a distance: the first component is nearly the way from start to end. Nothing here
        says that these weights would matter in another training.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.claims.weight_trajectory._runs import Draw, Floats, Recorded, Training, accuracy_with, record
from hw1.data.problems import external_data as external_data  # of the data that `full` reads
from hw1.figures import Figure, Panel, line, strip
from hw1.measures.trajectories import principal
from hw1.registry import claim, table_control
from hw1.statistics import Score, less
from hw1.streams import stream
from hw1.tables import Tables

REVISION = 1
ARMS = ("trained",)
CHOICES = ("loading", "moved", "random", "random_alike")
WAYS = ("start", "zero")
SHARE = 0.1
SHEET = "NTU MLDS 2018 homework 1-2"


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training."""

    data: str = "digits"
    train: int = 1_000
    test: int = 700
    widths: tuple[int, ...] = (32, 32)
    optimizer: str = "adam"
    lr: float = 1e-3
    batch: int = 50
    updates: int = 600
    points: int = 21
    runs: int = 8
    stack: int = 4


FAST = Setting()
FULL = replace(
    FAST, data="cifar10", train=50_000, test=10_000, widths=(128, 128), batch=128, updates=11_700, points=31, stack=1
)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train eight runs for each seed, one seed after the other, and put tenths of their weights back.

    `runs`: seed, arm; test_accuracy at the end; loading_start, moved_start, random_start, random_alike_start and
    loading_zero, moved_zero, random_zero, random_alike_zero: test accuracy lost by the tenth chosen in this way and set
    to its start or to zero; common: share of the tenth by loading that is also of the tenth that moved most; all means
    over the runs; diverged (any). `layers`: seed, arm, layer, its share of all weights (weights) and of the tenth by
    loading (chosen, mean over the runs).
    """
    draw = partial(stream, "crucial_weights", REVISION)
    parts = [_of_seed(setting, arm, seed, draw, device) for seed in seeds]
    return Tables({name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]})


def _of_seed(setting: Setting, arm: str, seed: int, draw: Draw, device: str) -> dict[str, pd.DataFrame]:
    found = record(setting, seeds=[seed], draw=draw, device=device, runs=setting.runs)
    start, end = found.weights[:, 0], found.weights[:, -1]
    rngs = [draw(seed, "tenth", run) for run in range(setting.runs)]
    tenths = _tenths(found, rngs)
    lost = {
        f"{choice}_{way}": float((found.accuracy[:, -1] - accuracy_with(found, np.where(tenth, to, end))).mean())
        for choice, tenth in tenths.items()
        for way, to in (("start", start), ("zero", np.zeros_like(start)))
    }
    sizes = list(found.layers.values())
    chosen = _counts(tenths["loading"], sizes).mean(0) / tenths["loading"][0].sum()
    at = {"seed": seed, "arm": arm}
    runs = {
        "test_accuracy": found.accuracy[:, -1].mean(),
        **lost,
        "common": (tenths["loading"] & tenths["moved"]).sum() / tenths["loading"].sum(),
        "diverged": bool(found.diverged.any()),
    }
    layers = {"layer": list(found.layers), "weights": np.array(sizes) / sum(sizes), "chosen": chosen}
    return {"runs": pd.DataFrame([{**at, **runs}]), "layers": pd.DataFrame({**at, **layers})}


def _tenths(found: Recorded, rngs: Sequence[np.random.Generator]) -> Mapping[str, NDArray[np.bool_]]:
    """A tenth of the weights of every run, (runs, weights), by each choice."""
    w = found.weights
    loading = _largest(np.stack([np.abs(principal(path, 1).loadings[0]) for path in w]))
    noise = np.stack([rng.random(w.shape[-1]) for rng in rngs])
    sizes = list(found.layers.values())
    blocks = np.split(noise, np.cumsum(sizes)[:-1], axis=1)
    counts = _counts(loading, sizes)
    alike = [_first(block, counts[:, i]) for i, block in enumerate(blocks)]
    return {
        "loading": loading,
        "moved": _largest(np.abs(w[:, -1] - w[:, 0])),
        "random": _largest(noise),
        "random_alike": np.concatenate(alike, axis=1),
    }


def _largest(sizes: Floats) -> NDArray[np.bool_]:
    """The tenth with the largest sizes in each row."""
    return _first(-sizes, np.full(len(sizes), round(SHARE * sizes.shape[1])))


def _first(values: Floats, counts: NDArray[np.integer]) -> NDArray[np.bool_]:
    """In each row as many of the smallest values as are asked for."""
    rank = np.argsort(np.argsort(values, axis=1, kind="stable"), axis=1, kind="stable")
    first: NDArray[np.bool_] = rank < counts[:, None]
    return first


def _counts(chosen: NDArray[np.bool_], sizes: Sequence[int]) -> NDArray[np.int64]:
    """How many are chosen in each layer, (runs, layers)."""
    counts: NDArray[np.int64] = np.add.reduceat(chosen.astype(np.int64), np.cumsum([0, *sizes[:-1]]), axis=1)
    return counts


@table_control
def a_random_tenth_for_loadings(tables: Tables) -> Tables:
    """The tenth by loading loses what a random one loses."""
    runs = tables["runs"]
    random = {f"loading_{way}": runs[f"random_{way}"] for way in WAYS}
    return tables.replaced(runs=runs.assign(**random))


@claim(source=SHEET, control=a_random_tenth_for_loadings)
def weights_with_large_loadings_matter(tables: Tables) -> Score:
    """Setting the tenth of the weights with the largest loadings on the first component back to where it started costs
    at least 5 points more of test accuracy than a random tenth.
    """
    return less(_lost(tables, "start"), "lost", arm="random", than="loading", by=0.05)


@claim(source=SHEET, control=a_random_tenth_for_loadings)
def weights_with_large_loadings_matter_at_zero(tables: Tables) -> Score:
    """Setting the tenth of the weights with the largest loadings on the first component to zero costs at least 5 points
    more of test accuracy than a random tenth.
    """
    return less(_lost(tables, "zero"), "lost", arm="random", than="loading", by=0.05)


@claim(source=f"{SHEET}; so that layers are compared with themselves", control=a_random_tenth_for_loadings)
def weights_with_large_loadings_matter_within_their_layers(tables: Tables) -> Score:
    """Setting the tenth with the largest loadings back to where it started costs at least 5 points more than a random
    tenth that has as many weights from each layer.
    """
    return less(_lost(tables, "start"), "lost", arm="random_alike", than="loading", by=0.05)


@table_control
def a_random_tenth_for_the_moved(tables: Tables) -> Tables:
    """A random tenth stands in the place of that which moved most."""
    runs = tables["runs"]
    random = {f"moved_{way}": runs[f"random_{way}"] for way in WAYS}
    return tables.replaced(runs=runs.assign(**random))


@claim(
    source=SHEET,
    control=a_random_tenth_for_the_moved,
    expect="refuted",
    because="the first component is nearly the way from start to end: 89 % of the tenth with the largest loadings is "
    "of the tenth that moved most, and it costs as much or less",
)
def loadings_tell_more_than_distances(tables: Tables) -> Score:
    """Setting the tenth with the largest loadings back to where it started costs at least 5 points more of test
    accuracy than the tenth that moved most.
    """
    return less(_lost(tables, "start"), "lost", arm="moved", than="loading", by=0.05)


def _lost(tables: Tables, way: str) -> pd.DataFrame:
    """Test accuracy lost in one way, with the choices in the place of arms: seed, arm, lost."""
    runs = tables["runs"]
    parts = [pd.DataFrame({"seed": runs["seed"], "arm": c, "lost": runs[f"{c}_{way}"]}) for c in CHOICES]
    return pd.concat(parts, ignore_index=True)


def figure_lost(tables: Tables) -> Figure:
    """Accuracy lost by each choice, in both ways, and where the tenth by loading lies."""
    panels = [
        Panel(
            x_label="how the tenth is chosen",
            y_label="test accuracy lost",
            series=strip(_lost(tables, way), y="lost", arms=CHOICES),
            title=f"set to {to}",
            ticks=CHOICES,
        )
        for way, to in (("start", "where they started"), ("zero", "zero"))
    ]
    layers = tables["layers"]
    names = tuple(layers["layer"].unique())
    weights = layers.groupby("layer")["weights"].first()
    where = Panel(
        x_label="layer",
        y_label="share of the tenth by loading",
        series=(
            *strip(layers.assign(arm=layers["layer"]), y="chosen", arms=names),
            line("share of all weights", np.arange(len(names)), weights[list(names)].to_numpy()),
        ),
        title="where they are",
        ticks=names,
    )
    common = tables["runs"]["common"].median()
    return Figure(
        title="A tenth of the weights put back",
        caption=f"Points: seeds, means of eight runs. {common:.0%} of the tenth with the largest loadings is of the "
        "tenth that moved most (median).",
        panels=(*panels, where),
    )
