"""Claims about three ordered arms or more: trend, peak."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pandas as pd

from hw1.statistics import rules
from hw1.statistics.margins import finite, in_words, least_margin, shifted
from hw1.statistics.pairing import measured
from hw1.statistics.score import Score


def trend(
    table: pd.DataFrame,
    metric: str,
    *,
    levels: Mapping[str, float],
    by: float | None = None,
    tol: float = math.inf,
    direction_only: bool = False,
) -> Score:
    """The metric rises with the level of the arm, within every seed.

    Parameters
    ----------
    table : one row per seed and arm, with columns `seed`, `arm` and `metric`
    levels : arm to number, at least 3, strictly rising. Give log2 of a size to speak of doublings; to claim a fall,
        give the negated levels in reversed order
    by : least slope, in units of the metric per unit of level, above 0
    tol : with a finite value, no step from one level to the next may fall by this much either, in units of the metric.
        Without it, a high average slope is enough
    direction_only : no margin is meant; the absence of any trend is then never refuted

    Returns
    -------
    Score: the smaller of `slope - by` and `smallest step + tol`. Values that are lower bounds only are refused

    Notes
    -----
    Page's test is not used: it rejects exchangeability, not non-monotonicity (it says "trend" of means 0, 2, 0, 2 in
    95 % of runs with 32 seeds), and it cannot carry a margin.
    """
    by = least_margin(by, direction_only)
    arms, numbers = tuple(levels), _rising(levels)
    if not tol >= 0:
        raise ValueError(
            f"tol={tol:g} is not a tolerance for a falling step. Give tol >= 0; for rising steps, use `by`."
        )
    monotone = "" if tol == math.inf else f", no step down by {tol:g}"
    return Score(
        kind="trend",
        metric=metric,
        arms=arms,
        margin=by,
        parameters={
            "levels": list(numbers),
            "tol": None if tol == math.inf else float(tol),
            "direction_only": direction_only,
        },
        words=f"rising over {' < '.join(arms)}{in_words(by)} per unit{monotone}",
        matrix=measured(table, metric, arms, "trend"),
        rule=partial(rules.slope, levels=numbers, by=by, tol=float(tol)),
        effect=partial(shifted, by=by),
        effect_name="slope per unit" if tol == math.inf else "slope per unit, or smallest step",
    )


def peak(
    table: pd.DataFrame,
    metric: str,
    *,
    levels: Sequence[str],
    at: str | None,
    by: float | None = None,
    direction_only: bool = False,
) -> Score:
    """The metric is higher at one interior level than at both ends.

    Parameters
    ----------
    table : one row per seed and arm, with columns `seed`, `arm` and `metric`
    levels : at least 3 arms, in order
    at : the interior level that a theory or a paper names. With None every interior level is a candidate: the claim
        holds if one of them holds at its share of alpha, and is refuted if all are refuted at alpha. (Picking the
        place inside a seed has no error bound, and splitting the seeds costs half of the data.)
    by : least height above both ends, in units of the metric, above 0
    direction_only : no margin is meant

    Returns
    -------
    Score: `min(y_at - y_first, y_at - y_last) - by`, with `candidates` if `at` is None. Values that are lower bounds
    only are refused
    """
    by = least_margin(by, direction_only)
    if len(levels) < 3:
        raise ValueError(f"{len(levels)} levels have no place between two ends. Give at least 3 arms, in order.")
    if at is None:
        return _somewhere([_peak_at(table, metric, tuple(levels), level, by, direction_only) for level in levels[1:-1]])
    if at not in levels[1:-1]:
        raise ValueError(
            f"at={at!r} is not between the ends of {list(levels)}. Name one of {list(levels[1:-1])}, or None."
        )
    return _peak_at(table, metric, tuple(levels), at, by, direction_only)


def _rising(levels: Mapping[str, float]) -> tuple[float, ...]:
    numbers = tuple(finite(f"the level of {arm!r}", number) for arm, number in levels.items())
    if len(numbers) < 3:
        raise ValueError(
            f"{len(numbers)} levels do not make a trend. Give at least 3, or compare two arms with `less`."
        )
    if any(b <= a for a, b in pairwise(numbers)):
        raise ValueError(
            f"the levels {list(numbers)} do not rise strictly, so their steps have no direction. "
            "Order the arms by level; to claim a fall, negate the levels."
        )
    return numbers


def _peak_at(
    table: pd.DataFrame, metric: str, levels: tuple[str, ...], at: str, by: float, direction_only: bool
) -> Score:
    return Score(
        kind="peak",
        metric=metric,
        arms=levels,
        margin=by,
        parameters={"at": at, "direction_only": direction_only},
        words=f"higher at {at} than at both ends of {' < '.join(levels)}{in_words(by)}",
        matrix=measured(table, metric, levels, "peak"),
        rule=partial(rules.height, at=levels.index(at), by=by),
        effect=partial(shifted, by=by),
        effect_name="height",
    )


def _somewhere(candidates: Sequence[Score]) -> Score:
    leading = max(candidates, key=lambda score: int((score.values > 0).sum()))
    return replace(
        leading,
        parameters=leading.parameters | {"at": None},
        words=f"higher inside {' < '.join(leading.arms)} than at both ends{in_words(leading.margin)} "
        f"(most often at {leading.parameters['at']})",
        candidates=tuple(candidates),
    )
