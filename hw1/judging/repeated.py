"""Seeds that repeat each other: twelve copies of one run are one seed, whatever a count of wins says."""

import numpy as np

from hw1.statistics import Invalid
from hw1.tables import Tables

__all__ = ["check_seeds_differ"]

FEWEST = 3  # seeds; with fewer there is no verdict anyhow


def check_seeds_differ(tables: Tables) -> None:
    """Raise Invalid where all seeds have the same numbers in every column of `runs` (or of the first table), to the
    last bit.

    Every error rate here counts seeds that are independent. A shared generator or a key without the seed gives each
    seed the numbers of the first, and each claim all of its seeds or none. Whole numbers alone say nothing: that all
    seeds need 4 epochs, or are right on all examples, is a result.
    """
    runs = tables["runs"] if "runs" in tables else next(iter(tables.values()))
    numbers = [name for name, column in runs.items() if column.dtype.kind == "f"]
    rows = [rows.sort_values("arm")[numbers].to_numpy() for _, rows in runs.groupby("seed")]
    first = rows[0]
    if len(rows) < FEWEST or not (np.isfinite(first) & (first != np.rint(first))).any():
        return
    if all(row.shape == first.shape and np.array_equal(row, first, equal_nan=True) for row in rows[1:]):
        raise Invalid(
            f"all {len(rows)} seeds have the same numbers, so they are one seed: give each its own data and streams, "
            f"draw(seed, purpose) with draw = streams_of(run)"
        )
