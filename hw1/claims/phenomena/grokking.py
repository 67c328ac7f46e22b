"""Grokking: nets that know their examples long before they know the rule.

Belief  Nets on modular arithmetic fit their examples early and generalise long after, if one only waits; weight decay
        makes them.
Source  Power, Burda, Edwards, Babuschkin, Misra, arXiv:2201.02177, abstract (generalisation long after overfitting);
        Gromov, arXiv:2301.02679, abstract (two-layer nets with squared units and squared error, also without
        regularisation); Liu, Kitouni, Nolte, Michaud, Tegmark, Williams, NeurIPS 2022, arXiv:2205.10343, abstract
        (four phases, by hyperparameters: comprehension, grokking, memorisation, confusion).
Here    Addition modulo 19: 198 of the 361 pairs (55 %), as two one-hot vectors, and 90 others to test on, drawn anew
        for each seed; 128 units that square, squared error on one-hot sums, 320 full-batch updates of AdamW at 0.02
        with decay 1. The other arms differ in one thing: `undecayed` (decay 0), `decayed_more` (3), `decayed_most`
        (10), `more_pairs` (271 pairs, 75 %), `cross_entropy`, `relu` and, in two things, `relu_more_pairs`. Fitted:
        99 % of the training pairs right; generalised: 95 % of the test pairs; looked at after every fifth update.
Limits  Waiting is 320 updates, 20 times as long as fitting takes. Of 12 development seeds with 1,600 updates (no
        claims) none generalised without decay or with cross-entropy, and 9 with ReLU and squared error, after 980 or
        more. Gromov's plain gradient descent without decay is not here: modulo 23, in 2,000 updates at three rates, it
        did not generalise from torch's start. Precision belongs to a whole run and not to an arm, so that no claim
        compares two: `python -m hw1 check CLAIM --precision float64` judges one in double precision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hw1.claims._yardsticks import PerSeed
from hw1.data import Problem, number_of_classes
from hw1.figures import Figure, Panel, Series, every_seed, panels_over
from hw1.registry import arms_control, assay, assays, claim
from hw1.settings import Dense, InUpdates
from hw1.statistics import Score, above, less
from hw1.streams import Draw, streams_of
from hw1.tables import Tables, censored, columns_as_arms, first_reached

if TYPE_CHECKING:
    from torch import nn

REVISION = 1
ARMS = (
    "grokking", "undecayed", "decayed_more", "decayed_most", "more_pairs", "cross_entropy", "relu", "relu_more_pairs",
)  # fmt: skip
FITTED, GENERALISED = 0.99, 0.95  # of the training and of the test pairs


@dataclass(frozen=True, kw_only=True)
class Setting(Dense, InUpdates):
    """Data, net and training, and where arms differ."""

    data: str = "addition_mod_19"
    train: int = 198
    more: int = 271  # pairs of the arms that have more
    test: int = 90
    widths: tuple[int, ...] = (128,)
    activation: str = "square"
    other_activation: str = "relu"
    batch: int | None = None
    optimizer: str = "adamw"
    lr: float = 0.02
    weight_decay: float = 1.0
    more_decay: float = 3.0
    most_decay: float = 10.0
    updates: int = 320
    every: int = 5  # updates between two looks
    stack: int = 12


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on a part of all pairs.

    `runs`: seed, arm; train_loss and test_loss (cross-entropy, in nats, whatever was trained), train_accuracy and
    test_accuracy after the last update; updates_to_fit and updates_to_generalise, the number of updates after which
    both accuracies are first at their levels, at the budget + 1 `_censored`. `curves`: seed, arm, step (update), the
    same losses and accuracies.
    """
    from hw1.training import classify

    draw = streams_of(run)
    here = replace(setting, train=setting.more) if arm.endswith("more_pairs") else setting
    if arm.startswith("relu"):
        here = replace(here, activation=setting.other_activation)
    data = here.problem(seeds, draw)
    found = classify(
        made(here, data, seeds, draw),
        data,
        here.recipe(weight_decay=decay_of(setting, arm)),
        seeds=seeds,
        draw=draw,
        device=device,
        at=sorted({*range(0, here.updates, here.every), here.updates}),
        **({} if arm == "cross_entropy" else squared_error(here, data)),
    )
    times: dict[str, Any] = censored(
        here.updates,
        updates_to_fit=first_reached(FITTED, found.curves["train_accuracy"], found.steps),
        updates_to_generalise=first_reached(GENERALISED, found.curves["test_accuracy"], found.steps),
    )
    return found.tables(arm, **times)


def decay_of(setting: Setting, arm: str) -> float:
    """The decoupled weight decay of an arm."""
    own = {"undecayed": 0.0, "decayed_more": setting.more_decay, "decayed_most": setting.most_decay}
    return own.get(arm, setting.weight_decay)


def made(setting: Setting, data: Problem, seeds: Sequence[int], draw: Draw) -> "Sequence[nn.Module]":
    """Nets with an output for each sum."""
    from hw1.nets.dense import dense, initialised

    sizes = {"inputs": data.x_train.shape[-1], "outputs": number_of_classes(setting.data)}
    rngs = [draw(seed, "init") for seed in seeds]
    return initialised(lambda: dense(setting.widths, activation=setting.activation, **sizes), rngs)


