"""Tables and scores made from plain numbers."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from hw1.statistics import Score


@pytest.fixture(scope="session")
def tidy() -> Callable[..., pd.DataFrame]:
    """One row per seed (from 1000) and arm, with a metric `y`: tidy(a=[...], b=[...])."""

    def build(**arms: Sequence[float]) -> pd.DataFrame:
        rows = [(1000 + i, arm, value) for arm, column in arms.items() for i, value in enumerate(column)]
        return pd.DataFrame(rows, columns=["seed", "arm", "y"])

    return build


@pytest.fixture(scope="session")
def score_of() -> Callable[[Sequence[float]], Score]:
    """A score with exactly these numbers, one per seed."""

    def build(numbers: Sequence[float]) -> Score:
        seeds = pd.RangeIndex(1000, 1000 + len(numbers), name="seed")
        return Score(
            kind="above",
            metric="y",
            arms=("a",),
            margin=0.0,
            parameters={},
            words="a above 0",
            matrix=pd.DataFrame({"a": np.asarray(numbers, dtype=float)}, index=seeds),
            rule=lambda y: y[..., 0],
            effect=lambda s: s,
            effect_name="value",
        )

    return build
