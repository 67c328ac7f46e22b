"""From a tidy table to one row per seed and one column per arm."""

from collections.abc import Sequence

import pandas as pd


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
    pair is NaN, which `judge` refuses.

    Raises
    ------
    ValueError : unknown column or arm, an arm named twice, a metric that is not a number, two rows for one seed and arm
    """
    require_columns(table, "seed", "arm", metric)
    require_numbers(table, metric)
    _require_arms(table, arms)
    rows = table.loc[table["arm"].isin(arms), ["seed", "arm", metric]]
    _refuse_duplicates(rows, metric)
    cells = rows.astype({"arm": object, metric: float}).pivot(index="seed", columns="arm", values=metric)
    seeds = pd.Index(table["seed"].unique(), name="seed").sort_values()
    return cells.reindex(index=seeds, columns=pd.Index(arms, name="arm", dtype=object))


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
