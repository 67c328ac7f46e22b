"""Training that begins from weights that have learned something else, and from fresh ones.

Belief  SGD finds equally good minima from anywhere; a net that knows a part of the data already is a better start.
Source  Ash, Adams, NeurIPS 2020, arXiv:1910.08475, abstract (a warm start generalises worse; a simple trick mends that,
        in the paper to shrink and perturb the weights); Liu, Papailiopoulos, Achlioptas, NeurIPS 2020,
        arXiv:1906.02613, abstract (from a start that fits random labels SGD reaches bad minima).
Here    1,000 examples of MNIST-1D and 2,000 to test on, made anew for each seed; 100-100 ReLU units, 400 updates of
        Adam at 0.003 in batches of 50. `warm`: 800 updates on a quarter of the same examples come before; `random`: 800
        on all of them with random labels; then a fresh optimizer. `perturbed`: in between the weights are multiplied
        by 0.4, and 0.5 times the weights of a fresh start is added. `digits`: 600 of scikit-learn's 8 x 8 digits and
        1,100 others to test on. `full`: CIFAR-10, 512-512 units, ten epochs of Adam at 0.001 in batches of 128, and
        before them as many updates on half of the images; weights are multiplied by 0.2.
Limits  Equal updates on the true labels, not equal work: warm starts have had 800 updates more. All end with
        96 to 99 % of the training labels right (medians), the fresh one with the fewest. Weight decay and augmentation
        are not tried. A warm start on a quarter cost less than 2 points on digits (96 development seeds), and by SGD
        at 0.5 on MNIST-1D less than 3 (24 seeds); neither is a claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hw1.claims._dense_nets import Training
from hw1.claims._yardsticks import CHANCE, PerSeed, better_than_chance, loss_below
from hw1.data import CLASSES, Problem, corrupt, resampled
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, assays, claim
from hw1.statistics import Score, less
from hw1.streams import Draw, streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import nn

    from hw1.training import Phase

REVISION = 1
ARMS = ("fresh", "warm", "warm_perturbed", "random", "random_perturbed", "fresh_digits", "random_digits")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, nets and training."""

    data: str = "mnist1d"
    train: int = 1_000
    test: int = 2_000
    widths: tuple[int, ...] = (100, 100)
    updates: int = 400  # on all examples with their labels
    before: int = 800  # updates before these
    part: float = 0.25  # share of the examples that a warm start has seen
    early: int = 100  # updates on all examples after which the loss is read on its way
    shrink: float = 0.4
    perturb: float = 0.5
    other_data: str = "digits"
    other_train: int = 600
    other_test: int = 1_100


