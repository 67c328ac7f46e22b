"""Functions of an experiment's tables: claims, assays and figures, which take its setting too where they need it."""

import inspect
from collections.abc import Callable
from typing import Any

from hw1.tables import Tables


def applied(function: Callable[..., Any], tables: Tables, setting: object) -> Any:
    """What a function of the tables gives, and of the setting where it takes one."""
    takes_setting = len(inspect.signature(function).parameters) > 1
    return function(tables, setting) if takes_setting else function(tables)
