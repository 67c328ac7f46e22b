"""Claims about two columns over the items of a seed: associated."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.statistics import rules
from hw1.statistics.margins import least_margin, shifted
from hw1.statistics.pairing import is_bound, require_columns, require_numbers
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
    tau is 0 (nothing is seen), where one has a NaN it is NaN.

    A y that is a lower bound only (`<y>_censored`) is above every smaller measured one. Against a measured y that is as
    large, or another bound, its order is open: such a pair is tied in tau. Were these pairs in the order that is most
    against the claim, or most for it, the sign of the score might be another; if so, it is a tie. An x must be measured
    """
    by = least_margin(by, direction_only)
    require_columns(table, "seed", x, y, *(() if arm is None else ("arm",)))
    for column in (x, y):
        require_numbers(table, column)
    if by >= 1:
        raise ValueError(f"by={by:g} cannot be exceeded: Kendall's tau is at most 1. Give a number between 0 and 1.")
    items = _items(table, x, y, arm)
    taus = np.concatenate([_taus(xs, ys[None], bounds[None]) for xs, ys, bounds in items.values()])
    return Score(
        kind="associated",
        metric=y,
        arms=() if arm is None else (arm,),
        margin=by,
        parameters={"x": x, "direction_only": direction_only},
        words=f"rising with {x}{'' if arm is None else f' in {arm}'}{f' by a tau of {by:g}' if by else ''}",
        matrix=pd.DataFrame(taus, index=pd.Index(items, name="seed"), columns=[f"tau with {x}", "least", "most"]),
        rule=partial(rules.tau_excess, value=by),
        effect=partial(shifted, by=by),
        effect_name="Kendall tau",
        relabelled=partial(shuffled, list(items.values())),
    )


Items = tuple[Array, Array, NDArray[np.bool_]]  # of one seed: x, y, and whether y is a lower bound only


def _items(table: pd.DataFrame, x: str, y: str, arm: str | None) -> dict[int, Items]:
    """The items of every seed of the table, in the order of the seeds."""
    if arm is not None and arm not in set(table["arm"]):
        raise ValueError(f"the table has no arm {arm!r}, only {sorted(table['arm'].unique())}. Name one of these.")
    rows = table if arm is None else table[table["arm"] == arm]
    if is_bound(rows, x).any():
        raise ValueError(f"{x} is only a lower bound in some rows, and an x must be measured. Give it as y.")
    known = dict(list(rows.groupby("seed")))
    found = {seed: known.get(seed, rows.iloc[:0]) for seed in sorted(table["seed"].unique())}
    for seed, some in found.items():
        if len(some) < FEWEST_ITEMS:
            raise ValueError(
                f"seed {seed} has {len(some)} items for {x} and {y}, too few for a correlation within a seed. "
                f"Give at least {FEWEST_ITEMS} rows per seed."
            )
    return {seed: (_numbers(some[x]), _numbers(some[y]), is_bound(some, y)) for seed, some in found.items()}


def _numbers(column: pd.Series) -> Array:
    return column.to_numpy(dtype=np.float64)


def shuffled(items: Sequence[Items]) -> Array:
    """What `_taus` gives of every seed with its y in random orders, the same each time: (seeds, orders, 3)."""
    length = max(len(xs) for xs, *_ in items)
    orders = min(SHUFFLES, max(SHUFFLES // 10, PAIRS // length**2))
    rng = stream("card", "items")
    dealt = [rng.permuted(np.tile(np.arange(len(xs)), (orders, 1)), axis=1) for xs, *_ in items]
    return np.stack([_taus(xs, ys[i], bounds[i]) for i, (xs, ys, bounds) in zip(dealt, items, strict=True)])


def _taus(x: Array, y: Array, bounds: NDArray[np.bool_]) -> Array:
    """Tau-b of x (items,) with each row of y (orders, items), and its least and most: (orders, 3).

    No true values of what is a bound only give a tau below the least or above the most. Where these are negative they
    are right in sign alone, which is enough: no margin is negative.
    """
    j, k = np.triu_indices(len(x), 1)
    rise, rises = _order(x[j], x[k]), _order(y[:, j], y[:, k])
    open_ = (bounds[:, j] & (rises <= 0)) | (bounds[:, k] & (rises >= 0))  # the true value may be on either side
    known = np.where(open_, 0.0, rises)
    surplus, either = known @ rise, open_ @ np.abs(rise)  # concordant less discordant pairs, and what may be either
    untied, at_most = np.count_nonzero(known, axis=1), np.count_nonzero(open_ | (known != 0), axis=1)
    useless = open_ @ (rise == 0).astype(np.float64)  # tied in x: where untied in y they only make tau smaller
    counts = np.stack([surplus, surplus - either, surplus + either], axis=1)
    pairs = np.stack([untied, at_most, at_most - useless], axis=1) * np.count_nonzero(rise)
    taus: Array = np.divide(counts, np.sqrt(pairs), out=np.zeros(counts.shape), where=pairs > 0)
    missing = np.isnan(y).any(axis=1, keepdims=True) | np.isnan(x).any()
    return np.where(missing, np.nan, taus)


def _order(a: Array, b: Array) -> Array:
    """1 where a is above b, -1 where it is below, else 0; of infinities, too, which cannot be subtracted."""
    return (a > b).astype(np.float64) - (a < b)
