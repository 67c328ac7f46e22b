"""Changing a setting, by name or from the command line: `lr=0.01`, with the type of the field that it replaces."""

import ast
import dataclasses
import difflib
import numbers
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from hw1.judging.ranges import require_workable

_WORDS = {int: "a whole number", float: "a number", bool: "True or False", str: "text", types.NoneType: "None"}


def changed(setting: Any, changes: Mapping[str, Any] | Sequence[str]) -> Any:
    """The setting with some fields replaced.

    Parameters
    ----------
    setting : a frozen dataclass
    changes : values by field; or `field=value`, with tuples as Python writes them and text without quotes

    Raises
    ------
    ValueError : naming the fields there are, the type that the field has, or the numbers that it may be
    """
    given = _read(setting, changes)
    hints = _hints(type(setting))
    values = {
        name: _typed(name, value, hints.get(name, type(getattr(setting, name))), getattr(setting, name))
        for name, value in given.items()
    }
    new = dataclasses.replace(setting, **values)
    require_workable(new, setting)
    return new


def _read(setting: Any, changes: Any) -> dict[str, Any]:
    """Values by field; what a command line says is read as Python writes it, or is text."""
    if isinstance(changes, Mapping):
        return {_known(setting, name): value for name, value in changes.items()}
    if not isinstance(changes, str | Sequence | None):
        raise ValueError(f"set={changes!r:.60} names no field: give {{'lr': 0.01}}, or ['lr=0.01']")
    given: dict[str, Any] = {}
    for assignment in [changes] if isinstance(changes, str) else changes or ():
        name, text = _split(assignment)
        if _known(setting, name) in given:
            raise ValueError(f"--set {name} is given twice: say once what it is")
        given[name] = text if isinstance(getattr(setting, name), str) else _literal(text)
    return given


def _known(setting: Any, name: str) -> str:
    known = [field.name for field in dataclasses.fields(setting)]
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise ValueError(f"no field {name!r} in this setting{meant}: there are {', '.join(known)}")
    return name


def _split(assignment: str) -> tuple[str, str]:
    name, sign, text = str(assignment).partition("=")
    if not sign:
        raise ValueError(f"--set {assignment!r} has no '=': write field=value")
    return name.strip(), text.strip()


def _literal(text: str) -> Any:
    if text.lower() in ("nan", "inf", "-inf", "+inf", "infinity"):
        return float(text)  # no literals of Python's, and refused by name, not by type
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _hints(kind: type) -> dict[str, Any]:
    """Types by field; of a setting whose annotations cannot be read here, none."""
    try:
        return typing.get_type_hints(kind)
    except (NameError, TypeError, AttributeError):
        return {}


def _typed(name: str, value: Any, hint: Any, old: Any) -> Any:
    """The value as the field has it: 1 is a number, a list is a tuple, numpy's numbers are Python's."""
    try:
        return _fitted(value, hint)
    except TypeError:
        one = _is_tuple(hint) and not isinstance(value, tuple | list | str)
        way = f". Write {name}={value}, (the comma makes it one)" if one else ""
        raise ValueError(f"{name}={value!r}: {name} is {_in_words(hint)} (now {old!r}), this is not{way}") from None


def _fitted(value: Any, hint: Any) -> Any:
    """The value in this type; TypeError where it is of another."""
    if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if _is_union(hint):
        return _first_fitting(value, typing.get_args(hint))
    if _is_tuple(hint):
        return _tuple(value, typing.get_args(hint))
    if hint is float and isinstance(value, numbers.Real) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, bool):
        raise TypeError
    if isinstance(hint, type) and not isinstance(value, hint):
        raise TypeError
    return value


def _first_fitting(value: Any, hints: Sequence[Any]) -> Any:
    for hint in hints:
        try:
            return _fitted(value, hint)
        except TypeError:
            continue
    raise TypeError


def _tuple(value: Any, hints: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, tuple | list):
        raise TypeError
    if not hints:
        return tuple(value)
    each = (hints[0],) * len(value) if hints[-1] is Ellipsis else hints
    if value and len(each) != len(value):  # an empty one is refused by what cannot work with it
        raise TypeError
    return tuple(_fitted(one, hint) for one, hint in zip(value, each, strict=False))


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _is_tuple(hint: Any) -> bool:
    return hint is tuple or typing.get_origin(hint) is tuple


def _in_words(hint: Any) -> str:
    if _is_union(hint):
        return " or ".join(map(_in_words, typing.get_args(hint)))
    if _is_tuple(hint):
        args = typing.get_args(hint)
        return f"a tuple of {_in_words(args[0]).removeprefix('a ')}s" if args[-1:] == (Ellipsis,) else f"a {hint}"
    return _WORDS.get(hint, str(hint))
