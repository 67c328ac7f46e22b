"""Easy examples first, hard ones first, or all from the start.

Belief  Show nets easy examples first, as one teaches children: they learn faster and end better.
Source  Bengio, Louradour, Collobert, Weston, ICML 2009, doi:10.1145/1553374.1553380; against it: Wu, Dyer, Neyshabur,
        ICLR 2021, arXiv:2012.03107, abstract (no gain from any order on clean data with a standard budget; curricula
        help under a short one or wrong labels).
Here    900 of scikit-learn's 8 x 8 digits and 890 others to test on, drawn anew for each seed; 64 ReLU units, 100
        updates of SGD at 0.1 in batches of 50. Difficulty: the loss of an example under another net that has trained
        for 60 updates on the same examples and labels (`wrong`: 100). `easy` sees the easier half in the first half of
        the updates, `hard` the harder one, and both see all in the second; `mixed` sees all from the start. `wrong`:
        60 % of the labels are drawn at random. `mnist1d`: 1,500 examples of MNIST-1D, 64-64 units, 150 updates of Adam
        at 0.003.
Limits  One pace, in two stages, with one measure of difficulty, and short trainings: the longer, the less the order
        matters. Whether easy first is better than mixed on MNIST-1D changed with
        rate and budget in scouting, and is no claim.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw1.claims._dense_nets import Training, fit
from hw1.claims._yardsticks import CHANCE, PerSeed, better_than_chance
from hw1.data import CLASSES, Problem, corrupt
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, less
from hw1.streams import Draw, streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import Tensor

REVISION = 1
ORDERS = ("mixed", "easy", "hard")
ARMS = (*ORDERS, *(f"{order}_wrong" for order in ORDERS), "easy_mnist1d", "hard_mnist1d")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, nets and training."""

    train: int = 900
    test: int = 890
    widths: tuple[int, ...] = (64,)
    optimizer: str = "sgd"
    lr: float = 0.1
    updates: int = 100
    judging: int = 60  # updates of the net that says how hard an example is
    wrong: float = 0.6  # share of the labels that are drawn at random
    wrong_judging: int = 100
    other_data: str = "mnist1d"
    other_train: int = 1_500
    other_widths: tuple[int, ...] = (64, 64)
    other_optimizer: str = "adam"
    other_lr: float = 3e-3
    other_updates: int = 150
    other_judging: int = 300


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on examples in the arm's order.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy (of the labels that are shown) and test_accuracy
    after the last update. `curves`: seed, arm, step (update) and the same.
    """
    draw, (kind, _, where) = streams_of(run), arm.partition("_")
    here = _of_kind(setting, where)
    data = here.problem(seeds, draw)
    if where == "wrong":
        rngs = [draw(seed, "labels") for seed in seeds]
        shown = [corrupt(y, here.wrong, CLASSES, rng)[0] for y, rng in zip(data.y_train, rngs, strict=True)]
        data = replace(data, y_train=np.stack(shown))
    order = None
    if kind != "mixed":
        losses = _difficulty(here, data, seeds, draw, device)
        order = half_first(losses if kind == "easy" else -losses, here, [draw(seed, "order") for seed in seeds], device)
    return fit(here, data, seeds=seeds, draw=draw, device=device, order=order).tables(arm)


def _of_kind(setting: Setting, kind: str) -> Setting:
    """The setting with the data and the training of a kind of arm."""
    if kind == "wrong":
        return replace(setting, judging=setting.wrong_judging)
    if kind != "mnist1d":
        return setting
    return replace(
        setting,
        data=setting.other_data,
        train=setting.other_train,
        widths=setting.other_widths,
        optimizer=setting.other_optimizer,
        lr=setting.other_lr,
        updates=setting.other_updates,
        judging=setting.other_judging,
    )


def _difficulty(setting: Setting, data: Problem, seeds: Sequence[int], draw: Draw, device: str) -> NDArray[np.floating]:
    """Loss of each training example (nats) under another net of its seed, (seeds, examples)."""
    from torch.nn.functional import cross_entropy

    from hw1.training import outputs_of

    def of_judge(seed: int, *purpose: str) -> np.random.Generator:
        return draw(seed, *purpose, "judge")

    longer = replace(setting, updates=setting.judging)
    judge = fit(longer, data, seeds=seeds, draw=of_judge, device=device, at=[setting.judging]).stack
    outputs = outputs_of(judge, judge.place(data.x_train)).transpose(1, 2)
    losses: NDArray[np.floating] = cross_entropy(outputs, judge.place(data.y_train), reduction="none").cpu().numpy()
    return losses


def half_first(
    values: NDArray[np.floating], setting: Training, rngs: Sequence[np.random.Generator], device: str
) -> "Iterator[Tensor]":
    """Minibatches of the half with the smaller values for half of the updates, and then of all; (seeds, examples)."""
    from hw1.training import staged_orders

    rows = np.argsort(values, axis=1, kind="stable")
    n, updates = rows.shape[1] // 2, setting.updates // 2
    if setting.batch is None or updates < 1:
        raise ValueError(
            f"batch={setting.batch} and updates={setting.updates} leave no two stages. Use minibatches and at least "
            f"two updates."
        )
    return staged_orders([(rows[:, :n], updates), (rows, updates)], rngs, setting.batch, device)


@assay("learned in a mixed order (test_accuracy at least 10 points above chance)")
def mixed_learned(tables: Tables) -> PerSeed:
    """The net without a curriculum: what a curriculum adds is what the claim is about."""
    # At least 0.91 on 96 development seeds.
    return better_than_chance(tables["runs"], "mixed")


@assay("learned from hard examples first (test_accuracy at least 10 points above chance)")
def hard_learned(tables: Tables) -> PerSeed:
    """The net that the claim calls the better one."""
    # At least 0.92 on 96 development seeds.
    return better_than_chance(tables["runs"], "hard")


@assay("learned from easy examples first, most labels wrong (test_accuracy at least 10 points above chance)")
def easy_learned_from_wrong_labels(tables: Tables) -> PerSeed:
    """The net that the claim calls the better one."""
    # At least 0.78 on 96 development seeds.
    return better_than_chance(tables["runs"], "easy_wrong")


@assay("learned from easy examples first on MNIST-1D (test_accuracy at least 10 points above chance)")
def easy_learned_mnist1d(tables: Tables) -> PerSeed:
    """The net that the claim calls the better one."""
    # At least 0.33 on 96 development seeds.
    return better_than_chance(tables["runs"], "easy_mnist1d")


with_wrong_labels = arms_control(
    "with_wrong_labels", "Most labels are wrong.", {order: f"{order}_wrong" for order in ORDERS}
)
with_right_labels = arms_control(
    "with_right_labels", "All labels are right.", {f"{order}_wrong": order for order in ORDERS}
)
on_digits = arms_control("on_digits", "The nets learn digits.", {f"{o}_mnist1d": o for o in ("easy", "hard")})
on_mnist1d = arms_control("on_mnist1d", "The nets learn MNIST-1D.", {o: f"{o}_mnist1d" for o in ("easy", "hard")})
ONE_TIER = "digits and MNIST-1D are the data of the laptop's tier"
WU = "Wu et al. 2021, arXiv:2012.03107, abstract"


@claim(
    source="Bengio et al. 2009, doi:10.1145/1553374.1553380",
    control=with_wrong_labels,
    assay=mixed_learned,
    expect="refuted",
    tiers=("fast",),
    because="easy examples of clean data say little that the others do not say, too",
)
def easy_examples_first_are_better_than_a_mixed_order(tables: Tables) -> Score:
    """On digits, easy examples first give a test accuracy that is at least half a point higher than a mixed
    order does.
    """
    return less(tables["runs"], "test_accuracy", arm="mixed", than="easy", by=0.005)


@claim(
    source="the same belief turned round, seen in the pilot of this experiment",
    control=on_mnist1d,
    assay=hard_learned,
    tiers=("fast",),
    because=ONE_TIER,
)
def on_digits_hard_examples_first_are_better_than_easy_ones(tables: Tables) -> Score:
    """On digits, hard examples first give a test accuracy that is at least 0.2 points higher than easy ones first."""
    return less(tables["runs"], "test_accuracy", arm="easy", than="hard", by=0.002)


@claim(
    source="Bengio et al. 2009, doi:10.1145/1553374.1553380",
    control=on_digits,
    assay=easy_learned_mnist1d,
    tiers=("fast",),
    because=ONE_TIER,
)
def on_mnist1d_easy_examples_first_are_better_than_hard_ones(tables: Tables) -> Score:
    """On MNIST-1D, easy examples first give a test accuracy that is at least a point higher than hard ones first."""
    return less(tables["runs"], "test_accuracy", arm="hard_mnist1d", than="easy_mnist1d", by=0.01)


@claim(
    source=WU,
    control=with_right_labels,
    assay=easy_learned_from_wrong_labels,
    tiers=("fast",),
    because=ONE_TIER,
)
def among_wrong_labels_easy_examples_first_are_better_than_a_mixed_order(tables: Tables) -> Score:
    """Where 60 % of the labels of digits are random, easy examples first give a test accuracy that is at least 0.2
    points higher than a mixed order does.
    """
    return less(tables["runs"], "test_accuracy", arm="mixed_wrong", than="easy_wrong", by=0.002)


@claim(
    source=WU,
    control=with_right_labels,
    assay=easy_learned_from_wrong_labels,
    tiers=("fast",),
    because=ONE_TIER,
)
def among_wrong_labels_easy_examples_first_are_better_than_hard_ones(tables: Tables) -> Score:
    """Where 60 % of the labels of digits are random, easy examples first give a test accuracy that is at least 5
    points higher than hard ones first.
    """
    return less(tables["runs"], "test_accuracy", arm="hard_wrong", than="easy_wrong", by=0.05)


def figure_orders(tables: Tables) -> Figure:
    """Test accuracy after training and on the way."""
    label = "accuracy on test examples"
    end = every_seed(tables["runs"], "test_accuracy", label, arms=ARMS, x_label="order", levels={"chance": CHANCE})
    way = panels_over(tables["curves"], {"test_accuracy": label}, arms=ARMS, x_label="update")
    return Figure(
        title="Easy and hard examples first",
        caption="On clean digits hard examples first are the better order, on MNIST-1D easy ones; where most labels "
        "are wrong, hard examples are the wrong ones. Points: seeds; lines: medians; bands: quartiles.",
        panels=(end, *way),
    )