def squared_error(setting: Setting, data: Problem) -> dict[str, Any]:
    """The loss against one-hot sums, and these."""
    from hw1.training import soft_labels

    return {"loss": "squared", "targets": soft_labels(data.y_train, number_of_classes(setting.data))}


def fitted(tables: Tables, *arms: str) -> PerSeed:
    """How far the training accuracy of all these arms lies above a half."""
    return assays.above(tables["runs"], "train_accuracy", 0.5, arms)


def generalised(tables: Tables, *arms: str) -> PerSeed:
    """How far the test accuracy of all these arms lies above a half, where chance is 1/19."""
    return assays.above(tables["runs"], "test_accuracy", 0.5, arms)


@assay("generalised with decay 1 (test_accuracy above a half)")
def decayed_nets_generalise(tables: Tables) -> PerSeed:
    """Where that net does not, there is no delay to speak of."""
    # At least 0.98 on 96 development seeds; the other arms fit at least 0.96 of their pairs.
    return generalised(tables, "grokking")


@assay("fitted with the largest decay (train_accuracy above a half) and generalised with decay 1 (test_accuracy too)")
def most_decayed_nets_fit(tables: Tables) -> PerSeed:
    """A net that is held back from its training pairs has nothing to generalise from."""
    return assays.least(fitted(tables, "decayed_most"), generalised(tables, "grokking"))


@assay("fitted without decay (train_accuracy above a half) and generalised with it (test_accuracy too)")
def undecayed_nets_fit(tables: Tables) -> PerSeed:
    """That decay is what they lack can be seen only where nets with it generalise."""
    return assays.least(fitted(tables, "undecayed"), generalised(tables, "grokking"))


@assay("fitted by cross-entropy (train_accuracy above a half) and generalised by squared error (test_accuracy too)")
def nets_fit_by_cross_entropy(tables: Tables) -> PerSeed:
    """That the loss is the reason can be seen only where nets with the other one generalise."""
    return assays.least(fitted(tables, "cross_entropy"), generalised(tables, "grokking"))


@assay("fitted with ReLU (train_accuracy above a half) and generalised with squares (test_accuracy too)")
def relu_nets_fit(tables: Tables) -> PerSeed:
    """That the units are the reason can be seen only where nets with others generalise."""
    return assays.least(fitted(tables, "relu"), generalised(tables, "grokking"))


@assay("fitted more pairs with ReLU (train_accuracy above a half)")
def relu_nets_fit_more_pairs(tables: Tables) -> PerSeed:
    """Training alone: that they generalise is the claim."""
    return fitted(tables, "relu_more_pairs")


with_more_pairs = arms_control("with_more_pairs", "Three quarters of the pairs.", {"grokking": "more_pairs"})
with_decay = arms_control("with_decay", "Decay 1.", {"undecayed": "grokking"})
too_much_decay = arms_control("too_much_decay", "Decay 10 in the place of 3.", {"decayed_more": "decayed_most"})
three_times_the_decay = arms_control("three_times_the_decay", "Decay 3 for 10.", {"decayed_most": "decayed_more"})
no_more_pairs = arms_control("no_more_pairs", "As many pairs as the others.", {"more_pairs": "grokking"})
by_squared_error = arms_control("by_squared_error", "Squared error.", {"cross_entropy": "grokking"})
with_squares = arms_control("with_squares", "Units that square.", {"relu": "grokking"})
too_few_pairs = arms_control("too_few_pairs", "As many pairs as the others.", {"relu_more_pairs": "relu"})
ONE_TIER = "all pairs modulo 19 are a task of the laptop's tier"


@claim(
    source="Power et al., arXiv:2201.02177, abstract (well past the point of overfitting)",
    control=with_more_pairs,
    assay=decayed_nets_generalise,
    tiers=("fast",),
    because=ONE_TIER,
)
def generalisation_comes_long_after_fitting(tables: Tables) -> Score:
    """On 55 % of all sums modulo 19, nets that square take at least 5 times as many updates to get 95 % of the test
    pairs right as they take to get 99 % of their training pairs right.
    """
    times = {"fit": "updates_to_fit", "generalise": "updates_to_generalise"}
    frame = columns_as_arms(tables["runs"].query("arm == 'grokking'"), "updates", times)
    return less(frame, "updates", arm="fit", than="generalise", factor=5)


@claim(
    source="the belief that one only has to wait; on decay: Power et al., arXiv:2201.02177",
    control=with_decay,
    assay=undecayed_nets_fit,
    expect="refuted",
    tiers=("fast",),
    because="nothing moves a net that has fitted its pairs by large weights",
)
def without_decay_waiting_is_enough(tables: Tables) -> Score:
    """After 320 updates of AdamW without weight decay, 20 times as many as it takes to fit, more than half of the test
    sums modulo 19 are right.
    """
    return above(tables["runs"], "test_accuracy", arm="undecayed", value=0.5)


