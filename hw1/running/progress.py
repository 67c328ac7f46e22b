"""Says how far a computation is: in one line that is renewed on a terminal, or a line a minute in a log."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from threading import Event, Lock, Thread
from typing import TextIO

from hw1.running.cells import Cell
from hw1.running.computing import Watcher, Work
from hw1.running.heartbeats import Heartbeat, heartbeats
from hw1.running.pace import Left, Pace

EVERY = 60.0  # seconds between lines where lines stay
RENEWED = 1.0  # seconds between two readings of the clock


class Progress(Watcher):
    """Writes the cells done, the time spent and the time left, and how far the running cells are.

    Parameters
    ----------
    stream : what to write to, with `write`, `flush` and `isatty`; a terminal gets one renewed line
    clock : seconds, monotonic
    thread : whether to write between cells too
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic, *, thread: bool = True):
        self._stream, self._clock, self._thread = stream, clock, thread
        self._terminal = stream.isatty()
        self._lock, self._over = Lock(), Event()
        self._warned: set[str] = set()
        self._pace = Pace()  # of all computations that this one watches

    def say(self, text: str) -> None:
        """Say what is computed next, and why."""
        self._write(f"hw1: {text}", stays=True)

    def warn(self, text: str) -> None:
        """Say it, once."""
        if text not in self._warned:
            self._warned.add(text)
            self.say(text)

    def measuring(self, kinds: int) -> None:
        """Say that trainings are started to learn how long they take."""
        self._write(f"hw1: measuring how long {kinds} kinds of cells take that were never computed before", stays=True)

    def start(self, work: Work) -> None:
        """Say what will be computed, and for how long by what is known of cells like these."""
        self._work, self._started = work, self._clock()
        self._last = self._started
        self._left = Left(work, self._pace, self._started)
        names = ", ".join(sorted({cell.experiment.name for cell in work.cells}))
        at_once = f" on {work.jobs} processes" if work.jobs > 1 else ""
        told = self._told([], self._started)
        self._write(f"hw1: computing {len(work.cells)} cells of {names}{at_once}{told}", stays=True)
        self._over.clear()
        if self._thread:
            with suppress(RuntimeError):  # no thread to be had: it speaks when a cell is done
                Thread(target=self._ticking, name="progress", daemon=True).start()

    def _ticking(self) -> None:
        while not self._over.wait(RENEWED):
            self.tick()

    def done(self, cell: Cell, seconds: float) -> None:
        """Count one cell."""
        with self._lock:  # the ticking thread reads what is left meanwhile
            self._left.done(cell, seconds)
        self.tick()

    def failed(self, cell: Cell) -> None:
        """Expect no more of one cell."""
        with self._lock:
            self._left.dropped(cell)

    def tick(self) -> None:
        """Say how far the computation is, if it is time."""
        with self._lock:
            now = self._clock()
            if not self._over.is_set() and (self._terminal or now - self._last >= EVERY):
                self._last = now
                self._write(self._line(now))

    def _line(self, now: float) -> str:
        running = heartbeats(self._work.folder)
        told = self._told(running, now)
        counted = f"{self._left.counted} of {len(self._work.cells)} cells, {minutes(now - self._started)}"
        return f"hw1: {counted}{told + ' left' if told else ''}{self._where(running)}"

    def _told(self, running: Sequence[Heartbeat], now: float) -> str:
        """As in ", about 2:30"; empty where nothing is known."""
        told, most = self._left.told(running, now), self._work.until - now
        if most < (told[1] if told else inf):
            told = "at most", max(most, 0.0)
        return f", {told[0]} {minutes(told[1])}" if told else ""

    def _where(self, running: Sequence[Heartbeat]) -> str:
        labels = {cell.key: f"{cell.experiment.name}/{cell.arm}" for cell in self._work.cells}
        told = [f"{labels[beat.key]}: {_where(beat)}" for beat in running if beat.key in labels and beat.training]
        return "".join(f"; {words}" for words in told[:2]) + (f"; and {len(told) - 2} more" if len(told) > 2 else "")

    def stop(self) -> None:
        """Say what it took."""
        with self._lock:
            self._over.set()
            spent = self._clock() - self._started
            total = len(self._work.cells)
            self._write(f"hw1: {self._left.counted} of {total} cells computed in {minutes(spent)}", stays=True)

    def _write(self, text: str, stays: bool = False) -> None:
        if self._terminal:
            self._stream.write(f"\r\x1b[2K{text}" + ("\n" if stays else ""))
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()


class Silent(Watcher):
    """Says nothing."""


def _where(beat: Heartbeat) -> str:
    """As in "update 1,200 of 20,000, loss 0.31, 35 a second"."""
    speed = f", {beat.rate:.3g} a second" if beat.rate else ""
    nth = f"training {beat.training}, " if beat.training > 1 else ""
    return f"{nth}update {beat.update:,} of {beat.updates:,}, loss {beat.loss:.3g}{speed}"


def minutes(seconds: float) -> str:
    """Seconds as 0:42, 3:05 or 2:00:00."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
