"""The outcome of a claim in a setting of one's own, and how it is told: first whether anything trained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from hw1.blocks import DEVELOPMENT
from hw1.judging.decisions import behaves
from hw1.registry import Claim
from hw1.statistics import Design, Score, Verdict
from hw1.tables import Tables

__all__ = ["Finding"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The outcome of a claim in your own setting.

    Attributes
    ----------
    verdict, score : of the claim; `score.values` is one number per seed, positive where the claim is seen, and 0 where
        its assay is not met. `verdict.outcome` is "invalid" where too few seeds met it for a verdict
    control : the verdict on the claim's control, where that works on the tables or was requested
    setting, changes : the whole setting, and how it differs from the registered one
    other_data : whether the data, or the function to fit, are not those that the claim was made for
    design : the looks that were allowed, with their error rates
    tables : what was measured
    remarks : on what you brought, e.g. that its nets cannot be trained all at once
    no_control : whether a control that trains would be the claim itself, since what you brought covers its change
    """

    claim: Claim
    tier: str
    verdict: Verdict
    control: Verdict | None
    setting: Any
    changes: tuple[str, ...]
    block: int
    other_data: bool
    design: Design = field(repr=False)
    score: Score = field(repr=False)
    tables: Tables = field(repr=False)
    remarks: tuple[str, ...] = ()
    no_control: bool = False

    @cached_property
    def alike(self) -> tuple[str, ...]:
        """Two arms that the score compares and that gave the same numbers on every seed; empty where none did."""
        return alike(self.tables, self.score.arms)

    @property
    def sound(self) -> bool:
        """Whether the verdict means something: there is one, the control behaves, and arms differ."""
        behaved = self.control is None or behaves(self.claim, self.control)
        return self.verdict.outcome != "invalid" and behaved and not self.alike

    @property
    def as_registered(self) -> bool:
        """Whether the outcome is the one that the claim is registered with, in its own setting."""
        return self.verdict.outcome == self.claim.expect

    def lines(self) -> Iterator[str]:
        """The finding for a terminal: what must be known before the verdict comes before it."""
        yield f"{self.claim.name} [{self.tier}] in your setting"
        yield f"  training: {self._training()}"
        if lost := self._diverged():
            yield f"    {lost}"
        yield from (f"    {remark}" for remark in self.remarks)
        yield f"  verdict: {self._verdict()}"
        if self.alike:
            yield (
                f"    arms {' and '.join(self.alike)} gave the same numbers on every seed: in your setting they "
                f"differ in nothing, and the verdict says nothing"
            )
        if self.changes and self.score.margin and self.verdict.outcome in ("refuted", "inconclusive"):
            made_for = "other data" if self.other_data else "its own setting"
            yield (
                f"    its margin ({self.score.margin:g}) was chosen for {made_for}: in yours a smaller effect may be "
                f"as real, so read the numbers rather than the word"
            )
        changes = ", ".join(self.changes) or "nothing changed"
        yield f"  changed: {changes}; in its own setting it is registered as {self.claim.expect}"
        yield f"  control: {self._control()}"
        yield f"  {self.verdict.n} seeds of block {self.block}, {_words_of_block(self.block)}"

    def _training(self) -> str:
        """On how many seeds the claim could be seen at all."""
        verdict = self.verdict
        if verdict.met is None:
            return f"nothing is asked of it ({self.claim.assay.words})"
        too_few = ": too few to say anything of the claim" if verdict.outcome == "invalid" else ""
        return f"{verdict.met} of {verdict.n} seeds {verdict.assay}{too_few}"

    def _verdict(self) -> str:
        if self.verdict.outcome == "invalid":
            return f"none on: {self.verdict.claimed}"
        return str(replace(self.verdict, met=None))  # which was said before

    def _control(self) -> str:
        """Whether the twin without the cause came out as it must, which is what makes the verdict mean something."""
        name, refuted = self.claim.control.name, self.claim.expect == "refuted"
        if self.control is None and self.no_control:
            return f"{name} cannot be trained with yours, which takes the place of what it changes"
        if self.control is None:
            return f"{name} was not trained: ask for it with --control, or control=True"
        must = "hold" if refuted else "not hold"
        if self.verdict.outcome == "invalid":
            return f"{name} says nothing either, as too few nets trained"
        if behaves(self.claim, self.control):
            return f"{name} behaves: {self.control.outcome}, and it must {must}"
        return (
            f"{name} does not behave: {self.control.outcome}, seen on {self.control.wins} of {self.control.n} seeds, "
            f"and it must {must}: the claim tests nothing in your setting"
        )

    def _diverged(self) -> str:
        """How many trainings diverged: they say so, or have infinite numbers in their row; empty where none did."""
        runs = self.tables["runs"] if "runs" in self.tables else next(iter(self.tables.values()))
        infinite = runs.select_dtypes("number").isin([np.inf, -np.inf])
        lost = infinite.any(axis=1)
        if "diverged" in runs:
            lost |= runs["diverged"].astype(bool)
        if not lost.any():
            return ""
        columns = ", ".join(str(name) for name in infinite.columns[infinite.any()])
        where = f", without a finite {columns}" if columns else ""
        return f"{int(lost.sum())} of {len(runs)} trainings (each arm on each seed) diverged{where}"

    def __str__(self) -> str:
        return "\n".join(self.lines())


def alike(tables: Tables, arms: Sequence[str]) -> tuple[str, ...]:
    """Two of some arms that gave the same numbers on every seed; none where all differ somewhere."""
    runs = tables["runs"] if "runs" in tables else next(iter(tables.values()))
    if "arm" not in runs:
        return ()
    numbers = {arm: runs[runs["arm"] == arm].select_dtypes("number").reset_index(drop=True) for arm in arms}
    there = [(arm, frame) for arm, frame in numbers.items() if len(frame) and len(frame.columns) > 1]
    for (one, first), (other, second) in combinations(there, 2):
        if first.equals(second):
            return one, other
    return ()


def _words_of_block(block: int) -> str:
    if block == DEVELOPMENT:
        return "development seeds: no evidence"
    return "which you chose: no evidence, as nothing was frozen before"
