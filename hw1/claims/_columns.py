"""Columns that are compared with each other, as the arms of a score."""

from collections.abc import Mapping

import pandas as pd


def beside(runs: pd.DataFrame, value: str, columns: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Rows seed, arm and value for scores.

    Parameters
    ----------
    value : what the columns hold
    columns : for each name that the score calls an arm, the arm and the column that are meant
    """
    parts = [
        runs.loc[runs["arm"] == arm, ["seed", column]].rename(columns={column: value}).assign(arm=name)
        for name, (arm, column) in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)
