"""Changing a setting from the command line: `lr=0.01` on a frozen dataclass, with the type of the field it replaces."""

import ast
import dataclasses
from collections.abc import Sequence
from typing import Any


def changed(setting: Any, assignments: Sequence[str]) -> Any:
    """The setting with some fields replaced.

    Parameters
    ----------
    setting : a frozen dataclass
    assignments : `field=value`; tuples as Python writes them, text without quotes

    Raises
    ------
    ValueError : naming the fields there are, or the type that the field has
    """
    fields = {field.name: getattr(setting, field.name) for field in dataclasses.fields(setting)}
    new = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign:
            raise ValueError(f"--set {assignment!r} has no '=': write field=value")
        if name not in fields:
            raise ValueError(f"no field {name!r} in this setting: there are {', '.join(fields)}")
        new[name] = _value(name, text, fields[name])
    return dataclasses.replace(setting, **new)


def _value(name: str, text: str, old: Any) -> Any:
    if isinstance(old, str):
        return text
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    if isinstance(old, float) and type(value) is int:
        value = float(value)
    if old is not None and type(value) is not type(old):
        raise ValueError(f"--set {name}={text}: {name} is of type {type(old).__name__} (now {old!r}), {text!r} is not")
    return value
