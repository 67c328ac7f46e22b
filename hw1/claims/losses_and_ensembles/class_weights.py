"""Weights against imbalance, early and late in a training.

Belief  Where some classes are rare, weighting the loss by inverse frequency cures it.
Source  The belief: most courses, and the option `weight` of torch's cross-entropy. Against it: Byrd, Lipton, ICML 2019,
        arXiv:1812.03372, abstract (importance weights matter early and lose their effect in training).
Here    60 examples of each of five digits and 6 of each of the five others, 330 in all, and 600 to test on, drawn anew
        for each seed; 64-64 ReLU units, SGD at 0.1 with batches of 50, 1,500 updates. `weighted`: each example weighs
        as much as its class is rare, 1 on average.
        `full`: CIFAR-10, 2,500 and 250 images of each class, 512-512 units, 4,000 updates with batches of 128.
Limits  Nets with more parameters than examples and no restraint: they fit all of them in the end, weighted or not, and
        then weights have little left to say. With decay or an early stop they keep their effect longer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hw1.claims._dense_nets import Training, check_early, fit
from hw1.claims._yardsticks import PerSeed
from hw1.claims.losses_and_ensembles._assays import learned
from hw1.data import CLASSES, Problem, by_class, resampled
from hw1.figures import Figure, panels_over
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Classified, Stack

REVISION = 1
ARMS = ("plain", "weighted")
RARE = CLASSES // 2  # classes from this one on are rare


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training."""

    train: int = 1_100  # of which the first of each class are taken
    test: int = 600
    common: int = 60  # examples of each common class
    rare: int = 6
    optimizer: str = "sgd"
    lr: float = 0.1
    early: int = 80  # updates
    updates: int = 1_500


FAST = Setting()
FULL = FAST.on_cifar10(common=2_500, rare=250, optimizer="sgd", lr=0.1, early=150, updates=4_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on common and rare classes.

    `runs`: seed, arm; after the last update train_loss and test_loss (nats, unweighted), train_accuracy and
    test_accuracy; common and rare, the shares of test examples of these classes that are right (recall), and gap, how
    far the two are apart; early_common, early_rare and early_gap, the same after `early` updates. `curves`: seed, arm,
    step (update) and those without `early`.
    """

    draw = streams_of(run)
    drawn = setting.problem(seeds, draw)
    data = resampled(drawn, by_class(drawn.y_train, [setting.common] * RARE + [setting.rare] * (CLASSES - RARE)))
    found = fit(
        setting, data, seeds=seeds, draw=draw, device=device, at=_looks(setting), record=_recalls(data, device),
        **(_weighted(setting, data) if arm == "weighted" else {}),
    )  # fmt: skip
    return _tabled(found, arm, setting.early)


def _looks(setting: Setting) -> list[int]:
    """Numbers of updates after which to measure; twice the early one is for the figure."""
    check_early(setting)
    return sorted({*setting.each(0.1), setting.early, min(2 * setting.early, setting.updates)})


def _weighted(setting: Setting, data: Problem) -> dict[str, Any]:
    """The loss in which all classes weigh alike, 1 on average over the examples."""
    from hw1.training import soft_labels

    weights = np.where(data.y_train < RARE, 1 / setting.common, 1 / setting.rare) * data.y_train.shape[1] / CLASSES
    return {"loss": "soft_cross_entropy", "targets": soft_labels(data.y_train, CLASSES, weights=weights)}


def _recalls(data: Problem, device: str) -> "dict[str, Callable[[Stack], Tensor]]":
    """Shares of the test examples of common and of rare classes that are right, (K,) each."""
    import torch

    from hw1.training import outputs_of

    x, y = (torch.from_numpy(part).to(device) for part in (data.x_test, data.y_test))

    def recall(which: "Tensor") -> "Callable[[Stack], Tensor]":
        share = which / which.sum(1, keepdim=True)
        return lambda stack: ((outputs_of(stack, x.to(stack.dtype)).argmax(-1) == y) * share).sum(1)

    return {"common": recall(y < RARE), "rare": recall(y >= RARE)}


def _tabled(found: "Classified", arm: str, early: int) -> Tables:
    """The curves with their gap, and the early recalls as columns of their own."""
    curves = {**found.curves, "gap": np.abs(found.curves["common"] - found.curves["rare"])}
    then = found.steps.tolist().index(early)
    columns: dict[str, Any] = {f"early_{name}": curves[name][:, then] for name in ("common", "rare", "gap")}
    return replace(found, curves=curves).tables(arm, **columns)


@assay("learned with and without weights (test_accuracy at least 10 points above chance)")
def both_learn(tables: Tables) -> PerSeed:
    """Two nets that guess have no gap."""
    # At least 0.80 on 96 development seeds.
    return learned(tables, *ARMS)


no_weights = arms_control("no_weights", "Neither net is trained with weights.", {"weighted": "plain"})


@table_control
def early_for_late(tables: Tables) -> Tables:
    """The gap is taken early."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(gap=runs["early_gap"]))


@claim(
    source="the belief; Byrd and Lipton 2019, arXiv:1812.03372, abstract (weights have their effect early)",
    control=no_weights,
    assay=both_learn,
)
def early_in_training_class_weights_halve_the_gap(tables: Tables) -> Score:
    """After 80 updates on digits (in `full` 150 on CIFAR-10), weights by inverse frequency have at least halved the gap
    in recall between common and rare classes.
    """
    return less(tables["runs"], "early_gap", arm="weighted", than="plain", factor=2)


@claim(
    source="the same belief of a training to the end; against it Byrd and Lipton 2019, arXiv:1812.03372, abstract",
    control=early_for_late,
    assay=both_learn,
    expect="refuted",
    because="a net that has fitted every example has nothing left that weights could change",
)
def late_in_training_class_weights_halve_the_gap(tables: Tables) -> Score:
    """After 1,500 updates on digits (in `full` 4,000 on CIFAR-10), weights by inverse frequency have at least halved
    the gap in recall between common and rare classes.
    """
    return less(tables["runs"], "gap", arm="weighted", than="plain", factor=2)


@claim(
    source="the price of the cure, seen in the pilot of this experiment",
    control=no_weights,
    assay=both_learn,
)
def early_in_training_class_weights_cost_the_common_classes(tables: Tables) -> Score:
    """After 80 updates on digits (in `full` 150 on CIFAR-10), weights by inverse frequency have lowered the recall of
    common classes by at least a point.
    """
    return less(tables["runs"], "early_common", arm="weighted", than="plain", by=0.01)


def figure_recalls(tables: Tables) -> Figure:
    """Recall of common and rare classes over the training."""
    labels = {"rare": "recall of rare classes", "common": "recall of common classes", "gap": "gap between the two"}
    return Figure(
        title="Weights against imbalance",
        caption="Early in training weights make the rare classes known, at a price to the common ones; later both nets "
        "fit all of their examples and are nearly alike. Lines: medians; bands: quartiles.",
        panels=panels_over(tables["curves"], labels, arms=ARMS, x_label="update"),
    )
