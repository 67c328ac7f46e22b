"""Sensitivity and generalisation, at equal training loss: true labels against random ones, and over batch sizes.

Belief  Nets that generalise better are less sensitive; random labels make a net more sensitive than true ones.
Source  Novak et al., ICLR 2018, arXiv:1802.08760: over thousands of trained nets the norm of the Jacobian of the
        softmax at test points goes with the generalisation gap; random labels and full batches go with more of it.
Here    512 digits, redrawn for each seed, with their own labels or with random ones; 64-64 ReLU units, plain SGD at 0.1
        with batches of 32, each net read where the loss of its whole training set is first at 0.07 (cap: 3,000
        updates). Over batch sizes: the tables of `batch_size`.
        `full`: CIFAR-10, 512-512 units, 16,384 images, cap 60,000 updates.
Limits  How much random labels add depends on how hard the true ones are to learn: on MNIST-1D, 512 examples, where nets
        memorise either, the Jacobian of the softmax grows 1.3-fold (24 of 24 exploratory seeds) and that of the logits
        not at all. Over batch sizes it is the Jacobian of the logits and the test loss that go together (median tau
        0.85); with test accuracy tau is below 0 on 88 of 96 development seeds (median -0.43), and the Jacobian of the
        softmax goes with the test loss on 87 (median 0.44): neither is a claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hw1.claims._yardsticks import PerSeed
from hw1.claims.sensitivity._assays import all_sizes_learned, reached
from hw1.claims.sensitivity._fit import CIFAR10, Nets, Reading, fit, geometric
from hw1.claims.sensitivity._reading import at, one_size
from hw1.figures import Figure, every_seed
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, associated, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 3
ARMS = ("true_labels", "random_labels")


@dataclass(frozen=True, kw_only=True)
class Setting(Nets):
    """Data, training and the level of training loss at which the nets are compared."""

    data: str = "digits"
    test: int = 1_000
    redrawn: float = 1.0  # share of the labels in the arm `random_labels`; `noise` is that of the other
    batch: int = 32
    lr: float = 0.1
    level: float = 0.07  # training loss in nats
    updates: int = 3_000  # the cap
    checks: int = 150  # of the level


FAST = Setting()
FULL = replace(FAST, **CIFAR10, batch=128, lr=0.02, updates=60_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed to the level, on true or on random labels; `runs` and `stops`: see `fit`."""
    checks = geometric(setting.updates / 30, setting.updates, setting.checks)
    reading, draw = Reading(at={}, level=setting.level, checks=checks), streams_of(run)
    shown = replace(setting, noise=setting.redrawn) if arm == "random_labels" else setting
    return fit(shown, reading, batch=setting.batch, lr=setting.lr, arm=arm, seeds=seeds, draw=draw, device=device)


@assay("reached the level of training loss (true_labels and random_labels, before the cap)")
def level_reached(tables: Tables) -> PerSeed:
    """Nets that were stopped by the cap are not at equal training loss."""
    # No net was stopped on 36 development seeds.
    return reached(tables, "true_labels", "random_labels")


true_labels_twice = arms_control(
    "true_labels_twice", "Both arms have the nets of the true labels.", {"random_labels": "true_labels"}
)


@claim(source="Novak et al. 2018, arXiv:1802.08760", control=true_labels_twice, assay=level_reached)
def random_labels_make_a_net_more_sensitive(tables: Tables) -> Score:
    """At equal training loss the Jacobian of the logits at test points is twice as large in nets that were trained on
    random labels as in nets that were trained on true ones.
    """
    return less(at(tables, "loss"), "logit_jacobian", arm="true_labels", than="random_labels", factor=2)


@claim(source="Novak et al. 2018, arXiv:1802.08760", control=true_labels_twice, assay=level_reached)
def random_labels_make_probabilities_more_sensitive(tables: Tables) -> Score:
    """At equal training loss the Jacobian of the softmax at test points is five times as large in nets that were
    trained on random labels as in nets that were trained on true ones.
    """
    return less(at(tables, "loss"), "softmax_jacobian", arm="true_labels", than="random_labels", factor=5)


@claim(source="Novak et al. 2018, arXiv:1802.08760", control=one_size, assay=all_sizes_learned, experiment="batch_size")
def less_sensitive_nets_generalise_better(tables: Tables) -> Score:
    """At equal training loss test loss rises with sensitivity over the batch sizes and both rules for the learning rate
    of a seed: Kendall's tau is above 0.4.
    """
    frame = at(tables, "loss")
    different = frame[frame["arm"] != "linear_3"]  # the same net as fixed_3
    return associated(different, "logit_jacobian", "test_loss", by=0.4)


def figure_sensitivity(tables: Tables, setting: Setting) -> Figure:
    """Sensitivity of every seed, and what came with it."""
    labels = {
        "logit_jacobian": "norm of the Jacobian of the logits",
        "softmax_jacobian": "norm of the Jacobian of the softmax",
        "train_loss": "training loss (nats)",
        "test_loss": "test loss (nats)",
    }
    frame, capped = at(tables, "loss"), int(tables["runs"]["capped"].sum())
    return Figure(
        title="True labels and random ones at equal training loss",
        caption=f"Each point is a net, read where its training loss is first at {setting.level:g}; the Jacobians are "
        f"of test points. Stopped by the cap of {setting.updates:,} updates: {capped} of {len(tables['runs'])}.",
        panels=tuple(
            every_seed(frame, metric, label, arms=ARMS, x_label="labels", y_log=True)
            for metric, label in labels.items()
        ),
    )
