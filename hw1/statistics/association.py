"""Claims about two columns over the items of a seed: associated."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from hw1.statistics import rules
from hw1.statistics.margins import least_margin, shifted
from hw1.statistics.pairing import require_columns, require_numbers
from hw1.statistics.rules import Array
from hw1.statistics.score import Score
from hw1.streams import stream

SHUFFLES = 1_000  # random orders of the items for a card
PAIRS = 10_000_000  # of items over all orders: with more than 100 items there are fewer orders, 100 at least
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
    items = _items(table, x, y, arm)
    taus = [_tau(*both) for both in items.values()]
    return Score(
        kind="associated",
        metric=y,
        arms=() if arm is None else (arm,),
        margin=by,
        parameters={"x": x, "direction_only": direction_only},
        words=f"rising with {x}{'' if arm is None else f' in {arm}'}{f' by a tau of {by:g}' if by else ''}",
        matrix=pd.DataFrame({f"tau with {x}": taus}, index=pd.Index(items, name="seed"), dtype=np.float64),
        rule=partial(rules.excess, value=by),
        effect=partial(shifted, by=by),
        effect_name="Kendall tau",
        relabelled=partial(shuffled, list(items.values())),
    )


Items = tuple[Array, Array]  # x and y of one seed


def _items(table: pd.DataFrame, x: str, y: str, arm: str | None) -> dict[int, Items]:
    """The items of every seed of the table, in the order of the seeds."""
    if arm is not None and arm not in set(table["arm"]):
        raise ValueError(f"the table has no arm {arm!r}, only {sorted(table['arm'].unique())}. Name one of these.")
    rows = table if arm is None else table[table["arm"] == arm]
    known = dict(list(rows.groupby("seed")))
    found = {seed: known.get(seed, rows.iloc[:0]) for seed in sorted(table["seed"].unique())}
    for seed, some in found.items():
        if len(some) < FEWEST_ITEMS:
            raise ValueError(
                f"seed {seed} has {len(some)} items for {x} and {y}, too few for a correlation within a seed. "
                f"Give at least {FEWEST_ITEMS} rows per seed."
            )
    return {seed: (_numbers(some[x]), _numbers(some[y])) for seed, some in found.items()}


def _numbers(column: pd.Series) -> Array:
    return column.to_numpy(dtype=np.float64)


def _tau(a: Array, b: Array) -> float:
    if np.isnan(a).any() or np.isnan(b).any():
        return math.nan
    if (a == a[0]).all() or (b == b[0]).all():
        return 0.0
    return float(stats.kendalltau(a, b, method="asymptotic").statistic)


def shuffled(items: Sequence[Items]) -> Array:
    """Tau-b of every seed with its y in random orders, the same numbers each time: (seeds, orders, 1)."""
    most = max(len(a) for a, _ in items)
    orders = min(SHUFFLES, max(SHUFFLES // 10, PAIRS // most**2))
    rng = stream("card", "items")
    return np.stack([_taus_of_orders(a, rng.permuted(np.tile(b, (orders, 1)), axis=1)) for a, b in items])[..., None]


def _taus_of_orders(a: Array, orders: Array) -> Array:
    """Tau-b of one column with each row of (orders, items); what is tied stays as often tied in every order."""
    j, k = np.triu_indices(len(a), 1)
    up, ups = np.sign(_ranks(a)[j] - _ranks(a)[k]), np.sign(_ranks(orders)[:, j] - _ranks(orders)[:, k])
    untied = np.sqrt((up != 0).sum() * (ups[0] != 0).sum())
    taus: Array = ups @ up / untied if untied else np.zeros(len(orders))
    return np.where(np.isnan(a).any() | np.isnan(orders).any(), np.nan, taus)


def _ranks(values: Array) -> Array:
    """Ranks along the last axis, so that infinities can be subtracted."""
    ranks: Array = stats.rankdata(values, method="dense", axis=-1).astype(np.float64)
    return ranks
