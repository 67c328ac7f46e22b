"""Eight runs in one picture, as on the sheet.

Belief  Eight trainings of one net leave a common centre and end in eight places that are as good as each other; their
        steps shrink; the picture of their first two principal components shows how training goes.
Source  NTU MLDS 2018 homework 1-2 ("visualize the optimization process": weights every few epochs, 8 runs, PCA, one
        layer and the whole net): 9 of 10 public copies that draw it; steps shrink in the one with raw data.
Here    1,000 of scikit-learn's 8 x 8 digits and 700 others to test on, drawn anew for each seed; two hidden layers of
        32 ReLU units (3,466 weights), Adam at 0.001, 600 updates with batches of 50, weights at 21 points; eight runs
        of a seed learn the same images, each in its own order. `own_starts`: each from its own initial weights;
        `one_start`: all from the first one's. PCA of each run, and of all 168 points of a seed.
        `full`: CIFAR-10, two layers of 128 (411,146 weights), 30 epochs with batches of 128, 31 points.
Limits  The plane of eight runs holds 29 % of the variance and shows which run is which: of the rest it tells nothing.
        The weights of a seed take 8 x points x weights x 4 bytes, 2.3 MB here and 408 MB in `full`, as much again
        while they leave the device, and three times as much in the PCA of all. Shrinking steps belong to a training
        that converges: in the second half of a noise-dominated one (see `random_walk`) they grow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hw1.claims.weight_trajectory._assays import generalised, trained
from hw1.claims.weight_trajectory._pictures import figure_layers as figure_layers
from hw1.claims.weight_trajectory._pictures import figure_paths as figure_paths
from hw1.claims.weight_trajectory._pictures import figure_spectrum as figure_spectrum
from hw1.claims.weight_trajectory._runs import Floats, Runs, by_seed, layers_of, record, train_loss_of
from hw1.measures.trajectories import block_shares, overlap, principal, step_lengths, walk_spectrum
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, above, below, less
from hw1.streams import streams_of
from hw1.tables import Tables, join

if TYPE_CHECKING:
    from hw1.training import Classified

REVISION = 3
ARMS = ("own_starts", "one_start")
SHOWN = 12  # components in the table of spectra: seven tell eight runs apart
SHEET = "NTU MLDS 2018 homework 1-2"
PLANE = f"{SHEET}: the eight runs in one plane; explained here"


@dataclass(frozen=True, kw_only=True)
class Setting(Runs):
    """Data, net and training."""

    layer: int = 2  # the one that is also drawn by itself; the second


FAST = Setting()
FULL = FAST.on_cifar10(updates=11_700, points=31, stack=1)  # 30 epochs


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train eight runs for each seed.

    `runs`: seed, arm; of all eight, the least share of two components in a run's own PCA (two_alone); shares of the
    PCA of all points: two_together, between (of the variance, between the runs' centres); overlap of its first seven
    components with the differences of the runs' centres (overlap_centres) and of their starts (overlap_starts, 0 where
    they start together); apart, least distance between two ends over the largest displacement of a run since half
    time; accuracy_spread, largest less smallest test accuracy at the end, start_spread at the start; test_accuracy,
    train_loss (nats), means at the end; shrink, least ratio over the runs of the mean step in the plane of all points
    in the first quarter to that in the last; shrink_whole, with all weights; leaves, least ratio over the runs of the
    distance from the centre of all points at the end to that at the start; diverged (any). `spectra`: seed, arm, of
    (all points, or a run: mean over the eight), component, share. `layers`: seed, arm, layer, its share of the weights
    (weights), of the variance of a run (variance, mean over the runs), and the least share of two components in its own
    PCA of a run (two). `paths`: seed, arm, run, step (update), test_accuracy, pc1, pc2, layer_pc1, layer_pc2 (the same
    for one layer). `steps`: seed, arm, step (update at the end of it), plane and whole: mean length of a step over the
    runs.
    """
    draw = streams_of(run)
    data, one_start = setting.problem(seeds, draw), arm == "one_start"
    found = record(setting, data, seeds, draw, device=device, runs=setting.runs, one_start=one_start)
    found.curves["train_loss"] = train_loss_of(found, data)[:, None]
    return join(_of_seed(setting, arm, seed, own) for seed, _, own in by_seed(found, setting.runs))


