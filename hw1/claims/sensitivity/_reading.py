"""Frames for claims about stops, and the twin that many of them share."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hw1.claims.sensitivity._fit import FIXED, LINEAR
from hw1.registry import arms_control
from hw1.tables import Tables

one_size = arms_control(
    "one_size", "All arms have one batch size in the middle.", dict.fromkeys(FIXED + LINEAR, "fixed_4")
)


def at(tables: Tables, budget: str) -> pd.DataFrame:
    """The stops of one budget."""
    stops = tables["stops"]
    return stops[stops["budget"] == budget]


def log2(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Norms as powers of two, so that a step of 1 is a factor of two."""
    return frame.assign(**{metric: np.log2(frame[metric])})


def falling(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The metric with its sign turned: where it falls, this rises."""
    return frame.assign(**{metric: -frame[metric]})


def doublings(arms: Sequence[str], batches: Sequence[int]) -> dict[str, float]:
    """The levels of arms in doublings of the batch size."""
    return {arm: float(np.log2(batch)) for arm, batch in zip(arms, batches, strict=True)}
