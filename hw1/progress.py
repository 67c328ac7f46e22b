"""Tells how a computation goes on: one line that renews itself on a terminal, a line a minute in a log."""

import time
from collections.abc import Callable, Sequence
from typing import TextIO

from hw1.cells import Cell

EVERY = 60.0  # seconds between lines where lines stay


class Progress:
    """Writes the cells done, the time spent and the time left.

    Parameters
    ----------
    stream : where to write; a terminal gets one renewed line
    clock : seconds, monotonic
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic):
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()

    def start(self, cells: Sequence[Cell], seconds: float | None) -> None:
        """Say what will be computed, and for how long by the cells seen so far."""
        self._total, self._done, self._started, self._estimate = len(cells), 0, self._clock(), seconds
        self._last = self._started
        names = ", ".join(sorted({cell.experiment.name for cell in cells}))
        guess = f", about {minutes(seconds)}" if seconds else ""
        self._write(f"hw1: computing {self._total} cells of {names}{guess}", stays=True)

    def done(self) -> None:
        """Count one cell."""
        self._done += 1
        now = self._clock()
        if self._terminal or now - self._last >= EVERY:
            self._last = now
            spent = now - self._started
            self._write(
                f"hw1: {self._done} of {self._total} cells, {minutes(spent)}, {minutes(self._left(spent))} left"
            )

    def stop(self) -> None:
        """Say what it took."""
        spent = self._clock() - self._started
        self._write(f"hw1: {self._done} of {self._total} cells computed in {minutes(spent)}", stays=True)

    def _left(self, spent: float) -> float:
        if self._estimate:
            return max(self._estimate - spent, 0.0)
        return spent / self._done * (self._total - self._done)

    def _write(self, text: str, stays: bool = False) -> None:
        if self._terminal:
            self._stream.write(f"\r\x1b[2K{text}" + ("\n" if stays else ""))
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()


class Silent:
    """Says nothing."""

    def start(self, cells: Sequence[Cell], seconds: float | None) -> None:
        """Nothing."""

    def done(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""


def minutes(seconds: float) -> str:
    """Seconds as 0:42, 3:05 or 2:00:00."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
