"""The path of the weights against a random walk of as many points.

Belief  Training moves the weights along few directions: two principal components show almost all of the path.
Source  Li, Xu, Taylor, Studer, Goldstein, NeurIPS 2018, arXiv:1712.09913, section 7 (40 to 90 % of the variation lies
        in two dimensions). NTU MLDS 2018 homework 1-2 draws these components; none of 12 public copies gives a share.
        The null is from Antognini and Sohl-Dickstein, NeurIPS 2018, arXiv:1806.08805: a random walk concentrates, too.
Here    2,000 examples of MNIST-1D, two hidden layers of 64 ReLU units (7,434 weights), recorded at 34 points.
        `training`: Adam at 0.003, 1,980 updates with batches of 100. Noise-dominated: SGD at 0.1 with batches of 8,
        3,960 updates, of which `late_half` records the second half and `late_end` the last eighth. `walk` and
        `walk_with_drift`: simulated in as many dimensions. PCA of each run by itself.
        `full`: CIFAR-10, two layers of 128 (411,146 weights), 11,880 and 23,760 updates.
        Decided there too: docs/evidence/full.
Limits  What a share tells depends on the window. The noisy runs have 91 % in two components over the whole training,
        78 to 80 % over its second half, which is near a walk's 76 % by coincidence (the first component has 73 %, a
        walk's 61, the second 6, a walk's 15), and 56 % in its last eighth. One run per seed; eight side by side:
        `eight_runs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hw1.claims.weight_trajectory._assays import trained
from hw1.claims.weight_trajectory._pictures import plane_panel, spectrum_panel
from hw1.claims.weight_trajectory._runs import Floats, Recording, points_of, record
from hw1.data import CLASSES, SHAPES
from hw1.figures import Figure, Panel, every_seed, line
from hw1.measures.trajectories import drift_ratio, principal, random_walk, walk_spectrum
from hw1.registry import arms_control, assay, claim, no_assay, table_control
from hw1.statistics import Score, above, below, within
from hw1.streams import Draw, streams_of
from hw1.tables import Tables, join

REVISION = 2
ARMS = ("training", "late_half", "late_end", "walk", "walk_with_drift")
SHOWN = 10  # components in the table of spectra
WALK = "Antognini and Sohl-Dickstein 2018, arXiv:1806.08805"


@dataclass(frozen=True, kw_only=True)
class Setting(Recording):
    """Data, net and training; `noisy_*` for the arms that are recorded late."""

    data: str = "mnist1d"
    train: int = 2_000
    test: int = 500
    widths: tuple[int, ...] = (64, 64)
    lr: float = 3e-3
    batch: int = 100
    updates: int = 1_980
    points: int = 34
    noisy_optimizer: str = "sgd"
    noisy_lr: float = 0.1
    noisy_batch: int = 8
    noisy_longer: int = 2  # times as many updates
    drift: float = 0.6  # of the simulated walk, in rms steps; the runs of `training` have 0.58 (block 0)
    stack: int = 12


FAST = Setting()
FULL = FAST.on_cifar10(lr=1e-3, updates=11_880, noisy_lr=0.02, stack=4)  # 30 epochs


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed, or simulate a walk, and take the principal components of its path.

    `runs`: seed, arm; first, two: shares of the first component, and of the first two; excess: of these two over the
    exact share in a random walk of as many points without drift; drift: mean step in units of the rms of the rest of
    a step; drift_two: share of two components in a random walk with this drift; train_loss at the end (nats; NaN for
    walks); diverged (then all shares are 0).
    `spectra`: seed, arm, component (1 to 10), share. `paths`: seed, arm, step (number of the point), pc1, pc2, in units
    of the deviation along the first component.
    """
    draw = streams_of(run)
    walks = {"walk": 0.0, "walk_with_drift": setting.drift}
    walked = arm in walks
    paths = _walks(setting, walks[arm], seeds, draw) if walked else _runs(setting, arm, seeds, draw, device)
    return join(_measured(seed, arm, *path) for seed, path in zip(seeds, paths, strict=True))


