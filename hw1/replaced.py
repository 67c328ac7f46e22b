"""What a user puts in place of our nets, data, optimizer or precision while an experiment runs: nothing, by default.

The rooms that experiments call ask here before they make something of their own: `hw1.nets` and `hw1.convolution` for
nets, `hw1.data.problems` for data, `hw1.data.functions` for targets, `hw1.training` for optimizer and precision. So a
claim can be checked in a setting of one's own without a line of the experiment knowing of it; see `hw1.checking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from hw1.data.digits import Split

__all__ = [
    "Active",
    "Asked",
    "OwnData",
    "Replacements",
    "active",
    "own_data",
    "own_net",
    "own_target",
    "redrawn",
    "replacing",
]


class OwnData(Protocol):
    """A data set of one's own, see `hw1.data.own`."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an example."""
        ...

    def draw(self, rng: np.random.Generator, *, train: int, test: int) -> Split:
        """A training and a test part, standardised by the training part."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Replacements:
    """What stands in place of ours; None leaves ours.

    Parameters
    ----------
    net : makes a net from the numbers of inputs and outputs; one for all arms, or by arm
    data : drawn from for every seed
    optimizer : makes an optimizer from a net's parameters and `lr=` (and `weight_decay=` where the arm has one)
    target : the function that is fitted, elementwise on float64 arrays
    precision : of weights and data, "float32" or "float64"; both start from the same numbers
    """

    net: Callable[[int, int], nn.Module] | Mapping[str, Callable[[int, int], nn.Module]] | None = None
    data: OwnData | None = None
    optimizer: Callable[..., Any] | None = None
    target: Callable[[Any], Any] | None = None
    precision: str | None = None

    @property
    def hold_code(self) -> bool:
        """Whether results depend on a user's objects, which no key can describe: they are kept in memory only."""
        return any(part is not None for part in (self.net, self.data, self.optimizer, self.target))

    def net_of(self, arm: str) -> Callable[[int, int], nn.Module] | None:
        """What makes the nets of an arm."""
        return self.net.get(arm) if isinstance(self.net, Mapping) else self.net


class Asked(BaseException):
    """Ends an arm where its first training would begin: by then it has asked for all that can be replaced."""


@dataclass(kw_only=True, eq=False)
class Active:
    """The replacements of one arm while it runs.

    `asked` says in words what the arm asked for, by the name of the replacement; with `only_ask` it ends there.
    """

    own: Replacements
    arm: str
    only_ask: bool = False
    asked: dict[str, list[str]] = field(default_factory=dict)

    def note(self, name: str, what: str) -> None:
        """Remember what was asked for."""
        known = self.asked.setdefault(name, [])
        if what not in known:
            known.append(what)


_ACTIVE: ContextVar[Active | None] = ContextVar("active", default=None)
_MAKERS: WeakKeyDictionary[nn.Module, Callable[[], nn.Module]] = WeakKeyDictionary()


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


def own_data(what: str) -> OwnData | None:
    """The user's data set where ours was asked for by name; None where ours stays."""
    now = active()
    if now is None:
        return None
    now.note("data", what)
    return now.own.data


def own_target(what: str) -> Callable[[Any], Any] | None:
    """The user's target where ours was asked for by name; None where ours stays."""
    now = active()
    if now is None:
        return None
    now.note("target", what)
    return now.own.target


def own_net(what: str, inputs: int, outputs: int) -> nn.Module | None:
    """The user's net where ours was asked for, `what` in words; None where ours stays."""
    now = active()
    if now is None:
        return None
    now.note("net", what)
    make = now.own.net_of(now.arm)
    if make is None:
        return None
    net = _isolated(0, lambda: make(inputs, outputs))
    if now.only_ask:
        _check_outputs(net, inputs, outputs)
    _MAKERS[net] = lambda: make(inputs, outputs)
    return net


def redrawn(net: nn.Module, rng: np.random.Generator) -> bool:
    """Draw a user's net afresh: torch's global generator, as its layers draw from it, is seeded from the stream."""
    make = _MAKERS.get(net)
    if make is None:
        return False
    fresh = _isolated(int(rng.integers(2**63)), make)
    net.load_state_dict(fresh.state_dict())
    return True


def _isolated(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """Build a net with torch's global generator at a seed, and leave that generator as it was."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def _check_outputs(net: nn.Module, inputs: int, outputs: int) -> None:
    import torch

    with torch.no_grad():
        found: Sequence[int] = tuple(net(torch.zeros(2, inputs)).shape)
    if found != (2, outputs):
        raise ValueError(
            f"The net gives {found} for two rows of {inputs} numbers, and (2, {outputs}) are needed. Begin with "
            f"nn.Unflatten(1, (channels, height, width)) where it takes images, and end with {outputs} outputs."
        )
