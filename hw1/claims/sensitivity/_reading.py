"""Frames for claims about stops, and twins that take their cause away."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hw1.tables import Tables


def at(tables: Tables, budget: str) -> pd.DataFrame:
    """The stops of one budget."""
    stops = tables["stops"]
    return stops[stops["budget"] == budget]


def log2(frame: pd.DataFrame, *metrics: str) -> pd.DataFrame:
    """Norms as powers of two, so that a step of 1 is a factor of two."""
    return frame.assign(**{metric: np.log2(frame[metric]) for metric in metrics})


def falling(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The metric with its sign turned: where it falls, this rises."""
    return frame.assign(**{metric: -frame[metric]})


def doublings(arms: Sequence[str], batches: Sequence[int]) -> dict[str, float]:
    """The levels of arms in doublings of the batch size."""
    return {arm: float(np.log2(batch)) for arm, batch in zip(arms, batches, strict=True)}


def of_one_arm(arm: str, tables: Tables) -> Tables:
    """For controls: every arm has the stops of one arm."""
    stops = tables["stops"]
    one = stops[stops["arm"] == arm].drop(columns="arm")
    return tables.replaced(stops=stops[["seed", "arm", "budget"]].merge(one, on=["seed", "budget"]))


def of_one_budget(budget: str, tables: Tables) -> Tables:
    """For controls: every budget has the stops of one budget."""
    stops = tables["stops"]
    one = stops[stops["budget"] == budget].drop(columns="budget")
    return tables.replaced(stops=stops[["seed", "arm", "budget"]].merge(one, on=["seed", "arm"]))


def of_one_rule(rule: str, tables: Tables) -> Tables:
    """For controls: the arms of every rule, `<rule>_<size>`, have the stops of the arms of one rule."""
    stops = tables["stops"].assign(size=tables["stops"]["arm"].str.rpartition("_")[2])
    one = stops[stops["arm"] == rule + "_" + stops["size"]].drop(columns="arm")
    return tables.replaced(stops=stops[["seed", "arm", "size", "budget"]].merge(one, on=["seed", "size", "budget"]))
