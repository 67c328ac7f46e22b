"""Which arms of its experiment a claim does not read: it scores the same whatever stands in their place.

So it can be judged where they were not trained. They are found on development tables: each arm in turn is left out, its
numbers are made far too large, far too small and missing, and its steps are doubled and halved. What changes no bit of
the scores of claim and control, nor of the seeds on which the assay is met, is not read. Wherever a run computes all
arms, the same is asked of them again.
"""

import json
import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from hw1.blocks import DEVELOPMENT
from hw1.registry.declarations import Claim
from hw1.registry.experiments import experiment_of
from hw1.registry.refactoring import Measured, asked
from hw1.registry.registration import RegistrationError
from hw1.statistics import Score
from hw1.tables import Tables

FILLED = (1e30, -1e30, float("nan"))
MOVED = (2.0, 0.5)
PLACES = ("seed", "arm", "step")  # columns that say which row it is, and hold no result


@dataclass(frozen=True)
class Ask:
    """A claim or its control, the tables that it is scored on, and its score where that is known."""

    score: Callable[[Tables], Score]
    tables: Tables
    known: Score | None = None

    def is_idle(self, arm: str) -> bool:
        """Whether an arm may be left out, and whatever is put in its place changes nothing."""
        filled = (_filled(self.tables, arm, value) for value in FILLED)
        moved = (_moved(self.tables, arm, factor) for factor in MOVED)
        return all(map(self.is_same, [_without(self.tables, [arm]), *filled, *moved]))

    def is_same(self, other: Tables) -> bool:
        """Whether other tables give the same score, to the last bit; what cannot be scored does not."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):  # of numbers that no training has given
            warnings.simplefilter("ignore")
            try:
                return _bits(self.score(other)) == self._found
            except Exception:  # whatever a claim raises where what it reads is not there
                return False

    @cached_property
    def _found(self) -> list[object]:
        return _bits(self.known or self.score(self.tables))


def unread(claim: Claim, tier: str, measured: Measured) -> list[str]:
    """The arms that neither a claim nor its control reads, in the order of the experiment.

    Parameters
    ----------
    tier : whose setting they are asked with, on the tables of the fast tier as for `digests`
    measured : gives development tables
    """
    asks = _asks(claim, tier, measured)
    alone = [arm for arm in experiment_of(claim).arms if all(ask.is_idle(arm) for ask in asks)]
    return alone if all(ask.is_same(_without(ask.tables, alone)) for ask in asks) else []


def check_unread(claim: Claim, tier: str, setting: object, score: Score, tables: Tables, idle: Sequence[str]) -> None:
    """Refuse arms that are registered as not read, and are, on tables that hold them all.

    Parameters
    ----------
    score : of the claim on these tables
    idle : the arms

    Raises
    ------
    RegistrationError : where the claim, or its control on the tables, scores otherwise without these arms
    """
    asks = [Ask(partial(claim, setting=setting), tables, score)]
    if not claim.control.trains:
        asks.append(Ask(partial(claim.of_control, setting=setting), tables))
    without = _without(tables, idle)
    if not all(ask.is_same(without) for ask in asks):
        raise RegistrationError(
            f"{claim.name} [{tier}] scores otherwise without {', '.join(idle)}, registered as not read: find anew what "
            f"it reads with python -m hw1 register --unread {claim.name}, and judge again"
        )


def _asks(claim: Claim, tier: str, measured: Measured) -> list[Ask]:
    setting, control = experiment_of(claim).setting(tier), claim.control
    own, *trained = (measured(*one) for one in asked(claim, [DEVELOPMENT]))
    twin = control.twin(setting) if control.trains else setting
    return [
        Ask(partial(claim, setting=setting), own),
        Ask(partial(claim.of_control, setting=twin), trained[0] if trained else own),
    ]


def _without(tables: Tables, arms: Collection[str]) -> Tables:
    """The tables without some arms, as if they had not been trained."""
    frames = {name: frame[~frame["arm"].isin(arms)].reset_index(drop=True) for name, frame in tables.items()}
    arrays = {n: {a: array for a, array in of.items() if a not in arms} for n, of in tables.arrays.items()}
    return Tables(frames, arrays)


def _filled(tables: Tables, arm: str, value: float) -> Tables:
    """The tables with one value in the place of all results of an arm; truth values are turned round."""
    frames = {name: _frame_filled(frame, arm, value) for name, frame in tables.items()}
    arrays = {
        name: of | {arm: np.full_like(of[arm], value, dtype=np.float64)} if arm in of else of
        for name, of in tables.arrays.items()
    }
    return Tables(frames, arrays)


def _moved(tables: Tables, arm: str, factor: float) -> Tables:
    """The tables with the steps of an arm multiplied, as if it had been trained for another time."""
    return Tables({name: _frame_moved(frame, arm, factor) for name, frame in tables.items()}, tables.arrays)


def _frame_moved(frame: pd.DataFrame, arm: str, factor: float) -> pd.DataFrame:
    if "step" not in frame:
        return frame
    steps = frame["step"]
    return frame.assign(step=steps.where(frame["arm"] != arm, (steps * factor).astype(steps.dtype)))


def _frame_filled(frame: pd.DataFrame, arm: str, value: float) -> pd.DataFrame:
    rows, made = frame["arm"] == arm, frame.copy()
    for name in frame.columns.difference(list(PLACES)):
        column = frame[name]
        if pd.api.types.is_bool_dtype(column):
            made[name] = column.where(~rows, ~column)
        elif pd.api.types.is_numeric_dtype(column):
            made[name] = column.astype(np.float64).where(~rows, value)
    return made


def _bits(score: Score) -> list[object]:
    """All that a score holds: what is compared, the numbers, and where the assay is met."""
    return [
        [json.dumps(part.frozen()), part.matrix.index.tolist(), part.matrix.to_numpy().tobytes(),
         part.values.to_numpy().tobytes(), None if part.met is None else part.met.tolist(), part.words, part.assay]
        for part in score.parts
    ]  # fmt: skip
