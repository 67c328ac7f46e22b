"""Where cells run on many machines: on the Dask cluster of `joblib.parallel_config("dask")`, or of `--hw1-dask`.

This waits for the cluster's own futures: joblib 1.6's `Parallel` was seen to run everything in the client where a
cluster has one thread, and to hang when a task had killed too many workers.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hw1.machine.devices import CPU, Device, gpus
from hw1.machine.environment import versions
from hw1.registry import Experiment
from hw1.running.cells import Cell
from hw1.running.processes import joblib
from hw1.running.workers import Outcome, Task, run_cell, task_of

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 60  # seconds for the first worker to join, or to take up what is left
POLL = 0.05  # seconds between two looks for results


class ClusterError(ValueError):
    """A cluster that cannot be used, and what to do about it."""


class WorkerDiedError(RuntimeError):
    """Workers that died, and with them the cells they had; these are still to be computed."""


def on_cluster(address: str) -> AbstractContextManager[Any]:
    """Inside, cells run on the cluster with this address, or this scheduler file; nothing changes without one."""
    if not address:
        return nullcontext()
    client = connected(address)
    return joblib().parallel_config(backend="dask", client=client)  # type: ignore[no-any-return]


@cache
def connected(address: str) -> Client:
    """A client of the cluster, one per process.

    Raises
    ------
    ClusterError : where Dask is absent, nothing answers, or no worker joins
    """
    if find_spec("distributed") is None:
        raise ClusterError("a Dask cluster needs Dask: pip install 'hw1[dask]'")
    from distributed import Client

    where = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        client = Client(**where, timeout=10, set_as_default=False)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(
            f"no Dask cluster at {address}: {error}. Start one by `dask scheduler` and, on each machine, `dask worker "
            f"ADDRESS --nworkers CORES --nthreads 1`, and give the scheduler's address or file"
        ) from error
    return client


def active() -> Client | None:
    """The client of the cluster that joblib is set to use; None where there is none."""
    joblib()
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend()
    return backend.client if type(backend).__name__ == "DaskDistributedBackend" else None


def threads(client: Client) -> int:
    """How many cells the cluster computes at once."""
    return sum(client.ncores().values())


def hardware(address: str) -> Sequence[str]:
    """Names of the GPUs that each worker of a cluster sees; empty where they have none.

    Raises
    ------
    ClusterError : where the workers differ, as a run needs one kind of hardware
    """
    seen = connected(address).run(gpus)
    kinds = {tuple(sorted(set(names))) for names in seen.values()}
    if len(kinds) > 1:
        told = "; ".join(f"{worker}: {', '.join(names) or 'no GPU'}" for worker, names in sorted(seen.items()))
        raise ClusterError(f"the workers of the cluster differ, but a run needs one kind of hardware: {told}")
    return next(iter(kinds))


def remote_outcomes(cells: Sequence[Cell], client: Client) -> Iterator[Outcome]:
    """Compute cells on a cluster; they arrive in the order of completion.

    Raises
    ------
    WorkerDiedError : after all others that come have arrived, where workers died and took cells with them
    """
    from distributed import as_completed

    # Cells come longest first, and Dask takes them in this order.
    tasks = [(task_of(cell), cell.about) for cell in cells]
    futures = {client.submit(run_there, *task, key=f"{task[0].key[:12]}-{uuid4().hex}", pure=False) for task in tasks}
    coming = as_completed(futures, loop=client.loop, with_results=True, raise_errors=False)
    lost = []
    try:
        for future, result in _arriving(coming, client, futures):
            futures.remove(future)  # kept, its result would be computed again if the worker that holds it died
            if future.status == "finished":
                yield result
            else:
                lost.append(str(result[1] if isinstance(result, tuple) else result))
        if futures:
            lost.append(f"for {PATIENCE} s no worker had any of {len(futures)} cells")
    finally:
        client.cancel(list(futures))
    if lost:
        raise WorkerDiedError(lost[0])


def _arriving(coming: Any, client: Client, waiting: Set[Any]) -> Iterator[Any]:
    """What `as_completed` returns, until no worker has had any of what is waited for in a while.

    Waiting without end, a client was seen to hang after all workers had died at once.
    """
    last = time.monotonic()
    while coming.count():
        if coming.has_ready():
            yield next(coming)
            last = time.monotonic()
        elif time.monotonic() - last < PATIENCE:
            time.sleep(POLL)
        elif {future.key for future in waiting} & {key for keys in client.processing().values() for key in keys}:
            last = time.monotonic()
        else:
            return


def run_there(task: Task, about: dict[str, Any]) -> Outcome:
    """`run_cell` on a worker, if what it would compute there is what the key says."""
    try:
        differ = _differences(task, about)
    except Exception as error:
        return Outcome(
            key=task.key, error=f"a worker of the cluster cannot compute it: {type(error).__name__}: {error}"
        )
    if differ:
        return Outcome(key=task.key, error=f"a worker of the cluster would compute something else: {'; '.join(differ)}")
    return run_cell(replace(task, code=None))  # the client's files; those here were compared just now


def _differences(task: Task, about: dict[str, Any]) -> list[str]:
    """How a worker's code, versions, data or hardware differ from those of the client; what is a user's own travels."""
    found = gpus() if task.devices[0].startswith("cuda") else []
    here = Device(task.devices[0], found[0]) if found else CPU
    cell = Cell(Experiment(importlib.import_module(task.module)), task.setting, task.arm, task.seeds, here, task.own)
    seen = cell.about
    differ = [
        name for name in {**about, **seen} if name not in ("versions", "own") and seen.get(name) != about.get(name)
    ]
    old = [
        f"{name} {versions()[name]} instead of {v}" for name, v in about["versions"].items() if versions()[name] != v
    ]
    return [f"its {name} is {seen.get(name)!r} instead of {about.get(name)!r}" for name in differ] + old
