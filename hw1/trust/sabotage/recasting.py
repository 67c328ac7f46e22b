"""Faults that need no training: honest tables under wrong names."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hw1.tables import Tables, recast

__all__ = ["NotApplicable", "one_seed", "renamed_arms"]


class NotApplicable(ValueError):  # noqa: N818 - what it says
    """A fault that an experiment cannot have."""


def renamed_arms(tables: Tables, arms: Sequence[str]) -> Tables:
    """Each arm has the results of the next one, and the last those of the first."""
    if len(arms) == 1:
        raise NotApplicable("one arm: there is no other name")
    return recast(tables, dict(zip(arms, [*arms[1:], arms[0]], strict=True)))


def one_seed(tables: Tables, arms: Sequence[str]) -> Tables:  # noqa: ARG001 - as other faults are called
    """Every seed has the results of the first: what equal data and equal streams give, as no replica sees another."""
    seeds = sorted(set(tables["runs"]["seed"]))
    frames = {name: _repeated(frame, seeds) for name, frame in tables.items()}
    arrays = {
        name: {arm: np.repeat(array[:1], len(array), axis=0) for arm, array in by_arm.items()}
        for name, by_arm in tables.arrays.items()
    }
    return Tables(frames, arrays)


def _repeated(frame: pd.DataFrame, seeds: Sequence[int]) -> pd.DataFrame:
    first = frame[frame["seed"] == seeds[0]]
    return pd.concat([first.assign(seed=seed) for seed in seeds], ignore_index=True)
