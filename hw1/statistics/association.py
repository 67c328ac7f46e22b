"""Claims about two columns over the items of a seed: associated."""

import math
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from hw1.statistics import rules
from hw1.statistics.margins import least_margin, shifted
from hw1.statistics.pairing import require_columns, require_numbers
from hw1.statistics.score import Score

FEWEST_ITEMS = 8  # with 5 items a correlation of .5 shows tau > 0 on .74 of seeds, with 8 on .87, with 16 on .97


def associated(
    table: pd.DataFrame,
    x: str,
    y: str,
    *,
    by: float | None = None,
    arm: str | None = None,
    direction_only: bool = False,
) -> Score:
    """Two columns rise together over the items (layers, examples, configurations) of a seed.

    Parameters
    ----------
    table : one row per seed and item, at least 8 items per seed, with columns `seed`, `x`, `y`, and `arm` if given
    x, y : numeric columns, in any units
    by : least Kendall tau-b, between 0 and 1
    arm : use the rows of this arm only
    direction_only : no margin is meant

    Returns
    -------
    Score: tau-b over the items of the seed, less `by`. The unit is the seed, not the item. Where a column is constant
    tau is 0 (nothing is seen), where one has a NaN it is NaN
    """
    by = least_margin(by, direction_only)
    require_columns(table, "seed", x, y, *(() if arm is None else ("arm",)))
    for column in (x, y):
        require_numbers(table, column)
    if by >= 1:
        raise ValueError(f"by={by:g} cannot be exceeded: Kendall's tau is at most 1. Give a number between 0 and 1.")
    return Score(
        kind="associated",
        metric=y,
        arms=() if arm is None else (arm,),
        margin=by,
        parameters={"x": x, "direction_only": direction_only},
        words=f"rising with {x}{'' if arm is None else f' in {arm}'}{f' by a tau of {by:g}' if by else ''}",
        matrix=_taus(table, x, y, arm),
        rule=partial(rules.excess, value=by),
        effect=partial(shifted, by=by),
        effect_name="Kendall tau",
    )


def _taus(table: pd.DataFrame, x: str, y: str, arm: str | None) -> pd.DataFrame:
    if arm is not None and arm not in set(table["arm"]):
        raise ValueError(f"the table has no arm {arm!r}, only {sorted(table['arm'].unique())}. Name one of these.")
    rows = table if arm is None else table[table["arm"] == arm]
    items = dict(list(rows.groupby("seed")))
    seeds = pd.Index(table["seed"].unique(), name="seed").sort_values()
    taus = [_tau(seed, items.get(seed, rows.iloc[:0]), x, y) for seed in seeds]
    return pd.DataFrame({f"tau with {x}": taus}, index=seeds, dtype=np.float64)


def _tau(seed: object, items: pd.DataFrame, x: str, y: str) -> float:
    if len(items) < FEWEST_ITEMS:
        raise ValueError(
            f"seed {seed} has {len(items)} items for {x} and {y}, too few for a correlation within a seed. "
            f"Give at least {FEWEST_ITEMS} rows per seed."
        )
    a, b = items[x].to_numpy(dtype=np.float64), items[y].to_numpy(dtype=np.float64)
    if np.isnan(a).any() or np.isnan(b).any():
        return math.nan
    if (a == a[0]).all() or (b == b[0]).all():
        return 0.0
    return float(stats.kendalltau(a, b, method="asymptotic").statistic)
