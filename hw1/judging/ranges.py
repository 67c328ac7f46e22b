"""Numbers with which no setting works, refused by the name of the field that was set, before anything is trained.

What depends on an experiment's own code is found by a trial, see `hw1.judging.trial`; this is what a trial does not
reach: fields that are first read when a net has been trained.
"""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

# A count of 0, or a negative number, has a meaning in these fields of hw1's settings. A setting of another package says
# so itself, of any field: dataclasses.field(metadata={"least": 0}).
_MAY_BE_0 = {"shift", "halfway"}
_ANY_SIGN = {"low"}
# Divided by, a rate that only a second training reads, or the width of an interval.
_ABOVE_0 = {"low_rate", "factor", "radius", "beyond", "tolerance"}
_AT_LEAST_2 = {"points", "records"}  # the two ends of an interval or of a training
_AT_MOST_1 = {"tolerance", "early"}  # shares; of `early` where it is no whole number of epochs


def require_workable(setting: Any, registered: Any) -> None:
    """Refuse numbers with which nothing can be computed, in the fields that differ from the registered setting.

    Raises
    ------
    ValueError : naming the field, what it is and what it may be
    """
    for field in dataclasses.fields(setting):
        value, usual = getattr(setting, field.name), getattr(registered, field.name)
        if value != usual:
            _require_numbers(field, value, usual)
    _require_batches(setting, registered)


def _require_numbers(field: "dataclasses.Field[Any]", value: Any, usual: Any) -> None:
    shown = f"{field.name}={value!r}"
    for number in _numbers(value):
        if not math.isfinite(number):
            raise ValueError(f"{shown}: give a finite number; it is registered as {usual!r}")
        least = _least(field, number, list(_numbers(usual)))
        if least is not None and number < least:
            raise ValueError(f"{shown}: give {least} or more; it is registered as {usual!r}")
        if field.name in _ABOVE_0 and min(_numbers(usual), default=0) > 0 >= number:
            raise ValueError(f"{shown}: give a number above 0; it is registered as {usual!r}")
        if field.name in _AT_MOST_1 and isinstance(number, float) and number > 1:
            raise ValueError(f"{shown}: give a number from 0 to 1; it is registered as {usual!r}")


def _least(field: "dataclasses.Field[Any]", number: float, usual: list[float]) -> float | None:
    """The least number that a field may be: counts are 1 or more, rates, shares and sizes are not negative."""
    if "least" in field.metadata:
        return field.metadata["least"]  # type: ignore[no-any-return]
    if field.name in _ANY_SIGN or min(usual, default=0) < 0:
        return None
    if isinstance(number, float):
        return 0
    if field.name in _AT_LEAST_2 and min(usual, default=0) > 1:
        return 2
    return 0 if field.name in _MAY_BE_0 or min(usual, default=1) < 1 else 1


def _numbers(value: Any) -> Iterator[float]:
    """The numbers of a field, whether it is one or a tuple."""
    if isinstance(value, tuple):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _require_batches(setting: Any, registered: Any) -> None:
    """No batch may be larger than what it is drawn from: an epoch would have no update."""
    for name, value in vars(setting).items():
        start = name.removesuffix("batches" if isinstance(value, tuple) else "batch")
        drawn = f"{start}train" if hasattr(setting, f"{start}train") else "train"
        there = getattr(setting, drawn, None)
        same = all(getattr(registered, one, None) == getattr(setting, one, None) for one in (name, drawn))
        if start == name or same or not isinstance(there, int):
            continue
        if sizes := [size for size in _numbers(value) if size > there]:
            raise ValueError(
                f"{name}={value!r} is more than {drawn}={there}: no batch of {sizes[0]} can be drawn from {there} "
                f"training examples. Set {name} to fewer, or {drawn} to more"
            )
