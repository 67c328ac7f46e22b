"""Assays: on which seeds a claim's effect could have been seen at all.

Assay sensitivity in clinical trials (ICH E10, 2000, section 1.5), a manipulation check in psychology: nets that never
trained neither show nor contradict a claim about trained ones. An assay gives one number per seed, and a seed is met
where it is above 0; on a seed that is not met the claim's score is a tie. Since this only takes decisions away, both
error rates of the verdict stay what they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hw1.registry.applying import applied
from hw1.registry.levels import level_here
from hw1.statistics import Score
from hw1.tables import Tables


@dataclass(frozen=True)
class Assay:
    """What must have happened on a seed for it to count.

    Attributes
    ----------
    measure : from tables (and setting) to one number per seed, above 0 where it is met; None where nothing is asked
    words : what it asks for, said of seeds: "trained (train_loss below half of ln 10)"; or why nothing is asked
    """

    measure: Callable[..., "pd.Series[float]"] | None
    words: str

    @property
    def name(self) -> str:
        """The function's name; "none" where nothing is asked."""
        return self.measure.__name__ if self.measure else "none"

    def met(self, tables: Tables, setting: object) -> "pd.Series[bool] | None":
        """Whether each seed of the tables is met, by seed; None where nothing is asked.

        Raises
        ------
        ValueError : where the assay does not give one number for each seed
        """
        return None if self.measure is None else _positive(applied(self.measure, tables, setting), tables, self.name)

    def mask(self, score: Score, met: "pd.Series[bool] | None") -> Score:
        """The score with ties on the seeds that are not met."""
        return score if met is None else score.masked(met, self.words)


def assay(words: str) -> Callable[[Callable[..., "pd.Series[float]"]], Assay]:
    """Turn a function from tables (and setting) to one number per seed into an assay.

    Parameters
    ----------
    words : what is asked for, said of seeds after their count: "3 of 12 seeds WORDS"
    """

    def decorate(measure: Callable[..., "pd.Series[float]"]) -> Assay:
        return Assay(measure, words)

    return decorate


def no_assay(because: str) -> Assay:
    """No assay, for claims about nets as they start and for closed forms.

    Parameters
    ----------
    because : why there is nothing that must have happened first
    """
    if not because.strip():
        raise ValueError("no_assay needs its reason: say why the claim presupposes no training")
    return Assay(None, because)


def least(*parts: "pd.Series[float]") -> "pd.Series[float]":
    """The least of several numbers of each seed: all of them must be met."""
    both: pd.Series[float] = pd.concat(parts, axis=1).min(axis=1, skipna=False)
    return both


def below(frame: pd.DataFrame, column: str, value: float, arms: Sequence[str] = ()) -> "pd.Series[float]":
    """How far a column lies below a value, by seed: the least over the arms (by default all) and their rows.

    In `hw1.check` on data other than ten equal classes, the value of a loss is moved: `hw1.registry.levels`.
    NaN, and so not met, where a row has no number or one of the arms that were named has no row.
    """
    return level_here(column, value) - _extreme("max", frame, column, arms)


def above(frame: pd.DataFrame, column: str, value: float, arms: Sequence[str] = ()) -> "pd.Series[float]":
    """How far a column lies above a value, by seed: the least over the arms (by default all) and their rows.

    In `hw1.check` on data other than ten equal classes, the value of an accuracy is moved: `hw1.registry.levels`.
    NaN, and so not met, where a row has no number or one of the arms that were named has no row.
    """
    return _extreme("min", frame, column, arms) - level_here(column, value)


def _extreme(which: str, frame: pd.DataFrame, column: str, arms: Sequence[str]) -> "pd.Series[float]":
    """The `max` or `min` by seed, which pass over what is missing: NaN where something is."""
    rows = _rows(frame, arms)
    there = rows[column].notna().groupby(rows["seed"]).all()
    if arms:
        there &= rows.groupby("seed")["arm"].nunique() == len(set(arms))
    found: pd.Series[float] = rows.groupby("seed")[column].agg(which).where(there)
    return found


def _rows(frame: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    missing = [arm for arm in arms if arm not in set(frame["arm"])]
    if missing:
        raise ValueError(f"an assay asks for arm {missing[0]!r}, and there are {sorted(set(frame['arm']))}")
    return frame[frame["arm"].isin(arms)] if arms else frame


def _positive(numbers: Any, tables: Tables, name: str) -> "pd.Series[bool]":
    seeds = pd.Index(next(iter(tables.values()))["seed"].unique(), name="seed").sort_values()
    if not isinstance(numbers, pd.Series) or not seeds.isin(numbers.index).all() or numbers.index.has_duplicates:
        raise ValueError(f"the assay {name} must give one number for each seed: a Series with the seeds as its index")
    found: pd.Series[bool] = numbers.reindex(seeds) > 0  # a diverged or missing number is not met
    return found
