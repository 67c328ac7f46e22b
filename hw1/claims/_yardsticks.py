"""Yardsticks of assays for classifiers: what a net reaches that says the same of every input.

For ten classes that are equally frequent; on data of one's own with others, `hw1.check` moves these levels
(`hw1.registry.levels`). Comments of assays give the extremes of 36 development seeds, 12 of the
present revisions and 24 of those before, in which all presupposed nets trained.
"""

import math
from typing import TypeAlias

import pandas as pd

from hw1.data import CLASSES
from hw1.registry.assays import above, below

PerSeed: TypeAlias = "pd.Series[float]"  # one number per seed; an assay is met where it is above 0

UNIFORM = math.log(CLASSES)  # nats: the loss of equal probabilities, which no other constant beats
CHANCE = 1 / CLASSES
CLEARLY = 0.1  # more accurate than chance: 7 binomial deviations of 500 test examples, the fewest of any experiment


def loss_below(share: float, frame: pd.DataFrame, *arms: str, column: str = "train_loss") -> PerSeed:
    """How far the training loss (nats) of all these arms lies below a share of the best constant's."""
    return below(frame, column, share * UNIFORM, arms)


def better_than_chance(frame: pd.DataFrame, *arms: str) -> PerSeed:
    """How far the test accuracy of all these arms lies above that of chance and 10 points."""
    return above(frame, "test_accuracy", CHANCE + CLEARLY, arms)


def happened(frame: pd.DataFrame, column: str, *arms: str) -> PerSeed:
    """Above 0 where a column of truth values is true for all these arms."""
    return above(frame, column, 0.5, arms)