def _of_seed(setting: Setting, arm: str, seed: int, found: "Classified") -> Tables:
    w = found.curves["weights"]
    alone = [principal(path).shares for path in w]
    together = principal(w.reshape(-1, w.shape[-1]), max(setting.runs - 1, 2))
    plane = together.coordinates[:, :2].reshape(*w.shape[:2], 2)
    runs = {
        "two_alone": min(shares[:2].sum() for shares in alone),
        "two_together": together.shares[:2].sum(),
        **_between(w, together.loadings[: setting.runs - 1]),
        **_distances(w),
        **_quality(found),
        "shrink": _shrinking(plane),
        "shrink_whole": _shrinking(w),
    }
    steps = {"step": found.steps[1:], "plane": step_lengths(plane).mean(0), "whole": step_lengths(w).mean(0)}
    rows = {
        "runs": pd.DataFrame([runs]),
        "spectra": pd.concat([_spectrum("all points", together.shares), _spectrum("a run", np.mean(alone, axis=0))]),
        "layers": _layers(found),
        "paths": _paths(found, plane, setting.layer),
        "steps": pd.DataFrame(steps),
    }
    return Tables({name: frame.assign(seed=seed, arm=arm) for name, frame in rows.items()})


def _between(w: Floats, components: Floats) -> dict[str, float]:
    """How far the runs' centres are what the components show."""
    centres, starts = w.mean(1, dtype=np.float64), w[:, 0].astype(np.float64)
    centres, starts = centres - centres.mean(0), starts - starts.mean(0)
    total = w.reshape(-1, w.shape[-1]).var(0, dtype=np.float64).sum()
    return {
        "between": np.square(centres).sum() / len(w) / total,
        "overlap_centres": overlap(components, centres),
        "overlap_starts": overlap(components, starts),
    }


