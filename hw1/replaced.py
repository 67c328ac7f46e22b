"""What a user puts in place of our nets, data, optimizer or precision while an experiment runs: nothing, by default.

The rooms that experiments call ask here before they make something of their own: `hw1.nets` for nets, `hw1.data` for
data and targets, `hw1.training` for optimizer and precision. So a claim can be checked in a setting of one's own,
and no line of the experiment knows of it; see `hw1.judging.checking`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "Active",
    "Asked",
    "Replacements",
    "active",
    "remark",
    "replacement",
    "replacing",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class Replacements:
    """What stands in place of ours; None leaves ours.

    Parameters
    ----------
    net : makes a net from the numbers of inputs and outputs; one for all arms, or a mapping of arms
    data : `hw1.data.own.OwnExamples`, drawn from for every seed
    optimizer : makes an optimizer from a net's parameters and `lr=` (and `weight_decay=` where the arm has one); one
        for all arms, or a mapping of arms
    target : the function that is fitted, elementwise on float64 arrays
    precision : of weights and data, "float32" or "float64"; both start from the same numbers
    """

    net: Callable[[int, int], nn.Module] | Mapping[str, Callable[[int, int], nn.Module]] | None = None
    data: Any = None
    optimizer: Callable[..., Any] | Mapping[str, Callable[..., Any]] | None = None
    target: Callable[[Any], Any] | None = None
    precision: str | None = None

    @property
    def hold_code(self) -> bool:
        """Whether results depend on a user's objects, which no key can describe: they are kept in memory only."""
        return any(part is not None for part in (self.net, self.data, self.optimizer, self.target))

    def of(self, arm: str, part: str) -> Any:
        """What stands in place of ours in an arm; None where ours stays."""
        given = getattr(self, part)
        return given.get(arm) if isinstance(given, Mapping) else given


class Asked(BaseException):
    """Ends an arm where its first training would begin: by then it has asked for all that can be replaced."""


@dataclass(kw_only=True, eq=False)
class Active:
    """The replacements of one arm while it runs.

    `asked` says in words what the arm asked for, by the name of the replacement; with `only_ask` it ends there, and
    what was brought is tried: `inputs` is the number that the user's net was made for, `make` makes it, and
    `starts_alike` says that it has the same weights for every seed. `remarks` are what the user is to be told of what
    was brought.
    """

    own: Replacements
    arm: str
    only_ask: bool = False
    inputs: int = 0
    make: Callable[[], nn.Module] | None = None
    starts_alike: bool = False
    asked: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def note(self, name: str, what: str) -> None:
        """Remember what was asked for."""
        known = self.asked.setdefault(name, [])
        if what not in known:
            known.append(what)


_ACTIVE: ContextVar[Active | None] = ContextVar("active", default=None)


def active() -> Active | None:
    """The replacements of the arm that runs, if there are any."""
    return _ACTIVE.get()


@contextmanager
def replacing(own: Replacements | None, arm: str, *, only_ask: bool = False) -> Iterator[Active | None]:
    """Inside, the rooms find these replacements."""
    now = None if own is None else Active(own=own, arm=arm, only_ask=only_ask)
    token = _ACTIVE.set(now)
    try:
        yield now
    finally:
        _ACTIVE.reset(token)


def replacement(name: str, what: str) -> Any:
    """The user's object of that name where ours was asked for, `what` in words; None where ours stays."""
    now = active()
    if now is None:
        return None
    now.note(name, what)
    return now.own.of(now.arm, name)


def remark(text: str) -> None:
    """Tell the user something of what was brought: with the finding, or where nothing was, by a warning."""
    now = active()
    if now is None:
        warnings.warn(text, stacklevel=3)
    elif text not in now.remarks:
        now.remarks.append(text)
