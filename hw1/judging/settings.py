"""Changing a setting, by name or from the command line: `lr=0.01`, with the type of the field that it replaces."""

import ast
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any


def changed(setting: Any, changes: Mapping[str, Any] | Sequence[str]) -> Any:
    """The setting with some fields replaced.

    Parameters
    ----------
    setting : a frozen dataclass
    changes : values by field; or `field=value`, with tuples as Python writes them and text without quotes

    Raises
    ------
    ValueError : naming the fields there are, or the type that the field has
    """
    given = changes if isinstance(changes, Mapping) else dict(map(_split, changes))
    known = [field.name for field in dataclasses.fields(setting)]
    if unknown := [name for name in given if name not in known]:
        raise ValueError(f"no field {unknown[0]!r} in this setting: there are {', '.join(known)}")
    if given is not changes:
        given = {name: _value(name, text, getattr(setting, name)) for name, text in given.items()}
    return dataclasses.replace(setting, **given)


def _split(assignment: str) -> tuple[str, str]:
    name, sign, text = assignment.partition("=")
    if not sign:
        raise ValueError(f"--set {assignment!r} has no '=': write field=value")
    return name, text


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
