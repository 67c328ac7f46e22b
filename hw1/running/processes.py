"""Processes of one thread each: how many can be had here, and what a function returns that is called in them.

Containers and shared machines may lack what processes need: semaphores (a /dev/shm), files, other processes. Then there
are fewer of them, down to this one, and all numbers are the same.
"""

import functools
import multiprocessing
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

# What joblib 1.6 was seen to take on Linux, and a margin: 8 files and 1 for each process; 2 threads, a process that
# cleans up, and in each process 2 threads, one of which watches its parent; semaphores for its queues.
FILES, FILES_EACH = 16, 2
THREADS, THREADS_EACH = 6, 3
SEMAPHORES = 16


def joblib() -> ModuleType:
    """The module: at its first import it warns where there are no semaphores, which is an error in strict tests."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*joblib will operate in serial mode", UserWarning)
        import joblib

    return joblib  # type: ignore[no-any-return]


def first_line(error: BaseException) -> str:
    """Of what an error says; its kind where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def dead_worker() -> type[BaseException]:
    """The error that says that a process died."""
    joblib()
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    return TerminatedWorkerError  # type: ignore[no-any-return]


def available(jobs: int) -> tuple[int, str]:
    """How many of some processes can be had now, 1 being this process alone; and a line for a reader if not all."""
    if jobs == 1:
        return 1, ""
    files = _files(FILES + FILES_EACH * jobs)
    threads = _threads(THREADS + THREADS_EACH * jobs)
    by_files = (files - FILES) // FILES_EACH, f"only {files} more files can be opened (`ulimit -n`)"
    by_threads = (
        (threads - THREADS) // THREADS_EACH,
        f"only {threads} more threads can be started (`ulimit -u`, or a limit of the container)",
    )
    got, why = min(by_files, by_threads, key=lambda found: found[0])
    if got > 1 and (none := _none()):
        got, why = 1, none
    got = got if got > 1 else 1
    return (jobs, "") if got >= jobs else (got, _fewer(got, jobs, why))


def _fewer(got: int, jobs: int, why: str) -> str:
    return f"computing in {'this process alone' if got == 1 else f'{got} processes'} instead of in {jobs}: {why}"


def _none() -> str:
    """Why there can be none; empty where there can."""
    if os.environ.get("JOBLIB_MULTIPROCESSING") == "0":
        return "the variable JOBLIB_MULTIPROCESSING is 0"
    if multiprocessing.current_process().daemon:
        return "a daemonic process, as this one is, may start no others"
    kind = "fork" if "fork" in multiprocessing.get_all_start_methods() else None  # leaves nothing to clean up
    try:
        _ = [multiprocessing.get_context(kind).Lock() for _ in range(SEMAPHORES)]
    except (OSError, ImportError) as error:
        return f"no semaphores can be made ({error}); they need a /dev/shm with space that may be written to"
    with warnings.catch_warnings(), joblib().parallel_config("loky"):
        warnings.simplefilter("ignore")  # joblib's own words for what is said here
        return "" if joblib().effective_n_jobs(2) > 1 else "joblib can start none here"


def _files(wanted: int) -> int:
    """How many files can be opened now, up to some number."""
    with ExitStack() as opened:
        for count in range(wanted):
            try:
                opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
            except OSError:
                return count
    return wanted


def _threads(wanted: int) -> int:
    """How many threads can be started now, up to some number; Linux counts processes among them."""
    over, started = threading.Event(), []
    try:
        for _ in range(wanted):
            thread = threading.Thread(target=over.wait)
            thread.start()
            started.append(thread)
    except RuntimeError:
        pass
    finally:
        over.set()
        for thread in started:
            thread.join()
    return len(started)


def in_processes(
    jobs: int,
    function: Callable[..., T],
    calls: Iterable[tuple[Any, ...]],
    say: Callable[[str], object] = str,
) -> Iterator[T]:
    """What a function returns for each of some arguments, in the order of completion, from processes of one thread.

    Where no process can be started after all, `say` is told why, and what is left is called in this process.
    """
    left = dict(enumerate(calls))
    for last in (False, True):
        try:
            for place, result in _parallel(jobs, _placed, [(place, function, given) for place, given in left.items()]):
                del left[place]
                yield result
            return
        except (OSError, RuntimeError) as error:
            if not (unread := _is_unread(error)) and not _not_started(error):
                raise
            why = first_line(error)
        if last or not unread:
            break
    say(_fewer(1, max(jobs, 2), f"no other can be started ({why})"))
    yield from (function(*given) for given in left.values())


def _placed(place: int, function: Callable[..., T], given: tuple[Any, ...]) -> tuple[int, T]:
    return place, function(*given)


def _is_unread(error: BaseException) -> bool:
    """Whether a process could not read what it was sent.

    So do those that were started before `sys.path` grew; after the error loky starts others, with the path of today.
    """
    from joblib.externals.loky.process_executor import BrokenProcessPool

    return isinstance(error, BrokenProcessPool) and not isinstance(error, dead_worker())


def _not_started(error: BaseException) -> bool:
    """Whether an error says that processes cannot be started, or live, whatever they do."""
    if isinstance(error, dead_worker()):
        with warnings.catch_warnings(), suppress(OSError, RuntimeError):
            warnings.simplefilter("ignore")
            return not list(_parallel(2, os.getpid, [()]))
        return True
    return isinstance(error, OSError) or "start new thread" in str(error)


def _parallel(jobs: int, function: Callable[..., T], calls: Iterable[tuple[Any, ...]]) -> Iterator[T]:
    """By joblib.

    Two faults of loky (joblib 1.6) are avoided. The thread that manages its processes warns when it replaces one, as
    it does with those that grew by 300 MB; where warnings are errors, as in strict tests, the thread ends, its results
    never arrive and the run hangs. And when it has to kill the processes (Ctrl-C), it trips over calls that wait for a
    place in the queue, so no call may wait there.
    """
    lib = joblib()
    with warnings.catch_warnings(), lib.parallel_config("loky", inner_max_num_threads=1):
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor", UserWarning)
        warnings.filterwarnings("ignore", "resource_tracker: process died unexpectedly", UserWarning)
        workers = max(jobs, 2)  # n_jobs=1 would run in this process: two workers, one idle
        parallel = lib.Parallel(workers, return_as="generator_unordered", pre_dispatch=workers + 1, batch_size=1)
        results = parallel(lib.delayed(function)(*given) for given in calls)  # starts them
        _end_with_interpreter()
        yield from results


@functools.cache
def _end_with_interpreter() -> None:
    """Have idle workers killed as the interpreter ends; asked for after loky has started, since the last goes first."""
    threading._register_atexit(_end_idle)  # type: ignore[attr-defined]  # as loky and concurrent.futures do


def _end_idle() -> None:
    """Kill loky's workers that have nothing to do.

    Loky asks them to end through a queue, whose lock a worker takes with it when it is killed (by the system for want
    of memory, say); the others never hear of it, and loky waits for them for ever (joblib 1.6).
    """
    from joblib.externals.loky import reusable_executor

    executor = reusable_executor._executor
    if executor is not None and not executor._pending_work_items:
        executor.shutdown(wait=True, kill_workers=True)


def ends_with(parent: int) -> None:
    """End this process with its parent: loky's workers outlive a parent that was killed."""
    if parent != os.getpid() and not any(thread.name == "parent" for thread in threading.enumerate()):
        threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