def _runs(setting: Setting, arm: str, seeds: Sequence[int], draw: Draw, device: str) -> Sequence[tuple[Floats, float]]:
    """The path of every seed, and its training loss at the end."""
    longer = setting.noisy_longer * setting.updates
    noisy = replace(
        setting, optimizer=setting.noisy_optimizer, lr=setting.noisy_lr, batch=setting.noisy_batch, updates=longer
    )
    used = setting if arm == "training" else noisy
    since = {"training": 0, "late_half": used.updates // 2, "late_end": used.updates * 7 // 8}[arm]
    found = record(used, used.problem(seeds, draw), seeds, draw, device=device, since=since, sets=("train", "test"))
    return list(zip(found.curves["weights"], found.last["train_loss"], strict=True))


def _walks(setting: Setting, drift: float, seeds: Sequence[int], draw: Draw) -> Sequence[tuple[Floats, float]]:
    from hw1.nets.dense import count_parameters

    inputs = int(np.prod(SHAPES[setting.data]))
    weights = count_parameters(setting.widths, inputs=inputs, outputs=CLASSES)
    points = len(points_of(setting))
    return [(random_walk(draw(seed, "walk"), points, weights, drift, np.float32), np.nan) for seed in seeds]


def _measured(seed: int, arm: str, path: Floats, train_loss: float) -> Tables:
    """The rows of one seed."""
    points = len(path)
    diverged = not np.isfinite(path).all()
    if diverged:  # explains nothing; the claims that ask for a share are not seen
        path = np.eye(points)
    found = principal(path)
    shares = np.pad(found.shares[: points - 1], (0, SHOWN))[:SHOWN] * (not diverged)
    drift = drift_ratio(path)
    runs = {
        "first": shares[0],
        "two": shares[:2].sum(),
        "excess": shares[:2].sum() - walk_spectrum(points)[:2].sum(),
        "drift": drift,
        "drift_two": walk_spectrum(points, drift)[:2].sum(),
        "train_loss": train_loss,
        "diverged": diverged,
    }
    at = {"seed": seed, "arm": arm}
    plane = found.coordinates / found.coordinates[:, 0].std()
    # The signs of components mean nothing: here a path goes from left to right, and its middle lies above its ends.
    plane = plane * np.where([plane[-1, 0] < plane[0, 0], 2 * plane[points // 2, 1] < plane[[0, -1], 1].sum()], -1, 1)
    return Tables(
        {
            "runs": pd.DataFrame([{**at, **runs}]),
            "spectra": pd.DataFrame({**at, "component": np.arange(1, SHOWN + 1), "share": shares}),
            "paths": pd.DataFrame({**at, "step": np.arange(points), "pc1": plane[:, 0], "pc2": plane[:, 1]}),
        }
    )


@assay("trained (train_loss of training below three quarters of ln 10)")
def the_training_trains(tables: Tables) -> "pd.Series[float]":
    """The whole training."""
    # 0.011 to 0.017 on 12 development seeds, against 1.73.
    return trained(tables, "training")


@assay("trained with batches of 8 (train_loss below three quarters of ln 10)")
def the_noisy_training_trains(tables: Tables) -> "pd.Series[float]":
    """The noise-dominated training, which both late arms record."""
    # 0.44 to 0.60 on 12 development seeds, against 1.73.
    return trained(tables, "late_half", "late_end")


SIMULATED = no_assay("a simulated walk: nothing is trained")

a_walk_for_training = arms_control(
    "a_walk_for_training", "The simulated walk without drift stands in the place of training.", {"training": "walk"}
)


@claim(
    source="Li et al. 2018, arXiv:1712.09913, section 7 (40 to 90 %); the pictures of NTU MLDS 2018 homework 1-2",
    control=a_walk_for_training,
    assay=the_training_trains,
)
def two_components_explain_a_run(tables: Tables) -> Score:
    """Two principal components explain more than 90 % of the path of the weights through a whole training."""
    return above(tables["runs"], "two", arm="training", value=0.9)


@claim(source=WALK, control=a_walk_for_training, assay=the_training_trains)
def training_is_no_random_walk(tables: Tables) -> Score:
    """Two components explain at least 10 points more of a training's path than of a random walk of as many points."""
    return above(tables["runs"], "excess", arm="training", value=0.1)


training_for_late_noise = arms_control(
    "training_for_late_noise",
    "A whole training stands in the place of the noise-dominated half.",
    {"late_half": "training"},
)


@claim(
    source=f"the negative of the claim above; {WALK}, on processes without a goal",
    control=training_for_late_noise,
    assay=the_noisy_training_trains,
    expect="refuted",
    because="in the second half of a training with batches of 8 the noise of the batches moves the weights: two "
    "components explain 1 to 5 points more than of a random walk, whose first two are 76 % of 34 points",
)
def late_noise_is_no_random_walk(tables: Tables) -> Score:
    """Two components explain at least 10 points more of the noise-dominated second half of a training with batches of
    8 than of a random walk of as many points.
    """
    return above(tables["runs"], "excess", arm="late_half", value=0.1)


a_walk_for_the_end = arms_control(
    "a_walk_for_the_end",
    "The simulated walk without drift stands in the place of the last eighth of the noise-dominated training.",
    {"late_end": "walk"},
)


@claim(source=f"{WALK}, on walks in a quadratic potential", control=a_walk_for_the_end, assay=the_noisy_training_trains)
def late_noise_is_held_back(tables: Tables) -> Score:
    """Two components explain at least 10 points less of the last eighth of a training with batches of 8 than of a
    random walk of as many points: its steps do not add up as free ones do.
    """
    # Free steps add up to ever larger distances, which is what the first components are. Here the loss pulls back, and
    # within an epoch the batches' noise cancels, as every example is used once.
    return below(tables["runs"], "excess", arm="late_end", value=-0.1)


a_drift_for_none = arms_control(
    "a_drift_for_none", "The walk with drift stands in the place of that without.", {"walk": "walk_with_drift"}
)


@claim(
    source=f"{WALK}, theorem on the spectrum: exact for 34 points, not only in its limit",
    control=a_drift_for_none,
    assay=SIMULATED,
)
def a_random_walk_has_the_exact_share(tables: Tables) -> Score:
    """Two components of a simulated walk in as many dimensions as the net has weights explain what the exact spectrum
    1 / (2 - 2 cos(k pi / T)) says, within 3 points.
    """
    return within(tables["runs"], "excess", arm="walk", target=0.0, margin=0.03)


no_drift = arms_control(
    "no_drift", "The simulated walk without drift stands in the place of that with one.", {"walk_with_drift": "walk"}
)


@claim(source=f"{WALK}: spectra of trainings resemble a random walk with drift", control=no_drift, assay=SIMULATED)
def two_components_explain_a_walk_with_drift(tables: Tables) -> Score:
    """Two components explain more than 90 % of a random walk, too, where each step has a mean of 0.6 of its deviation:
    so large a share is no sign of learning.
    """
    return above(tables["runs"], "two", arm="walk_with_drift", value=0.9)


@table_control
def without_its_drift(tables: Tables) -> Tables:
    """Training is compared with the exact walk without drift."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(drift_two=runs["two"] - runs["excess"]))


@claim(
    source=f"{WALK}: spectra of trainings resemble a random walk with drift",
    control=without_its_drift,
    assay=the_training_trains,
)
def drift_explains_the_share_of_two_components(tables: Tables) -> Score:
    """A random walk with the drift that a training has, the mean of its steps over the rms of what is left, has the
    training's share in two components within 5 points.
    """
    # The two do not agree component by component: a training's steps shrink, which bends its path. Shares in the median
    # of 96 development seeds: 92, 5 and 2 % against 94, 2 and 1 %.
    runs = tables["runs"]
    gap = runs.assign(gap=runs["two"] - runs["drift_two"])
    return within(gap, "gap", arm="training", target=0.0, margin=0.05)


def figure_spectrum(tables: Tables, setting: Setting) -> Figure:
    """Share per component, with the exact lines of random walks, and the share of two in every run."""
    points = len(points_of(setting))
    walk, drifting = walk_spectrum(points), walk_spectrum(points, setting.drift)
    exact = {"random walk, exact": walk, f"with a drift of {setting.drift:g}, exact": drifting}
    levels = {"random walk, exact": float(walk[:2].sum()), "claimed of a training": 0.9}
    label = "share of the first two components"
    return Figure(
        title="Principal components of a path, and of random walks",
        caption=f"PCA of {points} points of each run by itself; median and quartiles over the seeds, and every seed. "
        "The lines in ink are exact. A training lies far above a walk without drift, and where one with drift lies.",
        panels=(
            spectrum_panel(tables["spectra"], ARMS, exact),
            every_seed(tables["runs"], "two", label, arms=ARMS, x_label="what moved", levels=levels),
        ),
    )


def figure_planes(tables: Tables) -> Figure:
    """The paths in the plane of their first two components."""
    paths = tables["paths"]
    shown = paths[paths["seed"].isin(sorted(paths["seed"].unique())[:3])]
    return Figure(
        title="Paths in the plane of their first two components",
        caption="The first three seeds, each run in the plane of its own components, in units of the deviation along "
        "the first. A random walk of many dimensions draws a smooth curve, too: cosines of half a period and of one.",
        panels=tuple(_plane(shown[shown["arm"] == arm], arm) for arm in ARMS),
    )


def _plane(paths: pd.DataFrame, arm: str) -> Panel:
    seeds = [line(f"seed {seed}", *rows[["pc1", "pc2"]].to_numpy().T) for seed, rows in paths.groupby("seed")]
    return plane_panel(seeds, "deviations of the first", arm)
