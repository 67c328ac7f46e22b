"""The pulse of a training: how far it is, and its losses, for whoever listens; without a listener nothing happens.

A module of its own: the key of a result holds the code of its training, and what listens is no part of that.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["Listener", "beat", "listening"]

# Told the update, of how many, and the losses (K,) of the replicas on their device: reading them waits for it.
Listener = Callable[[int, int, Any], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def beat(update: int, updates: int, losses: Any) -> None:
    """Tell the listener, if there is one, where a training is; called once an update."""
    listener = _listener.get()
    if listener is not None:
        listener(update, updates, losses)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have all trainings of this thread tell a listener, one after the other, each from update 0."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