FAST = Setting()
# Times 0.4, perturbed nets stay a point behind the fresh one on CIFAR-10 (two development seeds), and are no control.
FULL = FAST.on_cifar10(before=3_900, part=0.5, early=390, shrink=0.2)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed from the start of the arm.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update, and
    early_loss, the training loss on the way; known, the training accuracy before the last phase on what was trained on
    until then (0 where that is nothing). `curves`: seed, arm, step (update of the last phase), losses and accuracies.
    """
    from hw1.training import Phase, in_phases

    draw, (start, *more) = streams_of(run), arm.split("_")
    here = setting
    if "digits" in more:
        here = replace(setting, data=setting.other_data, train=setting.other_train, test=setting.other_test)
    data = here.problem(seeds, draw)
    noise = partial(_perturbed, here, data, seeds, draw) if "perturbed" in more else None
    last = Phase(data, here.recipe(), at=sorted({*here.each(0.25), here.early}), start=noise)
    phases = [*_before(here, start, data, seeds, draw), last]
    found = in_phases(here.nets(data, seeds, draw), phases, seeds=seeds, draw=draw, device=device).parts
    early = list(found[-1].steps).index(here.early)
    known = found[0].last["train_accuracy"] if len(found) > 1 else 0.0
    return found[-1].tables(arm, early_loss=found[-1].curves["train_loss"][:, early], known=known)


def _before(setting: Setting, start: str, data: Problem, seeds: Sequence[int], draw: Draw) -> "list[Phase]":
    """What comes before the training on all examples: nothing, a part of them, or random labels."""
    from hw1.training import Phase

    recipe = setting.recipe(updates=setting.before)
    if start == "warm":
        n = round(setting.part * setting.train)
        return [Phase(resampled(data, np.tile(np.arange(n), (len(seeds), 1))), recipe)]
    if start == "random":
        rngs = [draw(seed, "labels") for seed in seeds]
        shown = [corrupt(y, 1.0, CLASSES, rng)[0] for y, rng in zip(data.y_train, rngs, strict=True)]
        return [Phase(data, recipe, options={"shown": np.stack(shown)})]
    return []


def _perturbed(
    setting: Setting, data: Problem, seeds: Sequence[int], draw: Draw, nets: "Sequence[nn.Module]"
) -> "Sequence[nn.Module]":
    """Nets between the phases, shrunk and with a fresh start added."""
    from hw1.nets.parts import shrunk_and_perturbed

    noise = setting.nets(data, seeds, lambda seed, *purpose: draw(seed, *purpose, "noise"))
    return shrunk_and_perturbed(nets, noise, shrink=setting.shrink, perturb=setting.perturb)


def _prepared(tables: Tables, reference: str, *arms: str) -> PerSeed:
    """The fresh net learned, and what should have been learned before was, clearly above chance."""
    before = assays.above(tables["runs"], "known", 0.5, arms)
    return assays.least(better_than_chance(tables["runs"], reference), before)


@assay("learned from a fresh start, and a quarter before the warm one (accuracies above chance, and above a half)")
def warm_start_known(tables: Tables) -> PerSeed:
    """The fresh net, and what the warm one knew: how it ends is what the claim is about."""
    # On 96 development seeds at least 0.42, and all of the quarter.
    return _prepared(tables, "fresh", "warm")


@assay("learned from a fresh start, and random labels before the other (accuracies above chance, and above a half)")
def random_labels_known(tables: Tables) -> PerSeed:
    """The fresh net, and what the other one knew: how it ends is what the claim is about."""
    # On 96 development seeds at least 0.42, and all of the random labels but for 3 in 1,000.
    return _prepared(tables, "fresh", "random")


@assay("learned digits from a fresh start, and random labels before the other (above chance, and above a half)")
def random_labels_known_digits(tables: Tables) -> PerSeed:
    """The fresh net, and what the other one knew: how it ends is what the claim is about."""
    # On 96 development seeds at least 0.95, and 0.998 of the random labels.
    return _prepared(tables, "fresh_digits", "random_digits")


@assay("trained from a warm start (train_loss below half of ln 10), a quarter known before")
def warm_start_trained(tables: Tables) -> PerSeed:
    """The warm net: that the fresh one falls behind is the claim."""
    # At most 0.31 on 96 development seeds.
    known = assays.above(tables["runs"], "known", 0.5, ["warm"])
    return assays.least(loss_below(0.5, tables["runs"], "warm"), known)


@assay("learned from the perturbed start, a quarter known before (accuracies above chance, and above a half)")
def perturbed_start_learned(tables: Tables) -> PerSeed:
    """The perturbed net, and what it knew: how far the other falls behind is what the claim is about."""
    # At least 0.43 on 96 development seeds.
    return _prepared(tables, "warm_perturbed", "warm", "warm_perturbed")


@assay("learned from the perturbed start, random labels known before (accuracies above chance, and above a half)")
def perturbed_random_start_learned(tables: Tables) -> PerSeed:
    """The perturbed net, and what it knew: how far the other falls behind is what the claim is about."""
    # At least 0.4 on 96 development seeds.
    return _prepared(tables, "random_perturbed", "random", "random_perturbed")


perturbed = arms_control(
    "perturbed", "The weights are shrunk and perturbed.", {start: f"{start}_perturbed" for start in ("warm", "random")}
)
unperturbed = arms_control(
    "unperturbed", "Neither is perturbed.", {f"{start}_perturbed": start for start in ("warm", "random")}
)
all_fresh = arms_control("all_fresh", "Both starts are fresh.", {"warm": "fresh"})
fresh_digits_twice = arms_control("fresh_digits_twice", "Both starts are fresh.", {"random_digits": "fresh_digits"})
ONE_TIER = "on CIFAR-10 dense nets fit random labels after 30 epochs and more, and were not trained on true ones then"
ASH = "Ash and Adams 2020, arXiv:1910.08475, abstract"
LIU = "Liu et al. 2020, arXiv:1906.02613, abstract"


@claim(source=ASH, control=perturbed, assay=warm_start_known)
def a_warm_start_costs_accuracy(tables: Tables) -> Score:
    """On MNIST-1D, a net that has trained on a quarter of the examples before (in `full` CIFAR-10 and a half) ends at
    least half a point less accurate than one from a fresh start.
    """
    return less(tables["runs"], "test_accuracy", arm="warm", than="fresh", by=0.005)


@claim(source=ASH, control=all_fresh, assay=warm_start_trained)
def a_warm_start_is_ahead_at_first(tables: Tables) -> Score:
    """On MNIST-1D, after 100 updates on all examples a net from a fresh start has at least 1.1 times the training loss
    of one that has trained on a quarter of them before (in `full` CIFAR-10, 390 updates and a half).
    """
    return less(tables["runs"], "early_loss", arm="warm", than="fresh", factor=1.1)


@claim(source=ASH, control=unperturbed, assay=perturbed_start_learned)
def shrinking_and_perturbing_repairs_a_warm_start(tables: Tables) -> Score:
    """On MNIST-1D (in `full` CIFAR-10), a warm start whose weights are shrunk and perturbed ends at least half a point
    more accurate than one whose weights are left alone.
    """
    return less(tables["runs"], "test_accuracy", arm="warm", than="warm_perturbed", by=0.005)


@claim(source=LIU, control=perturbed, assay=random_labels_known, tiers=("fast",), because=ONE_TIER)
def memorised_random_labels_cost_accuracy(tables: Tables) -> Score:
    """On MNIST-1D, a net that has fitted random labels of the same examples before ends at least 4 points less accurate
    than one from a fresh start.
    """
    return less(tables["runs"], "test_accuracy", arm="random", than="fresh", by=0.04)


@claim(
    source=f"the same on easy data: {LIU}",
    control=fresh_digits_twice,
    assay=random_labels_known_digits,
    tiers=("fast",),
    because=ONE_TIER,
)
def on_digits_memorised_random_labels_cost_accuracy(tables: Tables) -> Score:
    """On digits, a net that has fitted random labels of the same examples before ends at least half a point less
    accurate than one from a fresh start.
    """
    return less(tables["runs"], "test_accuracy", arm="random_digits", than="fresh_digits", by=0.005)


@claim(
    source=f"{ASH}, for a start that {LIU} has",
    control=unperturbed,
    assay=perturbed_random_start_learned,
    tiers=("fast",),
    because=ONE_TIER,
)
def shrinking_and_perturbing_repairs_memorised_random_labels(tables: Tables) -> Score:
    """On MNIST-1D, a net that has fitted random labels ends at least 2 points more accurate where its weights are
    shrunk and perturbed before it sees the true ones.
    """
    return less(tables["runs"], "test_accuracy", arm="random", than="random_perturbed", by=0.02)


def figure_starts(tables: Tables) -> Figure:
    """Test accuracy after training, and training loss on the way."""
    label, loss = "accuracy on test examples", "training loss (nats)"
    end = every_seed(tables["runs"], "test_accuracy", label, arms=ARMS, x_label="start", levels={"chance": CHANCE})
    way = panels_over(tables["curves"], {"train_loss": loss}, arms=ARMS, x_label="update on all examples")
    return Figure(
        title="Warm starts",
        caption="A warm start is ahead at first and behind at the end, one from random labels more so; shrinking and "
        "perturbing repairs both. Points: seeds; lines: medians; bands: quartiles.",
        panels=(end, *way),
    )
