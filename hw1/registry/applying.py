"""Functions of an experiment's tables: claims, assays and figures, which take its setting too where they need it."""

import inspect
from collections.abc import Callable
from typing import Any

from hw1.tables import Tables


def applied(function: Callable[..., Any], tables: Tables, setting: object) -> Any:
    """What a function of the tables gives, and of the setting where it takes one."""
    return function(tables, setting) if takes_setting(function) else function(tables)


def takes_setting(function: Callable[..., Any]) -> bool:
    """Whether a function of the tables takes the experiment's setting, too."""
    return len(inspect.signature(function).parameters) > 1
