"""Claims about one arm or two: less, above, below, within.

All have the same sign: a positive score means that the claim is seen on this seed.
"""

from functools import partial

import numpy as np
import pandas as pd

from hw1.statistics import rules
from hw1.statistics.margins import finite, in_words, least_factor, least_margin, mirrored, multiple, ratio, shifted
from hw1.statistics.pairing import paired
from hw1.statistics.score import Score

__all__ = ["Score", "above", "below", "less", "within"]


def less(
    table: pd.DataFrame,
    metric: str,
    *,
    arm: str,
    than: str,
    by: float | None = None,
    factor: float | None = None,
    direction_only: bool = False,
) -> Score:
    """On the same seed, `arm` is less than `than` by a margin.

    Parameters
    ----------
    table : one row per seed and arm, with columns `seed`, `arm` and `metric`
    arm, than : the lesser and the greater arm; swap them to claim "more"
    by : least difference, in units of the metric, above 0
    factor : least ratio `than / arm`, above 1; the metric must not be negative. Below 1, `arm` is at most a multiple of
        `than`: with 1 / 3.5 it takes less than 3.5 times as long
    direction_only : no margin is meant (alone or with by=0: a difference; with factor=1: a ratio). Without a margin the
        absence of any effect is never refuted

    Returns
    -------
    Score: `y_than - y_arm - by`, or `log(y_than / y_arm) - log(factor)`; inf against inf is a tie, and 0 against 0 in
    a ratio; without a margin, what differs by rounding at most (4 eps) is one too. Where `<metric>_censored` says that
    a value is a lower bound only, it speaks in one direction: `than` may be more, so that the seed can be won but not
    lost, `arm` may be more, so that it can be lost but not won; two bounds are a tie
    """
    if factor is not None:
        if by is not None:
            raise ValueError(f"by={by!r} and factor={factor!r} are two margins. Give one of them.")
        return _less_by_factor(table, metric, arm, than, factor, direction_only)
    by = least_margin(by, direction_only)
    return Score(
        kind="less",
        metric=metric,
        arms=(arm, than),
        margin=by,
        parameters={"scale": "linear", "direction_only": direction_only},
        words=f"{arm} below {than}{in_words(by)}",
        matrix=paired(table, metric, (arm, than)),
        rule=partial(rules.difference, by=by),
        effect=partial(shifted, by=by),
        effect_name="difference",
    )


def _less_by_factor(
    table: pd.DataFrame, metric: str, arm: str, than: str, factor: float, direction_only: bool
) -> Score:
    factor = least_factor(factor, direction_only)
    matrix = paired(table, metric, (arm, than))
    _refuse_negatives(matrix, metric)
    multiples = factor < 1
    words = f"{arm} below {1 / factor:g} times {than}" if multiples else f"{arm} below {than} by a factor {factor:g}"
    return Score(
        kind="less",
        metric=metric,
        arms=(arm, than),
        margin=factor,
        parameters={"scale": "log", "direction_only": direction_only},
        words=f"{arm} below {than}" if direction_only else words,
        matrix=matrix,
        rule=partial(rules.log_ratio, factor=factor),
        effect=partial(multiple if multiples else ratio, factor=factor),
        effect_name="multiple" if multiples else "ratio",
    )


def above(table: pd.DataFrame, metric: str, *, arm: str, value: float) -> Score:
    """`arm` lies above a fixed value, in units of the metric; "the seed succeeds" is `above` 0.5 on a 0/1 metric.

    Score: `y_arm - value`. The table has one row per seed and arm, with columns `seed`, `arm` and `metric`. A value
    that is a lower bound only wins above the fixed one, and is a tie elsewhere.
    """
    return _beside("above", table, metric, arm, finite("value", value))


def below(table: pd.DataFrame, metric: str, *, arm: str, value: float) -> Score:
    """`arm` lies below a fixed value, in units of the metric.

    Score: `value - y_arm`. The table has one row per seed and arm, with columns `seed`, `arm` and `metric`. A value
    that is a lower bound only loses above the fixed one, and is a tie elsewhere.
    """
    return _beside("below", table, metric, arm, finite("value", value))


def _beside(side: str, table: pd.DataFrame, metric: str, arm: str, value: float) -> Score:
    return Score(
        kind=side,
        metric=metric,
        arms=(arm,),
        margin=value,
        parameters={},
        words=f"{arm} {side} {value:g}",
        matrix=paired(table, metric, (arm,)),
        rule=partial(rules.excess if side == "above" else rules.shortfall, value=value),
        effect=partial(shifted, by=value) if side == "above" else partial(mirrored, at=value),
        effect_name="value",
    )


def within(table: pd.DataFrame, metric: str, *, arm: str, target: float | str, margin: float) -> Score:
    """On single seeds, not on average, `arm` is nearer to the target than the margin: equivalence, or "at chance".

    Parameters
    ----------
    table : one row per seed and arm, with columns `seed`, `arm` and `metric`
    target : a number, or the name of another arm
    margin : greatest distance, in units of the metric, above 0. Take at least 3 standard deviations of a seed's value:
        at 2 a true and centred claim holds on 16 seeds with probability .84 only, at 3 with .999

    Returns
    -------
    Score: `margin - abs(y_arm - target)`. A value that is a lower bound only loses where it exceeds the target by more
    than the margin (or the target, if that is the bound, exceeds it), and is a tie elsewhere; two bounds are a tie
    """
    if not finite("margin", margin) > 0:
        raise ValueError(f"margin={margin:g} leaves no room to be within. Give a margin above 0.")
    named = isinstance(target, str)
    arms = (arm, str(target)) if named else (arm,)
    number = None if isinstance(target, str) else finite("target", target)
    return Score(
        kind="within",
        metric=metric,
        arms=arms,
        margin=float(margin),
        parameters={"target": target if number is None else number},
        words=f"{arm} within {margin:g} of {target if number is None else format(number, 'g')}",
        matrix=paired(table, metric, arms),
        rule=partial(rules.closeness, margin=float(margin), target=number),
        effect=partial(mirrored, at=float(margin)),
        effect_name="distance",
    )


def _refuse_negatives(matrix: pd.DataFrame, metric: str) -> None:
    values = matrix.to_numpy().real
    negative = np.argwhere(values < 0)
    if len(negative):
        row, column = negative[0]
        raise ValueError(
            f"{metric} is {values[row, column]:g} for seed {matrix.index[row]} and arm {matrix.columns[column]!r}, and "
            "a ratio of negative numbers has no meaning. Claim a difference with `by`."
        )
