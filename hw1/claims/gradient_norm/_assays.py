"""Whether nets have trained at all, which the claims of this family presuppose; no `run` reaches this file."""

import math

import pandas as pd

from hw1.data import CLASSES
from hw1.registry import assays
from hw1.tables import Tables

NATS = math.log(CLASSES)  # cross-entropy of the best constant, where all classes are as frequent
SQUARES = (1 - 1 / CLASSES) / CLASSES  # 0.09: its mean squared error on one-hot targets


def trained(tables: Tables, loss: float, *arms: str) -> "pd.Series[float]":
    """How far below this loss all these arms end, by seed."""
    return assays.below(tables["runs"], "loss", loss, arms)
