"""Warm-up at moderate and at large rates.

Belief  A learning rate should be warmed up: it makes training better.
Source  Goyal et al., arXiv:1706.02677, section 2.2 (gradual warm-up, for large batches). Against it as a rule: Kalra,
        Barkeshli, NeurIPS 2024, arXiv:2406.09405, abstract (the main benefit is that larger rates can be used).
Here    1,000 examples of MNIST-1D and 500 to test on, made anew for each seed; 64-64-64 ReLU units, 300 updates of Adam
        with batches of 50 and a cosine to 0. `warmed`: over the first third of the updates the rate rises linearly from
        0. Rate 0.003, and 0.05 (`large`).
Limits  A short training, in which a third of the updates is much. The cosine is the same with and without warm-up. At
        0.1 some nets do not train without warm-up; with it the loss was lower by a factor of 1.05 on 41 of 48
        development seeds. With SGD and momentum warm-up raised the training loss at 0.05, 0.1 and 0.2 (12 seeds). None
        is a claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw1.claims._dense_nets import Training, fit
from hw1.claims._yardsticks import CHANCE, PerSeed, better_than_chance
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 1
ARMS = ("plain", "warmed", "plain_large", "warmed_large")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training, and where arms differ."""

    data: str = "mnist1d"
    train: int = 1_000
    test: int = 500
    widths: tuple[int, ...] = (64, 64, 64)
    large_lr: float = 0.05
    schedule: str = "cosine"
    warmup: float = 0.33  # share of the updates
    updates: int = 300


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed at one of the rates, warmed up or not.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update.
    `curves`: seed, arm, step (update) and the same.
    """
    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    start, _, large = arm.partition("_")
    changes = {
        "lr": setting.large_lr if large else setting.lr,
        "warmup": round(setting.warmup * setting.updates) if start == "warmed" else 0,
    }
    return fit(setting, data, seeds=seeds, draw=draw, device=device, changes=changes).tables(arm)


@assay("learned at the moderate rate (test_accuracy at least 10 points above chance)")
def both_learn(tables: Tables) -> PerSeed:
    """Two nets that guess have equal losses."""
    # At least 0.31 on 96 development seeds.
    return better_than_chance(tables["runs"], "plain", "warmed")


@assay("learned with warm-up at the large rate (test_accuracy at least 10 points above chance)")
def warmed_learns_at_the_large_rate(tables: Tables) -> PerSeed:
    """The warmed net alone: whether the other one stands the rate is what the claim is about."""
    # At least 0.37 on 96 development seeds.
    return better_than_chance(tables["runs"], "warmed_large")


at_the_large_rate = arms_control(
    "at_the_large_rate", "At a rate that plain starts do not stand.", {"plain": "plain_large", "warmed": "warmed_large"}
)
at_the_moderate_rate = arms_control(
    "at_the_moderate_rate",
    "At a rate that plain starts stand.",
    {"plain_large": "plain", "warmed_large": "warmed"},
)
ONE_TIER = "MNIST-1D is the data of the laptop's tier; the sources have ImageNet, CIFAR-10 and language"


@claim(
    source="the belief of most courses, as a rule; against it Kalra and Barkeshli 2024, arXiv:2406.09405",
    control=at_the_large_rate,
    assay=both_learn,
    expect="refuted",
    tiers=("fast",),
    because="at a rate that the start stands, warm-up only takes steps away",
)
def warm_up_lowers_the_training_loss(tables: Tables) -> Score:
    """On MNIST-1D, Adam at 0.003 ends with a lower training loss when its rate is warmed up over a third of the
    training, by a factor of at least 1.05.
    """
    return less(tables["runs"], "train_loss", arm="warmed", than="plain", factor=1.05)


@claim(
    source="Kalra and Barkeshli 2024, arXiv:2406.09405, abstract",
    control=at_the_moderate_rate,
    assay=warmed_learns_at_the_large_rate,
    tiers=("fast",),
    because=ONE_TIER,
)
def at_a_large_rate_warm_up_lowers_the_training_loss(tables: Tables) -> Score:
    """On MNIST-1D, Adam at 0.05 ends with a lower training loss when its rate is warmed up over a third of the
    training, by a factor of at least 1.05.
    """
    return less(tables["runs"], "train_loss", arm="warmed_large", than="plain_large", factor=1.05)


def figure_warm_up(tables: Tables) -> Figure:
    """Training loss and test accuracy after training, and the loss on the way."""
    loss, accuracy = "training loss (nats)", "accuracy on test examples"
    ends = (
        every_seed(tables["runs"], "train_loss", loss, arms=ARMS, y_log=True),
        every_seed(tables["runs"], "test_accuracy", accuracy, arms=ARMS, levels={"chance": CHANCE}),
    )
    return Figure(
        title="Warm-up",
        caption="At 0.003 warm-up costs steps; at 0.05 it saves some. Points: seeds; lines: medians; bands: quartiles.",
        panels=(*ends, *panels_over(tables["curves"], {"train_loss": loss}, arms=ARMS, x_label="update")),
    )