def _distances(w: Floats) -> dict[str, float]:
    ends, halves = w[:, -1], w[:, w.shape[1] // 2]
    apart = min(np.linalg.norm(a - b) for a, b in combinations(ends, 2))
    centre = w.reshape(-1, w.shape[-1]).mean(0)
    away = np.linalg.norm(ends - centre, axis=1) / np.linalg.norm(w[:, 0] - centre, axis=1)
    return {"apart": float(apart / np.linalg.norm(ends - halves, axis=1).max()), "leaves": float(away.min())}


def _quality(found: "Classified") -> dict[str, float]:
    spread = np.ptp(found.curves["test_accuracy"], axis=0)
    return {
        "accuracy_spread": spread[-1],
        "start_spread": spread[0],
        "test_accuracy": found.last["test_accuracy"].mean(),
        "train_loss": found.last["train_loss"].mean(),
        "diverged": bool(found.diverged.any()),
    }


def _shrinking(points: Floats) -> float:
    """Least ratio over the runs of the mean step in the first quarter of the steps to that in the last."""
    steps = step_lengths(points)
    quarter = max(steps.shape[1] // 4, 1)
    return float((steps[:, :quarter].mean(1) / steps[:, -quarter:].mean(1)).min())


def _spectrum(of: str, shares: Floats) -> pd.DataFrame:
    return pd.DataFrame({"of": of, "component": np.arange(1, SHOWN + 1), "share": np.pad(shares, (0, SHOWN))[:SHOWN]})


def _layers(found: "Classified") -> pd.DataFrame:
    w, layers = found.curves["weights"], layers_of(found.stack)
    sizes = list(layers.values())
    blocks = pairwise(np.cumsum([0, *sizes]))
    columns = {
        "weights": np.array(sizes) / sum(sizes),
        "variance": np.mean([block_shares(path, sizes) for path in w], axis=0),
        "two": [min(principal(path[:, low:high]).shares[:2].sum() for path in w) for low, high in blocks],
    }
    return pd.DataFrame({"layer": list(layers), **columns})


def _paths(found: "Classified", plane: Floats, number: int) -> pd.DataFrame:
    """All points of all runs, in the plane of the whole net and in that of one layer."""
    w, sizes = found.curves["weights"], layers_of(found.stack).values()
    runs, points = w.shape[:2]
    last = min(number, len(sizes))
    low, high = np.cumsum([0, *sizes])[last - 1 : last + 1]
    layer = principal(w[..., low:high].reshape(runs * points, -1)).coordinates
    columns = {
        "run": np.repeat(np.arange(1, runs + 1), points),
        "step": np.tile(found.steps, runs),
        "test_accuracy": found.curves["test_accuracy"].reshape(-1),
    }
    planes = dict(zip(("pc1", "pc2", "layer_pc1", "layer_pc2"), (*plane.reshape(-1, 2).T, *layer.T), strict=True))
    return pd.DataFrame({**columns, **planes})


@assay("trained from own starts (train_loss, mean of eight runs, below three quarters of ln 10)")
def own_starts_train(tables: Tables) -> "pd.Series[float]":
    """The eight runs from starts of their own."""
    # 0.05 to 0.07 on 12 development seeds, against 1.73.
    return trained(tables, "own_starts")


@assay("trained from own starts and from one (train_loss, mean of eight runs, below three quarters of ln 10)")
def all_starts_train(tables: Tables) -> "pd.Series[float]":
    """The eight runs from starts of their own, and those from one start."""
    # `one_start` 0.05 to 0.08 on 12 development seeds.
    return trained(tables, "own_starts", "one_start")


@assay("learned from own starts (test_accuracy, mean of eight runs, above 0.3, three times chance)")
def own_starts_generalise(tables: Tables) -> "pd.Series[float]":
    """The eight runs from starts of their own: nets that only guess are equally good, too."""
    # 0.96 to 0.97 on 12 development seeds.
    return generalised(tables, "own_starts")


all_from_one_start = arms_control(
    "all_from_one_start",
    "Eight runs from one start stand in the place of eight from their own.",
    {"own_starts": "one_start"},
)


@claim(
    source=f"{SHEET}: eight separate places in 9 of 10 public copies",
    control=all_from_one_start,
    assay=own_starts_train,
)
def eight_runs_end_apart(tables: Tables) -> Score:
    """From their own starts any two of eight runs end at least three times as far from each other as any of them moves
    in the last half of its training.
    """
    return above(tables["runs"], "apart", arm="own_starts", value=3.0)


@table_control
def before_training(tables: Tables) -> Tables:
    """The spread of accuracy is that of the untrained nets."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(accuracy_spread=runs["start_spread"]))


@claim(
    source=f"{SHEET}: final losses 0.085 to 0.115, all accuracies above 97 %",
    control=before_training,
    assay=own_starts_generalise,
)
def eight_runs_end_equally_good(tables: Tables) -> Score:
    """The best and the worst of eight runs from their own starts differ by less than 4 points of test accuracy."""
    # 1.1 points in the median of 96 development seeds, 3.0 at most, where accuracy is 96 %.
    return below(tables["runs"], "accuracy_spread", arm="own_starts", value=0.04)


ON_CIFAR = (
    "on CIFAR-10 runs part whether they start together or not: 77 % of the variance lies between their centres from "
    "own starts and 71 % from one start (one development seed)"
)


@claim(source=PLANE, control=all_from_one_start, assay=all_starts_train, tiers=("fast",), because=ON_CIFAR)
def the_variance_of_eight_runs_is_between_them(tables: Tables) -> Score:
    """Of the variance of all points of eight runs, more than three times as large a share lies between the centres of
    the runs where they have their own starts as where they have one.
    """
    return less(tables["runs"], "between", arm="one_start", than="own_starts", factor=3)


@claim(source=PLANE, control=all_from_one_start, assay=own_starts_train)
def seven_components_tell_eight_runs_apart(tables: Tables) -> Score:
    """From their own starts the first seven components of all points of eight runs span what tells the centres of the
    runs apart: the mean squared cosine between the two is above 0.95.
    """
    return above(tables["runs"], "overlap_centres", arm="own_starts", value=0.95)


@table_control
def centres_for_starts(tables: Tables) -> Tables:
    """The centres of the runs stand in the place of their starts."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(overlap_starts=runs["overlap_centres"]))


@claim(
    source="the picture of eight runs shows the spread of their initial weights, as one explains it at first",
    control=centres_for_starts,
    assay=own_starts_train,
    expect="refuted",
    because="the runs move as far as their starts are apart, each its own way: the seven components are the "
    "differences of their centres, and those of the starts lie in them by six tenths only (0.61 to 0.64)",
)
def seven_components_are_the_starts(tables: Tables) -> Score:
    """The first seven components of all points of eight runs span the differences of their starts: the mean squared
    cosine between the two is above 0.9.
    """
    return above(tables["runs"], "overlap_starts", arm="own_starts", value=0.9)


@claim(
    source=f"{SHEET}; Li et al. 2018, arXiv:1712.09913, section 7", control=all_from_one_start, assay=own_starts_train
)
def the_plane_of_eight_runs_holds_less_than_half(tables: Tables) -> Score:
    """Two components hold less than half of the variance of all points of eight runs from their own starts, though they
    hold more than 90 % of each run by itself.
    """
    # One number for both halves of the sentence: the share of all points, or 1 where a run by itself has less.
    runs = tables["runs"]
    share = runs["two_together"].where(runs["two_alone"] > 0.9, 1.0)
    return below(runs.assign(share=share), "share", arm="own_starts", value=0.5)


@table_control
def backwards(tables: Tables) -> Tables:
    """Each path is walked from its end to its start."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(shrink=1 / runs["shrink"]))


@claim(
    source=f"{SHEET}: mean steps of eight runs from 1.97 to 0.29 in the copy with raw data",
    control=backwards,
    assay=own_starts_train,
)
def steps_in_the_plane_shrink(tables: Tables) -> Score:
    """In the plane of all points each of eight runs takes steps in the first quarter of its training that are at least
    twice as long as in the last.
    """
    return above(tables["runs"], "shrink", arm="own_starts", value=2.0)


@table_control
def nothing_learned(tables: Tables) -> Tables:
    """Each run ends where it starts."""
    return tables.replaced(runs=tables["runs"].assign(leaves=1.0))


@claim(
    source=f"{SHEET}: distances from the centre grow 1.7 to 1.8-fold in 8 of 8",
    control=nothing_learned,
    assay=own_starts_train,
)
def eight_runs_leave_their_centre(tables: Tables) -> Score:
    """From their own starts each of eight runs ends at least a fifth farther from the centre of all points than it
    started.
    """
    return above(tables["runs"], "leaves", arm="own_starts", value=1.2)


@table_control
def a_walk_for_a_layer(tables: Tables) -> Tables:
    """Each layer has the exact share of a random walk of as many points."""
    steps = tables["steps"].groupby(["seed", "arm"])["step"].size().max()
    share = float(walk_spectrum(int(steps) + 1)[:2].sum())
    return tables.replaced(layers=tables["layers"].assign(two=share))


@claim(source=f"{SHEET}: one layer, and the whole net", control=a_walk_for_a_layer, assay=own_starts_train)
def two_components_explain_a_run_in_each_layer(tables: Tables) -> Score:
    """Two components of its own explain more than 90 % of each run in each layer, not only in the whole net."""
    least = tables["layers"].groupby(["seed", "arm"])["two"].min().reset_index()
    return above(least, "two", arm="own_starts", value=0.9)
