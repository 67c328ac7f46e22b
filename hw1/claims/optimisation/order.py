"""The order of the examples: reshuffled, shuffled once, drawn with replacement, sorted by class.

Belief  Examples must be shuffled, and anew in each epoch.
Source  The belief: every course; HaoChen, Sra, ICML 2019, arXiv:1806.10077, abstract (random
        reshuffling is proved to be faster than drawing with replacement after enough epochs).
Here    500 of scikit-learn's 8 x 8 digits and 500 others to test on, drawn anew for each seed; 64 ReLU units, 300
        updates of SGD with batches of 50, 30 epochs. `reshuffled`: a new permutation in each epoch; `once`: the same in
        all; `independent`: each batch drawn with replacement; `sorted`: by class, the same in each epoch, so that a
        batch holds one or two classes. Rate 0.5, and 0.1 (`small`).
Limits  Few epochs of an easy task. What theory says of the last digits of a convex problem is not tested.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hw1.claims._dense_nets import Training, fit
from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.data import Problem
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import Tensor

REVISION = 1
ARMS = ("reshuffled", "once", "independent", "sorted", "reshuffled_small", "sorted_small")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training."""

    train: int = 500
    test: int = 500
    widths: tuple[int, ...] = (64,)
    batch: int = 50
    optimizer: str = "sgd"
    lr: float = 0.5
    small_lr: float = 0.1
    updates: int = 300


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on examples in one of the orders.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update.
    `curves`: seed, arm, step (update) and the same.
    """
    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    kind, _, small = arm.partition("_")
    changes = {"lr": setting.small_lr} if small else {}
    order = _order(kind, data, setting.batch, [draw(seed, "order") for seed in seeds], device)
    return fit(setting, data, seeds=seeds, draw=draw, device=device, changes=changes, order=order).tables(arm)


def _order(
    kind: str, data: Problem, batch: int, rngs: Sequence[np.random.Generator], device: str
) -> "Iterator[Tensor]":
    """Minibatches of a kind; the first epoch of `once` is that of `reshuffled`."""
    from hw1.training import fixed_orders, independent_orders, orders

    n = data.y_train.shape[1]
    match kind:
        case "once":
            return fixed_orders(np.stack([rng.permutation(n) for rng in rngs]), batch, device)
        case "sorted":
            return fixed_orders(np.argsort(data.y_train, axis=1, kind="stable"), batch, device)
        case "independent":
            return independent_orders(rngs, n, batch, device)
    return orders(rngs, n, batch, device)


@assay("trained on reshuffled examples (train_loss below half of ln 10)")
def reshuffled_trained(tables: Tables) -> PerSeed:
    """The reshuffled net alone: how far another order falls behind is what the claim is about."""
    # At most 0.010 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "reshuffled")


@assay("trained on reshuffled examples at the small rate (train_loss below half of ln 10)")
def reshuffled_trained_at_the_small_rate(tables: Tables) -> PerSeed:
    """The reshuffled net alone: how far another order falls behind is what the claim is about."""
    # At most 0.095 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "reshuffled_small")


sorted_in_its_place = arms_control(
    "sorted_in_its_place",
    "Examples sorted by class in the place of that order.",
    {"once": "sorted", "independent": "sorted"},
)
shuffled_once = arms_control("shuffled_once", "Examples shuffled once in the place of sorted ones.", {"sorted": "once"})
at_the_large_rate = arms_control(
    "at_the_large_rate", "Both at five times the rate.", {"reshuffled_small": "reshuffled", "sorted_small": "sorted"}
)
ONE_TIER = "digits are the data of the laptop's tier; the source is a theorem"


@claim(
    source="the default of every data loader; as a theorem HaoChen and Sra 2019, arXiv:1806.10077",
    control=sorted_in_its_place,
    assay=reshuffled_trained,
    expect="refuted",
    tiers=("fast",),
    because="one random order is as good as many while a net is far from the last digits",
)
def a_new_order_in_each_epoch_speeds_training(tables: Tables) -> Score:
    """On digits, SGD at 0.5 on examples that are reshuffled in each of 30 epochs ends with a training loss that is
    lower than on examples shuffled once, by a factor of at least 1.3.
    """
    return less(tables["runs"], "train_loss", arm="reshuffled", than="once", factor=1.3)


@claim(
    source="HaoChen and Sra 2019, arXiv:1806.10077, abstract (a theorem about long trainings)",
    control=sorted_in_its_place,
    assay=reshuffled_trained,
    expect="refuted",
    tiers=("fast",),
    because="in 30 epochs, examples that come twice or not at all cost less than that",
)
def drawing_with_replacement_slows_training(tables: Tables) -> Score:
    """On digits, SGD at 0.5 on batches that are drawn with replacement ends with a training loss that is higher than on
    reshuffled examples, by a factor of at least 1.5.
    """
    return less(tables["runs"], "train_loss", arm="reshuffled", than="independent", factor=1.5)


@claim(
    source="most courses",
    control=shuffled_once,
    assay=reshuffled_trained,
    tiers=("fast",),
    because=ONE_TIER,
)
def examples_sorted_by_class_ruin_training(tables: Tables) -> Score:
    """On digits, SGD at 0.5 on examples sorted by class ends with a training loss that is higher than on reshuffled
    ones, by a factor of at least 2.
    """
    return less(tables["runs"], "train_loss", arm="reshuffled", than="sorted", factor=2)


@claim(
    source="the same belief at a small rate, seen in the pilot of this experiment",
    control=at_the_large_rate,
    assay=reshuffled_trained_at_the_small_rate,
    expect="refuted",
    tiers=("fast",),
    because="at a small rate the ten batches of an epoch add up to one step along the gradient of all examples",
)
def examples_sorted_by_class_slow_training_at_a_small_rate(tables: Tables) -> Score:
    """On digits, SGD at 0.1 on examples sorted by class ends with a training loss that is higher than on reshuffled
    ones, by a factor of at least 1.5.
    """
    return less(tables["runs"], "train_loss", arm="reshuffled_small", than="sorted_small", factor=1.5)


def figure_orders(tables: Tables) -> Figure:
    """Training loss after training and on the way."""
    label = "training loss (nats)"
    end = every_seed(tables["runs"], "train_loss", label, arms=ARMS, y_log=True, x_label="order")
    way = panels_over(tables["curves"], {"train_loss": label}, arms=ARMS, x_label="update")
    return Figure(
        title="The order of the examples",
        caption="How examples are shuffled makes little difference here; that they are is needed at the large rate, "
        "and at the small one even sorted examples train. Points: seeds; lines: medians; bands: quartiles.",
        panels=(end, *way),
    )
