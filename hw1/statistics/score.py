"""The score: one number per seed, positive where the claim is seen on that seed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from hw1.statistics.rules import Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """What a claim says about each seed; `judge` alone turns it into a verdict.

    Attributes
    ----------
    kind, metric, arms : what is claimed, of which column, about which arms
    margin : in the claim's own units: least difference, factor, slope or height; the value; or the greatest distance
    parameters : further frozen fields, JSON builtins only
    words : the claim without its metric, such as "deep below shallow by a factor 2"
    matrix : float64 of shape (seeds, arms), in units of the metric, columns in the order of `arms`; complex128 where
        values may be lower bounds only, see `hw1.statistics.rules`
    rule : from (..., arms) to (...); applied to relabelled arms it gives the score's null distribution
    relabelled : where items and not arms are exchanged ("two columns rise together"), gives matrices of shape
        (seeds, relabelings, columns of `matrix`) with the items of each seed in random orders; else None
    effect : from score units to those of `effect_name`; monotone, falling for `below` and `within`
    candidates : for alternatives ("a peak at some level"), one score for each. They share the error rate, and this
        score shows the one with most seeds won
    """

    kind: str
    metric: str
    arms: tuple[str, ...]
    margin: float
    parameters: dict[str, Any]
    words: str
    matrix: pd.DataFrame
    rule: Callable[[Array], Array]
    effect: Callable[[float], float]
    effect_name: str
    relabelled: Callable[[], Array] | None = None
    candidates: tuple["Score", ...] = ()

    @cached_property
    def values(self) -> pd.Series:
        """One number per seed, positive where the claim is seen."""
        return pd.Series(self.rule(self.matrix.to_numpy()), index=self.matrix.index, name="score")

    @property
    def parts(self) -> tuple["Score", ...]:
        """What is judged: the candidates, or the score itself."""
        return self.candidates or (self,)

    def frozen(self) -> dict[str, Any]:
        """Return what a registration freezes, as JSON builtins: no number that depends on the data."""
        return {
            "kind": self.kind,
            "metric": self.metric,
            "arms": list(self.arms),
            "margin": self.margin,
            "parameters": dict(self.parameters),
        }

    def describe(self) -> str:
        """Say the claim in plain words."""
        return f"{self.metric}, {self.words}"
