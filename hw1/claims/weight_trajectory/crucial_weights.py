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
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.claims.weight_trajectory._assays import generalised
from hw1.claims.weight_trajectory._pictures import layer_panel
from hw1.claims.weight_trajectory._runs import Floats, Runs, accuracy_with, by_seed, layers_of, record
from hw1.figures import Figure, Panel, every_seed
from hw1.measures.trajectories import principal
from hw1.registry import assay, claim, table_control
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables, columns_as_arms, join

if TYPE_CHECKING:
    from hw1.training import Classified

REVISION = 2
ARMS = ("trained",)
CHOICES = ("loading", "moved", "random", "random_alike")
SHARE = 0.1
SHEET = "NTU MLDS 2018 homework 1-2"

FAST = Runs()
FULL = FAST.on_cifar10(updates=11_700, points=31, stack=1)  # 30 epochs


def run(setting: Runs, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train eight runs for each seed, and put tenths of their weights back.

    `runs`: seed, arm; test_accuracy at the end; loading_start, moved_start, random_start, random_alike_start and
    loading_zero, moved_zero, random_zero, random_alike_zero: test accuracy lost by the tenth chosen in this way and set
    to its start or to zero; common: share of the tenth by loading that is also of the tenth that moved most; all means
    over the runs; diverged (any). `layers`: seed, arm, layer, its share of all weights (weights) and of the tenth by
    loading (chosen, mean over the runs).
    """
    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    found = record(setting, data, seeds, draw, device=device, runs=setting.runs)
    w, layers, accuracy = found.curves["weights"], layers_of(found.stack), found.last["test_accuracy"]
    tenths = _tenths(w, list(layers.values()), [draw(seed, "tenth", run) for seed, run in found.seeds])
    lost = {
        f"{choice}_{way}": accuracy - accuracy_with(found.stack, data, np.where(tenth, to, w[:, -1]))
        for choice, tenth in tenths.items()
        for way, to in (("start", w[:, 0]), ("zero", np.zeros_like(w[:, 0])))
    }
    seen = {name: values[:, None] for name, values in {"test_accuracy": accuracy, **lost}.items()}
    return join(
        _of_seed(own, {name: tenth[rows] for name, tenth in tenths.items()}, layers, {"seed": seed, "arm": arm})
        for seed, rows, own in by_seed(replace(found, curves=seen), setting.runs)
    )


def _of_seed(
    found: "Classified", tenths: Mapping[str, NDArray[np.bool_]], layers: Mapping[str, int], at: Mapping[str, Any]
) -> Tables:
    """The rows of one seed from its runs, and from the tenths (runs, weights) that were chosen in them."""
    sizes = list(layers.values())
    runs = {
        **{name: float(values.mean()) for name, values in found.last.items()},
        "test_accuracy": found.last["test_accuracy"].mean(),
        "common": (tenths["loading"] & tenths["moved"]).sum() / tenths["loading"].sum(),
        "diverged": bool(found.diverged.any()),
    }
    chosen = _counts(tenths["loading"], sizes).mean(0) / tenths["loading"][0].sum()
    where = {"layer": list(layers), "weights": np.array(sizes) / sum(sizes), "chosen": chosen}
    return Tables({"runs": pd.DataFrame([{**at, **runs}]), "layers": pd.DataFrame({**at, **where})})


def _tenths(w: Floats, sizes: Sequence[int], rngs: Sequence[np.random.Generator]) -> Mapping[str, NDArray[np.bool_]]:
    """A tenth of the weights of every run, (runs, weights), by each choice; `w` (runs, points, weights)."""
    loading = _largest(np.stack([np.abs(principal(path, 1).loadings[0]) for path in w]))
    noise = np.stack([rng.random(w.shape[-1]) for rng in rngs])
    counts = _counts(loading, sizes)
    blocks = np.split(noise, np.cumsum(sizes)[:-1], axis=1)
    return {
        "loading": loading,
        "moved": _largest(np.abs(w[:, -1] - w[:, 0])),
        "random": _largest(noise),
        "random_alike": np.concatenate([_first(block, counts[:, i]) for i, block in enumerate(blocks)], axis=1),
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


@assay("learned (test_accuracy above 0.3, three times chance)")
def there_is_accuracy_to_lose(tables: Tables) -> "pd.Series[float]":
    """The nets before a tenth of their weights is put back, means of eight runs."""
    # 0.95 to 0.97 on 12 development seeds.
    return generalised(tables, "trained")


@table_control
def a_random_tenth_for_loadings(tables: Tables) -> Tables:
    """The tenth by loading loses what a random one loses."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(loading_start=runs["random_start"], loading_zero=runs["random_zero"]))


@claim(source=SHEET, control=a_random_tenth_for_loadings, assay=there_is_accuracy_to_lose)
def weights_with_large_loadings_matter(tables: Tables) -> Score:
    """Setting the tenth of the weights with the largest loadings on the first component back to where it started costs
    at least 5 points more of test accuracy than a random tenth.
    """
    return less(_lost(tables, "start"), "lost", arm="random", than="loading", by=0.05)


@claim(source=SHEET, control=a_random_tenth_for_loadings, assay=there_is_accuracy_to_lose)
def weights_with_large_loadings_matter_at_zero(tables: Tables) -> Score:
    """Setting the tenth of the weights with the largest loadings on the first component to zero costs at least 5 points
    more of test accuracy than a random tenth.
    """
    return less(_lost(tables, "zero"), "lost", arm="random", than="loading", by=0.05)


@claim(
    source=f"{SHEET}; so that layers are compared with themselves",
    control=a_random_tenth_for_loadings,
    assay=there_is_accuracy_to_lose,
)
def weights_with_large_loadings_matter_within_their_layers(tables: Tables) -> Score:
    """Setting the tenth with the largest loadings back to where it started costs at least 5 points more than a random
    tenth that has as many weights from each layer.
    """
    return less(_lost(tables, "start"), "lost", arm="random_alike", than="loading", by=0.05)


@table_control
def a_random_tenth_for_the_moved(tables: Tables) -> Tables:
    """A random tenth stands in the place of that which moved most."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(moved_start=runs["random_start"], moved_zero=runs["random_zero"]))


@claim(
    source=SHEET,
    control=a_random_tenth_for_the_moved,
    assay=there_is_accuracy_to_lose,
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
    return columns_as_arms(tables["runs"], "lost", {choice: f"{choice}_{way}" for choice in CHOICES})


def figure_lost(tables: Tables) -> Figure:
    """Accuracy lost by each choice, in both ways, and where the tenth by loading lies."""
    common = tables["runs"]["common"].median()
    return Figure(
        title="A tenth of the weights put back",
        caption=f"Points: seeds, means of eight runs. {common:.0%} of the tenth with the largest loadings also belongs "
        "to the tenth that moved most (median).",
        panels=(
            _lost_panel(tables, "start", "set to where they started"),
            _lost_panel(tables, "zero", "set to zero"),
            layer_panel(tables["layers"], "chosen", "share of the tenth by loading", title="where they are"),
        ),
    )


def _lost_panel(tables: Tables, way: str, title: str) -> Panel:
    lost, x_label = _lost(tables, way), "how the tenth is chosen"
    return every_seed(lost, "lost", "test accuracy lost", arms=CHOICES, x_label=x_label, title=title)
