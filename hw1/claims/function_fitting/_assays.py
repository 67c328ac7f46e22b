"""Whether nets have fitted their target at all, which the claims of this family presuppose; no `run` reaches this file.

The runs say so themselves (`dead`): their error ends above half of the variance of the values that they were trained
on, which may be those of a user's own function.
"""

import pandas as pd

from hw1.registry import assays
from hw1.tables import Tables


def fitted(tables: Tables, *arms: str) -> "pd.Series[float]":
    """Above 0 on the seeds on which the errors of all these arms end below half of the target's variance."""
    return assays.below(tables["runs"], "dead", 0.5, arms)


def one_fitted(tables: Tables, *arms: str) -> "pd.Series[float]":
    """Above 0 on the seeds on which the error of at least one of these arms ends below half of the variance."""
    best: pd.Series[float] = pd.concat([fitted(tables, arm) for arm in arms], axis=1).max(axis=1)
    return best
