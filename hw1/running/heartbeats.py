"""How far the running cells are: each worker writes it to a small file now and then, and the parent reads that."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

EVERY = 5.0  # seconds between two readings of the losses, which wait for the device
UPDATES = 100  # updates between two readings where waiting costs something


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """How far the training of a cell is."""

    key: str
    began: float  # when the cell did, on a clock that all processes of a machine share
    seconds: float  # since then, data included
    training: int  # 1 for the first of the cell, 0 before it
    update: int
    updates: int
    loss: float  # median over the replicas; 0 before the first
    rate: float  # updates per second of this training; 0 before the first update

    @property
    def expected(self) -> float | None:
        """Seconds of the whole cell if this training is its last; None before it can be told."""
        return self.seconds + (self.updates - self.update) / self.rate if self.rate else None


class Teller:
    """Listens to the trainings of one cell (`hw1.pulse`) and writes how far they are.

    Parameters
    ----------
    folder : of the file, which is named by the cell's key: a second try replaces the first
    clock : seconds, monotonic, which Python has the processes of a machine share
    """

    def __init__(self, folder: Path, key: str, clock: Callable[[], float] = time.monotonic):
        self._path = folder / f"{key}.json"
        self._key, self._clock = key, clock
        self._began = clock()
        self._next, self._training = 0.0, 0
        self._first = self._began
        self._write(self._beat(self._began, 0, 0, 0.0))

    def __call__(self, update: int, updates: int, losses: Any) -> None:
        """Write, if it is time; on a GPU at most every 100 updates."""
        if update == 0:
            self._training, self._first = self._training + 1, self._clock()
        elif update % UPDATES and losses.device.type != "cpu":
            return
        now = self._clock()
        if now >= self._next:
            self._next = now + EVERY
            loss = float(losses.detach().float().median())
            self._write(self._beat(now, update, updates, loss))

    def _beat(self, now: float, update: int, updates: int, loss: float) -> Heartbeat:
        rate = update / (now - self._first) if now > self._first else 0.0
        return Heartbeat(
            key=self._key,
            began=self._began,
            seconds=now - self._began,
            training=self._training,
            update=update,
            updates=updates,
            loss=loss,
            rate=rate,
        )

    def _write(self, beat: Heartbeat) -> None:
        """Whole or not at all; where it cannot be written, the training goes on without."""
        partial = self._path.with_suffix(".partial")
        with suppress(OSError):
            partial.write_text(json.dumps(asdict(beat)), encoding="utf-8")
            partial.replace(self._path)

    def end(self) -> None:
        """The cell is over."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def heartbeats(folder: Path) -> list[Heartbeat]:
    """How far the cells are that run now, in the order of their keys."""
    found = []
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError):  # it ended a moment ago
            found.append(Heartbeat(**json.loads(path.read_text(encoding="utf-8"))))
    return found
