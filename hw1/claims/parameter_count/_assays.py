"""Whether nets have learned anything, which the claims of this family presuppose; no `run` reaches this file."""

import math

import pandas as pd

from hw1.data import CLASSES
from hw1.registry import assays
from hw1.tables import Tables


def fitted(tables: Tables, *arms: str) -> "pd.Series[float]":
    """How far the training losses of all these arms end below half of ln 10, by seed."""
    return assays.below(tables["runs"], "train_loss", math.log(CLASSES) / 2, arms)


def generalised(tables: Tables, *arms: str) -> "pd.Series[float]":
    """How far the test accuracies of all these arms end above 0.3, three times chance, by seed.

    On 1,000 test examples a guess of the class has a deviation of 0.01, and nets as they start reach 0.19 at most.
    """
    return assays.above(tables["runs"], "test_accuracy", 3 / CLASSES, arms)
