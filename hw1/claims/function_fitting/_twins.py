"""Controls that rewrite tables."""

from collections.abc import Mapping

import pandas as pd

from hw1.tables import Tables


def recast(tables: Tables, parts: Mapping[str, str]) -> Tables:
    """The tables with each role (key) played by another arm (value), so that a claim reads that arm's results."""
    runs = tables["runs"]
    rows = [runs[runs["arm"] == actor].assign(arm=role) for role, actor in parts.items()]
    return tables.replaced(runs=pd.concat(rows, ignore_index=True))
