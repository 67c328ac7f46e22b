"""From a tidy table to one row per seed and one column per arm."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.statistics.rules import marked
from hw1.tables import CENSORED


def paired(table: pd.DataFrame, metric: str, arms: Sequence[str]) -> pd.DataFrame:
    """One metric as a matrix of seeds and arms.

    Parameters
    ----------
    table : one row per seed and arm, with columns `seed`, `arm` and `metric`
    metric : a numeric or boolean column, in its own units
    arms : the columns wanted, in this order

    Returns
    -------
    float64 of shape (seeds, arms), seeds ascending. Every seed of the table has a row, whichever arms it has: a missing
    pair is NaN, which `judge` refuses. Where the table has a column `<metric>_censored`, complex128 as `rules.marked`
    makes it.

    Raises
    ------
    ValueError : unknown column or arm, an arm named twice, a metric that is not a number, two rows for one seed and arm
    """
    require_columns(table, "seed", "arm", metric)
    require_numbers(table, metric)
    _require_arms(table, arms)
    chosen = table[table["arm"].isin(arms)]
    _refuse_duplicates(chosen, metric)
    values = chosen[metric].to_numpy(dtype=np.float64)
    cells = values if metric + CENSORED not in table else marked(values, is_bound(chosen, metric))
    seeds = sorted(table["seed"].unique())
    wide = np.full((len(seeds), len(arms)), np.nan, dtype=cells.dtype)
    wide[np.searchsorted(seeds, chosen["seed"]), [list(arms).index(arm) for arm in chosen["arm"]]] = cells
    return pd.DataFrame(
        wide, index=pd.Index(seeds, name="seed"), columns=pd.Index(list(arms), name="arm", dtype="object")
    )


def measured(table: pd.DataFrame, metric: str, arms: Sequence[str], kind: str) -> pd.DataFrame:
    """The matrix of `paired`, float64, for a kind of claim that cannot tell what a lower bound says.

    Raises
    ------
    ValueError : a value that is a lower bound only
    """
    matrix = paired(table, metric, arms)
    values = matrix.to_numpy()
    bounds = np.argwhere(values.imag > 0)
    if len(bounds):
        row, column = bounds[0]
        raise ValueError(
            f"{metric} is only a lower bound for seed {matrix.index[row]} and arm {matrix.columns[column]!r}, "
            f"{values[row, column].real:g} or more, and a {kind} needs values that were measured. "
            "Raise the budget, or compare two arms with `less`."
        )
    return pd.DataFrame(values.real, index=matrix.index, columns=matrix.columns)


def is_bound(table: pd.DataFrame, metric: str) -> NDArray[np.bool_]:
    """Whether each row's value is a lower bound only, as the column `<metric>_censored` says; all False without it.

    Raises
    ------
    ValueError : marks that are not True or False, as where frames with and without them were joined
    """
    name = metric + CENSORED
    if name not in table:
        return np.zeros(len(table), dtype=bool)
    marks = table[name]
    if not pd.api.types.is_bool_dtype(marks) or marks.isna().any():
        raise ValueError(
            f"{name} says of each {metric} whether it is only a lower bound, and is of type {marks.dtype}. "
            "Give True or False in every row."
        )
    return marks.to_numpy(dtype=bool)


def require_columns(table: pd.DataFrame, *names: str) -> None:
    """Raise ValueError unless the table has these columns and a row."""
    for name in names:
        if name not in table.columns:
            raise ValueError(f"the table has no column {name!r}, only {list(table.columns)}. Name one of these.")
    if table.empty:
        raise ValueError("the table has no rows, so there is nothing to compare. Run the experiment first.")


def require_numbers(table: pd.DataFrame, metric: str) -> None:
    """Raise ValueError unless the column is numeric or boolean."""
    kind = table[metric].dtype
    if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind)):
        raise ValueError(f"{metric} is of type {kind}, which has no order to test. Give a numeric or boolean column.")


def _require_arms(table: pd.DataFrame, arms: Sequence[str]) -> None:
    known = sorted(table["arm"].unique())
    for arm in arms:
        if arm not in known:
            raise ValueError(f"the table has no arm {arm!r}, only {known}. Name one of these.")
    if len(set(arms)) < len(arms):
        raise ValueError(
            f"the arms {list(arms)} name one arm twice, and an arm always ties with itself. Name two arms."
        )


def _refuse_duplicates(rows: pd.DataFrame, metric: str) -> None:
    twice = rows[rows.duplicated(["seed", "arm"])]
    if len(twice):
        seed, arm = twice[["seed", "arm"]].iloc[0]
        raise ValueError(
            f"{metric} has more than one row for seed {seed} and arm {arm!r}, and a seed counts once. "
            "Keep one row per seed and arm (curves belong in a table of their own)."
        )
