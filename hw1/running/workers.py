"""Where cells run on this machine: in this process, in joblib's processes of one thread each, or one process a GPU."""

import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any

from filelock import FileLock, Timeout

from hw1.fingerprints import Code
from hw1.pulse import Listener, listening
from hw1.replaced import Replacements, replacing
from hw1.running.cells import Cell, Within
from hw1.running.heartbeats import Teller
from hw1.running.memory import kept
from hw1.running.pinned import pinned
from hw1.running.processes import ends_with, first_line, in_processes
from hw1.tables import Tables, join


class CodeChangedError(Exception):
    """What computes a cell is not what its key was made of."""


class Ended(BaseException):
    """Raised by a listener to end a cell; no `except Exception` of an experiment stops it."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a worker needs of a cell; it can be sent to another process.

    `code` is what the key was made of, where the files are those of this machine.
    """

    key: str
    module: str
    revision: int = 1
    code: Code | None = None
    setting: Any
    arm: str
    seeds: tuple[int, ...]
    devices: tuple[str, ...]  # any of these
    own: Replacements | None = None
    within: Within = nullcontext
    latest: float = inf  # when it may be started, on the clock of `time.monotonic`, which processes share


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a cell: tables, or the text of an error; neither where it was too late to start it."""

    key: str
    tables: Tables | None = None
    seconds: float = 0.0
    width: int = 0  # most replicas side by side: fewer than the cell's seeds where memory was short
    error: str = ""
    late: bool = False


def task_of(cell: Cell, latest: float = inf) -> Task:
    """A cell as a task."""
    return Task(
        key=cell.key,
        module=cell.experiment.module.__name__,
        revision=cell.experiment.revision,
        code=cell.code,
        setting=cell.setting,
        arm=cell.arm,
        seeds=cell.seeds,
        devices=cell.device.names,
        own=cell.own,
        within=cell.within,
        latest=latest,
    )


def outcomes(
    cells: Sequence[Cell],
    jobs: int,
    folder: str,
    *,
    isolate: bool = False,
    say: Callable[[str], object],
    latest: Callable[[Cell], float] = lambda _: inf,
) -> Iterator[Outcome]:
    """Compute cells on this machine; they arrive in the order of completion.

    Parameters
    ----------
    jobs : processes, each with one thread; where there are several GPUs they are dealt out evenly
    folder : where the running cells write how far they are, and which process has which GPU
    isolate : whether each cell must run in another process, where a crash takes nothing else with it
    say : is told where processes cannot be started after all, and this one computes
    latest : when each may be started, on the clock of `time.monotonic`; one whose turn comes later is left out
    """
    tasks = [task_of(cell, latest(cell)) for cell in cells]
    if jobs == 1 and not isolate:
        yield from (_run_and_tell(task, task.devices[0], folder) for task in tasks)
    else:
        calls = [(os.getpid(), task, folder) for task in tasks]
        yield from in_processes(min(jobs, len(tasks)), _in_worker, calls, say)


def run_cell(task: Task, *, device: str = "", listener: Listener | None = None) -> Outcome:
    """Run one cell in this process, its state pinned; an exception comes back as text and does not stop the others.

    So does what is no `Exception` (`sys.exit`, `pytest.skip`), but for Ctrl-C and `Ended`.
    """
    started, device = time.perf_counter(), device or task.devices[0]
    alike = pinned((task.module, task.arm, task.seeds), device)
    try:
        with kept(), alike, replacing(task.own, task.arm), listening(listener or _deaf), task.within():
            module = importlib.import_module(task.module)
            _check_code(task)
            module.REVISION = task.revision  # type: ignore[attr-defined]  # it may have been loaded before a redraw
            tables, width = _in_memory(module.run, task, device)
        _check_code(task)
        _check(tables, task.arm, task.seeds)
    except (KeyboardInterrupt, Ended):
        raise
    except CodeChangedError as error:
        return Outcome(key=task.key, error=str(error))
    except BaseException as error:
        words = _too_little(error, device) if _is_out_of_memory(error) else traceback.format_exc(limit=-6)
        return Outcome(key=task.key, error=words)
    return Outcome(key=task.key, tables=tables, seconds=time.perf_counter() - started, width=width)


def _deaf(update: int, updates: int, losses: Any) -> None:
    """Listens to nothing."""


# Widths that did not fit, by what was run: the next cell like it starts narrower.
_TOO_WIDE: dict[tuple[object, ...], int] = {}


def _in_memory(run: Callable[..., Tables], task: Task, device: str) -> tuple[Tables, int]:
    """The tables of a cell, computed in halves, quarters, ... where memory is short; and the widest part's width."""
    like = task.module, task.setting, task.arm, device
    parts: list[Tables] = []
    width = 0
    todo = [task.seeds]
    while todo:
        seeds = todo.pop(0)
        if len(seeds) < _TOO_WIDE.get(like, sys.maxsize):
            try:
                parts.append(run(task.setting, arm=task.arm, seeds=seeds, device=device))
            except Exception as error:
                if len(seeds) == 1 or not _is_out_of_memory(error):
                    raise
            else:
                width = max(width, len(seeds))
                continue
        _TOO_WIDE[like] = min(len(seeds), _TOO_WIDE.get(like, sys.maxsize))
        _free(device)
        todo[:0] = [seeds[: len(seeds) // 2], seeds[len(seeds) // 2 :]]
    return parts[0] if len(parts) == 1 else join(parts), width


def _too_little(error: BaseException, device: str) -> str:
    """What to do about it, in one line: no traceback shows where memory went."""
    said = f"{first_line(error):.60}".rstrip(". ")
    there = "this machine's memory" if device == "cpu" else device
    return (
        f"not even one seed fits into {there} ({said}): end what else uses it, compute in fewer processes (--jobs, "
        f"--hw1-jobs), or ask for a smaller setting"
    )


def _is_out_of_memory(error: BaseException) -> bool:
    """Of any device; on a CPU torch raises a plain RuntimeError, as where `ulimit -v` is met."""
    torch = sys.modules.get("torch")
    of_torch = bool(torch and isinstance(error, torch.OutOfMemoryError))
    on_cpu = isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    return isinstance(error, MemoryError) or of_torch or on_cpu


def _free(device: str) -> None:
    """Give back what torch keeps for later; called when the error, which holds the tensors, is gone."""
    torch = sys.modules.get("torch")
    if torch and device.startswith("cuda"):
        torch.cuda.empty_cache()


def _run_and_tell(task: Task, device: str, folder: str) -> Outcome:
    """`run_cell`, with heartbeats that say how far it is, unless it is too late."""
    if time.monotonic() > task.latest:
        return Outcome(key=task.key, late=True)
    teller = Teller(Path(folder), task.key)
    try:
        return run_cell(task, device=device, listener=teller)
    finally:
        teller.end()


def _in_worker(parent: int, task: Task, folder: str) -> Outcome:
    """A cell in a process of its own, on a device of its own where there are several."""
    ends_with(parent)
    one = len(task.devices) == 1
    return _run_and_tell(task, task.devices[0] if one else _taken(task.devices, f"{folder}/devices"), folder)


_TAKEN: dict[str, tuple[str, FileLock]] = {}


def _taken(devices: Sequence[str], folder: str) -> str:
    """The device of this process: the first that no other has or, where all are taken, the first that fewest have.

    A lock holds it: the system lets go of the lock when a process dies, and the worker in its place takes the device.
    """
    if folder not in _TAKEN:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for place, device in ((place, device) for place in count() for device in devices):
            lock = FileLock(f"{folder}/{device.replace(':', '')}-{place}")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            _TAKEN[folder] = device, lock
            break
    return _TAKEN[folder][0]


# The digest of each module's code when this process began to run it, none where it was not known even then.
_LOADED: dict[str, tuple[ModuleType, str]] = {}


def _check_code(task: Task) -> None:
    """A file that is saved while a run goes on may have been imported before or after; no key has such a result."""
    if task.code is None:
        return
    changed, module = task.code.changed(), sys.modules[task.module]
    loaded, digest = _LOADED.get(task.module, (None, ""))
    if loaded is not module:
        digest = "" if changed else task.code.digest
        _LOADED[task.module] = module, digest
    if changed or digest != task.code.digest:
        raise CodeChangedError(
            f"{changed or task.code.path} was changed while this went on, so that the result belongs to neither "
            f"version: run again, and in a notebook restart Python before"
        )


def _check(tables: Tables, arm: str, seeds: tuple[int, ...]) -> None:
    """The contract of `run`: tables, of which `runs` has exactly one row per seed, in order, of this arm."""
    if not isinstance(tables, Tables) or "runs" not in tables:
        raise ValueError(
            f'`run` must return hw1.tables.Tables({{"runs": frame, ...}}), and gave a {type(tables).__name__}'
        )
    runs = tables["runs"]
    if held := [name for name in runs if any(hasattr(value, "detach") for value in runs[name].head(1))]:
        raise ValueError(f"the column {held[0]} of `runs` holds tensors, which are no numbers: write .item() of each")
    if list(runs["seed"]) != list(seeds) or set(runs["arm"]) != {arm}:
        raise ValueError(
            f"`runs` must have one row per seed in order, arm {arm!r}, seeds {seeds}; it has\n{runs[['seed', 'arm']]}"
        )
