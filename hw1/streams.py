"""Named random streams: every random number of the project comes from one of these, never from a global generator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["Draw", "Member", "members_of", "stream", "streams_of", "streams_of_members"]

Draw = Callable[..., np.random.Generator]  # a seed and a purpose (and more) to a stream
Member = tuple[int, int]  # a seed, and the number of one of its nets


def stream(*key: str | int) -> np.random.Generator:
    """Independent random stream for a key; equal keys give equal numbers on every machine.

    By convention the key is (experiment, revision, seed, purpose), for example
    ``stream("deep_vs_shallow", 1, 1007, "init")``. Draw on the CPU, then move the numbers to the device.

    Parameters
    ----------
    key : at least one text or integer; ``("a", "bc")`` and ``("ab", "c")``, or ``1`` and ``"1"``, are different keys

    Returns
    -------
    Generator over Philox with the first 128 bits of the key's SHA-256 as its key, at counter 0

    Raises
    ------
    TypeError
        for a part that is neither text nor integer: floats, bools and None have no unique text form
    ValueError
        for an empty key

    References
    ----------
    Salmon et al., SC 2011, doi:10.1145/2063384.2063405 (Philox: one key, one independent stream)
    """
    if not key:
        raise ValueError("A stream needs a key of its own. Use stream(experiment, revision, seed, purpose).")
    digest = hashlib.sha256(b"".join(_encoded(part, key) for part in key)).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def streams_of(run: Callable[..., Any]) -> Draw:
    """The streams of an experiment, `stream(experiment, REVISION, seed, purpose)`, by seed and purpose.

    Parameters
    ----------
    run : the experiment's own function; its file gives the experiment's name and REVISION
    """
    name, revision = run.__module__.rpartition(".")[2], int(run.__globals__["REVISION"])
    return lambda seed, *purpose: stream(name, revision, seed, *purpose)


def members_of(seeds: Sequence[int], n: int) -> list[Member]:
    """The nets of seeds that have n each, those of a seed in a row, as `hw1.measures.probabilities.ensembles` has them.

    They stand in the place of the seeds where nets are made and trained; their streams are `streams_of_members`.
    """
    if n < 1:
        raise ValueError(f"{n} members are no net. Use at least 1.")
    return [(seed, member) for seed in seeds for member in range(n)]


def streams_of_members(draw: Draw) -> Draw:
    """Streams by member and purpose: those of its seed, with the member's number behind the purpose."""
    return lambda member, *purpose: draw(member[0], *purpose, member[1])


def _encoded(part: object, key: tuple[object, ...]) -> bytes:
    """Type, length and text, so that neither types nor borders can be confused (repr() differs between Pythons)."""
    if isinstance(part, str):
        kind, text = b"s", part.encode()
    elif isinstance(part, int | np.integer) and not isinstance(part, bool):
        kind, text = b"i", str(int(part)).encode()
    else:
        raise TypeError(
            f"{part!r} of type {type(part).__name__} in the key {key!r} has no unique text form, so the stream might "
            f"not be found again. Use text and integers only."
        )
    return kind + str(len(text)).encode() + b":" + text
