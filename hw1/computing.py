"""Computing cells: longest first, in joblib's processes of one thread each, stored as they come in."""

import importlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from hw1.cells import Cell
from hw1.replaced import Replacements, replacing
from hw1.store import Entry, Store
from hw1.tables import Tables

ROUNDS = 3  # a dead worker's cells are tried again twice, the last time each alone, which names the culprit


# Key, tables, seconds, error; the error is empty where there are tables.
Outcome = tuple[str, Tables | None, float, str]


class CellError(RuntimeError):
    """Cells that could not be computed, with what went wrong by key; what was computed is stored."""

    def __init__(self, errors: Mapping[str, str]):
        self.errors = dict(errors)
        first, *others = self.errors.values()
        more = f"\n{len(others)} more cells failed" if others else ""
        super().__init__(f"{first.rstrip()}{more}")


class Watcher(Protocol):
    """Is told how a computation goes on."""

    def start(self, cells: Sequence[Cell], seconds: float | None) -> None:
        """Before the first cell; `seconds` is the estimate from cells like these, None where there are none."""

    def done(self) -> None:
        """After each cell."""

    def stop(self) -> None:
        """After the last one."""


def compute(cells: Sequence[Cell], store: Store, *, jobs: int, watcher: Watcher) -> None:
    """Compute what is missing, longest first, and store each cell as it comes in.

    Parameters
    ----------
    jobs : processes, each with one thread

    Raises
    ------
    CellError : naming the cells that failed, after all others were computed and stored
    """
    missing = list({cell.key: cell for cell in cells if not store.has(cell.key)}.values())
    if not missing:
        return
    known = store.seconds({cell.label for cell in missing})
    # Cells of unknown length go first: one of them could be the longest.
    missing.sort(key=lambda cell: -known.get(cell.label, float("inf")))
    watcher.start(
        missing, sum(known[c.label] for c in missing) / jobs if all(c.label in known for c in missing) else None
    )
    errors: dict[str, str] = {}
    try:
        for attempt in range(ROUNDS):
            alone = attempt == ROUNDS - 1
            left = [cell for cell in missing if cell.key not in errors and not store.has(cell.key)]
            for batch in [[cell] for cell in left] if alone else [left]:
                errors |= _round(batch, store, jobs, watcher, isolate=attempt > 0)
    finally:
        watcher.stop()
    if errors:
        raise CellError(errors)


def _round(cells: list[Cell], store: Store, jobs: int, watcher: Watcher, isolate: bool) -> dict[str, str]:
    """Compute some cells once; errors by key. Cells lost with a dead worker are simply still missing afterwards."""
    if not cells:
        return {}
    errors = {}
    by_key = {cell.key: cell for cell in cells}
    try:
        for key, tables, seconds, error in _results(cells, jobs, isolate):
            cell = by_key[key]
            if tables is None:
                errors[key] = f"{cell} failed:\n{error}"
            else:
                store.put(key, cell.label, Entry(tables, seconds, {**cell.about, "date": _now()}))
                watcher.done()
    except _dead_worker() as death:
        if len(cells) == 1 and isolate:
            errors[cells[0].key] = f"{cells[0]}: its process died ({_first_line(death)}); is memory short?"
    return errors


def _results(cells: list[Cell], jobs: int, isolate: bool) -> Iterator[Outcome]:
    """(key, tables, seconds, error) in the order of completion."""
    from joblib import Parallel, delayed, parallel_config

    tasks = [
        (cell.key, cell.experiment.module.__name__, cell.setting, cell.arm, cell.seeds, cell.device.name, cell.own)
        for cell in cells
    ]
    if jobs == 1 and not isolate:
        yield from (run_cell(*task) for task in tasks)
        return
    workers = min(jobs, len(cells))
    with parallel_config("loky", inner_max_num_threads=1):
        # n_jobs=1 would run in this process, where a crash takes everything with it: two workers, one idle.
        parallel = Parallel(n_jobs=max(workers, 2), return_as="generator_unordered", pre_dispatch="all", batch_size=1)
        yield from parallel(delayed(_in_worker)(os.getpid(), *task) for task in tasks)


def run_cell(
    key: str,
    module: str,
    setting: Any,
    arm: str,
    seeds: tuple[int, ...],
    device: str,
    own: Replacements | None = None,
) -> Outcome:
    """Run one cell in this process, with one thread; an exception comes back as text and does not stop the others."""
    started = time.perf_counter()
    try:
        with one_thread(), replacing(own, arm):
            tables = importlib.import_module(module).run(setting, arm=arm, seeds=seeds, device=device)
        _check(tables, arm, seeds)
    except Exception:
        return key, None, 0.0, traceback.format_exc(limit=-6)
    return key, tables, time.perf_counter() - started, ""


def _in_worker(parent: int, *task: Any) -> Outcome:
    """`run_cell` in a process that ends with its parent: loky's workers outlive a parent that was killed."""
    if not any(thread.name == "parent" for thread in threading.enumerate()):
        threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    return run_cell(*task)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


@contextmanager
def one_thread() -> Iterator[None]:
    """One torch thread: two OpenMP threads on two busy cores were seen to stall 100-fold; processes do not."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is imported, if it has not been yet
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else None
    if torch:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(threads)


def _check(tables: Tables, arm: str, seeds: tuple[int, ...]) -> None:
    """The contract of `run`: exactly one row of `runs` per seed, in order, of this arm."""
    runs = tables["runs"]
    if list(runs["seed"]) != list(seeds) or set(runs["arm"]) != {arm}:
        raise ValueError(
            f"`runs` must have one row per seed in order, arm {arm!r}, seeds {seeds}; it has\n{runs[['seed', 'arm']]}"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _dead_worker() -> type[BaseException]:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    return TerminatedWorkerError  # type: ignore[no-any-return]