@claim(
    source="Liu et al. 2022, arXiv:2205.10343, abstract (phases by hyperparameters)",
    control=too_much_decay,
    assay=decayed_nets_generalise,
    tiers=("fast",),
    because=ONE_TIER,
)
def three_times_the_decay_generalises_sooner(tables: Tables) -> Score:
    """With decay 3 nets generalise to sums modulo 19 at least 1.5 times as soon as with decay 1."""
    return _sooner(tables, "decayed_more", 1.5)


@claim(
    source="the same with more decay; against it Liu et al. 2022, arXiv:2205.10343, abstract (a Goldilocks zone)",
    control=three_times_the_decay,
    assay=most_decayed_nets_fit,
    expect="refuted",
    tiers=("fast",),
    because="so much decay leaves weights that just fit the training pairs",
)
def ten_times_the_decay_generalises_sooner(tables: Tables) -> Score:
    """With decay 10 nets generalise to sums modulo 19 at least 1.5 times as soon as with decay 1."""
    return _sooner(tables, "decayed_most", 1.5)


@claim(
    source="Power et al., arXiv:2201.02177, abstract (smaller data sets require more optimization)",
    control=no_more_pairs,
    assay=decayed_nets_generalise,
    tiers=("fast",),
    because=ONE_TIER,
)
def with_more_pairs_nets_generalise_sooner(tables: Tables) -> Score:
    """On 75 % of all sums modulo 19 nets generalise at least twice as soon as on 55 %."""
    return _sooner(tables, "more_pairs", 2)


@claim(
    source="the belief, which names no loss; Gromov, arXiv:2301.02679, has squared error",
    control=by_squared_error,
    assay=nets_fit_by_cross_entropy,
    expect="refuted",
    tiers=("fast",),
    because="with these units and so few pairs squared error gets to the rule, and cross-entropy does not in this time",
)
def trained_by_cross_entropy_they_generalise_too(tables: Tables) -> Score:
    """After 320 updates by cross-entropy, with units that square and decay 1, more than half of the test sums modulo 19
    are right.
    """
    return above(tables["runs"], "test_accuracy", arm="cross_entropy", value=0.5)


@claim(
    source="the belief, which names no activation; Gromov, arXiv:2301.02679, has squares",
    control=with_squares,
    assay=relu_nets_fit,
    expect="refuted",
    tiers=("fast",),
    because="ReLU needs more pairs, or more time, to get to the rule",
)
def relu_nets_generalise_from_as_few_pairs(tables: Tables) -> Score:
    """On 55 % of all sums modulo 19, nets of ReLU have more than half of the test pairs right after 320 updates with
    decay 1.
    """
    return above(tables["runs"], "test_accuracy", arm="relu", value=0.5)


@claim(
    source="Power et al., arXiv:2201.02177, abstract (the size of the data set decides)",
    control=too_few_pairs,
    assay=relu_nets_fit_more_pairs,
    tiers=("fast",),
    because=ONE_TIER,
)
def relu_nets_generalise_from_more_pairs(tables: Tables) -> Score:
    """On 75 % of all sums modulo 19, nets of ReLU have more than nine in ten test pairs right after 320 updates with
    decay 1.
    """
    return above(tables["runs"], "test_accuracy", arm="relu_more_pairs", value=0.9)


def _sooner(tables: Tables, arm: str, factor: float) -> Score:
    """An arm generalises sooner than the one with decay 1."""
    return less(tables["runs"], "updates_to_generalise", arm=arm, than="grokking", factor=factor)


def figure_grokking(tables: Tables) -> Figure:
    """Accuracy of every seed over updates, on training and on test pairs."""
    curves = tables["curves"].query("arm == 'grokking' and step % 20 == 0")
    names = {"training pairs": "train_accuracy", "test pairs": "test_accuracy"}
    series = tuple(
        Series(name=name, x=tuple(curves["step"].astype(float)), y=tuple(curves[y].astype(float)), mark="points")
        for name, y in names.items()
    )
    every = Panel(x_label="update", y_label="accuracy", series=series, levels={"generalised": GENERALISED})
    label = "updates until 95 % of test pairs are right"
    times = every_seed(tables["runs"], "updates_to_generalise", label, arms=ARMS, y_log=True)
    return Figure(
        title="Grokking",
        caption="With decay 1 the training pairs are known after 15 updates and the rule after 200. Points: seeds; "
        "those at 321 have not generalised.",
        panels=(every, times),
    )


def figure_arms(tables: Tables) -> Figure:
    """Accuracy over updates in every arm."""
    labels = {"train_accuracy": "accuracy on training pairs", "test_accuracy": "accuracy on test pairs"}
    return Figure(
        title="Grokking and its conditions",
        caption="All arms fit their pairs within 50 updates; which of them find the rule depends on decay, pairs, loss "
        "and units. Lines: medians over the seeds; bands: quartiles.",
        panels=panels_over(tables["curves"], labels, arms=ARMS, x_label="update"),
    )
