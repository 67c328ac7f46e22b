"""Momentum against a larger rate.

Belief  Momentum accelerates gradient descent.
Source  Sutskever, Martens, Dahl, Hinton, ICML 2013, PMLR 28(3):1139 (the belief, for deep nets). Against it: Wang,
        Malladi, Wang, Lyu, Li, ICLR 2024, arXiv:2307.15196, abstract (at small rates SGD behaves alike with
        momentum and without; it gains little where the best rate is not very large).
Here    500 of scikit-learn's 8 x 8 digits and 500 others to test on, drawn anew for each seed; 64-64 ReLU units, 400
        updates of SGD with batches of 50. Momentum m = 0.9 takes steps of lr / (1 - m), ten times the rate, once it has
        gathered way. `plain`: rate 0.02; `momentum`: the same with m = 0.9; `tenfold`: 0.2 without momentum.
        `momentum_far` and `tenfold_far`: the same two at five times these rates, 0.1 and 1.
        `full`: CIFAR-10, 512-512 units, seven epochs of batches of 128 at the same rates.
Limits  One task, one m, a constant rate. The large rates are not tuned: at 1, without momentum, some nets train and
        some stay at chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw1.claims._dense_nets import Training, fit
from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, less, within
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 1
ARMS = ("plain", "momentum", "tenfold", "momentum_far", "tenfold_far")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training, and where arms differ."""

    train: int = 500
    test: int = 500
    optimizer: str = "sgd"
    lr: float = 0.02
    momentum: float = 0.9  # of the arms that have it
    far: float = 5.0  # factor of both rates in the arms that end in `far`
    updates: int = 400


FAST = Setting()
FULL = FAST.on_cifar10(lr=0.02, updates=2_730)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed by SGD, with momentum or with the rate that momentum amounts to.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update.
    `curves`: seed, arm, step (update) and the same.
    """
    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    lr = setting.lr * (setting.far if arm.endswith("far") else 1)
    changes = {"lr": lr, "momentum": setting.momentum if arm.startswith("momentum") else 0.0}
    if arm.startswith("tenfold"):
        changes["lr"] = lr / (1 - setting.momentum)
    return fit(setting, data, seeds=seeds, draw=draw, device=device, changes=changes).tables(arm)


@assay("trained with momentum (train_loss below half of ln 10)")
def momentum_trained(tables: Tables) -> PerSeed:
    """The net with momentum alone: how far plain SGD falls behind is what the claim is about."""
    # At most 0.015 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "momentum")


@assay("trained with momentum and at ten times the rate (train_loss below half of ln 10)")
def both_trained(tables: Tables) -> PerSeed:
    """Two nets at chance have equal losses."""
    # At most 0.015 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "momentum", "tenfold")


@assay("trained with momentum at the large rate (train_loss below half of ln 10)")
def momentum_trained_far(tables: Tables) -> PerSeed:
    """The net with momentum alone: whether the other one stands such a step is what the claim is about."""
    # At most 0.0005 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "momentum_far")


no_momentum = arms_control(
    "no_momentum",
    "Neither net has momentum; both have ten times the rate.",
    {"plain": "tenfold", "momentum": "tenfold"},
)
too_slow = arms_control("too_slow", "The rate stays as it is, without momentum.", {"tenfold": "plain"})
at_moderate_rates = arms_control(
    "at_moderate_rates", "Both at a fifth of these rates.", {"momentum_far": "momentum", "tenfold_far": "tenfold"}
)
plain_is_slow = arms_control(
    "plain_is_slow", "Plain SGD at the same rate in the place of ten times the rate.", {"tenfold": "plain"}
)
ONE_TIER = (
    "on CIFAR-10 momentum lowers the loss by a factor of 1.3 in five epochs and 1.6 in ten, where 5 is claimed; at the "
    "large rates neither net trains, and at the small ones accuracies lie up to 2 points apart (development seeds)"
)


@claim(
    source="Sutskever et al. 2013, and every course",
    control=no_momentum,
    assay=momentum_trained,
    tiers=("fast",),
    because=ONE_TIER,
)
def at_the_same_rate_momentum_speeds_sgd_up(tables: Tables) -> Score:
    """On digits, at the same rate of 0.02, momentum of 0.9 lowers the training loss after 400 updates at least
    fivefold.
    """
    return less(tables["runs"], "train_loss", arm="momentum", than="plain", factor=5)


@claim(
    source="the same belief with steps of equal length; against it Wang et al. 2024, arXiv:2307.15196",
    control=plain_is_slow,
    assay=both_trained,
    expect="refuted",
    because="at a small rate momentum is the rate lr / (1 - m) under another name",
)
def momentum_is_more_than_a_larger_rate(tables: Tables) -> Score:
    """On digits (in `full` CIFAR-10), at a small rate, momentum of 0.9 leaves a training loss that is lower than plain
    SGD at ten times the rate leaves, by a factor of at least 1.2.
    """
    return less(tables["runs"], "train_loss", arm="momentum", than="tenfold", factor=1.2)


@claim(
    source="Wang et al. 2024, arXiv:2307.15196, abstract",
    control=too_slow,
    assay=both_trained,
    tiers=("fast",),
    because=ONE_TIER,
)
def ten_times_the_rate_does_what_momentum_does(tables: Tables) -> Score:
    """On digits, at a small rate, plain SGD at ten times the rate ends within two points of the test accuracy that
    momentum of 0.9 reaches.
    """
    return within(tables["runs"], "test_accuracy", arm="tenfold", target="momentum", margin=0.02)


@claim(
    source="Wang et al. 2024, arXiv:2307.15196, abstract (momentum gains little unless the best rate is very large)",
    control=at_moderate_rates,
    assay=momentum_trained_far,
    tiers=("fast",),
    because=ONE_TIER,
)
def at_large_rates_momentum_is_more_than_a_larger_rate(tables: Tables) -> Score:
    """On digits, with momentum of 0.9 at rate 0.1, the training loss is lower than with plain SGD at rate 1, by a
    factor of at least 2.
    """
    return less(tables["runs"], "train_loss", arm="momentum_far", than="tenfold_far", factor=2)


def figure_losses(tables: Tables) -> Figure:
    """Training loss after training and on the way."""
    label = "training loss (nats)"
    end = every_seed(tables["runs"], "train_loss", label, arms=ARMS, y_log=True)
    way = panels_over(tables["curves"], {"train_loss": label}, arms=ARMS, x_label="update")
    return Figure(
        title="Momentum and larger rates",
        caption="Momentum of 0.9 does at rate 0.02 what ten times the rate does without; at five times these rates it "
        "still trains where plain SGD begins to fail. Points: seeds; lines: medians; bands: quartiles.",
        panels=(end, *way),
    )
