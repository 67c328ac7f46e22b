"""The state of a process that changes numbers, set to the same values for the time of a cell, whoever runs it.

A result is stored under a key, and whatever finds the key later reads the result; so nothing may leak into it that is
not in the key: a plugin's default of float64, a session's warnings as errors, another cell's random numbers.
"""

import os
import random
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from hw1.machine.denormals import flushes

__all__ = ["Global", "globals_of_numpy", "globals_of_torch", "pinned"]


@dataclass(frozen=True)
class Global:
    """A piece of state: its name, the value that it has in a cell, and how it is read and written."""

    name: str
    value: Any
    read: Callable[[], Any]
    write: Callable[[Any], object]


@contextmanager
def pinned(about: object = "", device: str = "cpu") -> Iterator[None]:
    """Inside, this process computes as any other would, with one thread; afterwards all is as it was.

    Parameters
    ----------
    about : what is computed; the global random generators are seeded from its `repr`
    device : what computes it
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is imported, if it has not been yet
    seed = zlib.crc32(repr(about).encode())
    torch = _torch(device)
    with warnings.catch_warnings(), threadpool_limits(1), ExitStack() as stack:
        warnings.simplefilter("default")  # an error for one who runs strict tests would be no error for another
        stack.enter_context(_set([*globals_of_numpy(seed), *(globals_of_torch(torch, seed) if torch else ())]))
        for mode in _modes(torch) if torch else ():
            stack.enter_context(mode)
        yield


def _torch(device: str) -> Any:
    """torch if it is loaded, or if what it is loaded with is not what is set here; it takes 1 to 3 s."""
    if device != "cpu" or find_spec("opt_einsum"):
        import torch

        return torch
    return sys.modules.get("torch")


@contextmanager
def _set(some: Sequence[Global]) -> Iterator[None]:
    """All are read before any is set, since some set others, and set back in the same order."""
    before = [(one.write, one.read()) for one in some]
    try:
        for one in some:
            one.write(one.value)
        yield
    finally:
        for write, was in before:
            write(was)


def _modes(torch: Any) -> Iterator[AbstractContextManager[Any]]:
    """What torch holds on a stack."""
    yield torch.inference_mode(False)
    yield torch.enable_grad()
    if torch.get_default_device().type != "cpu":
        yield torch.device("cpu")  # each call then passes through Python, so only where it is needed


def globals_of_numpy(seed: int) -> Iterator[Global]:
    """Of Python, numpy and pandas."""
    yield Global("random", random.Random(seed).getstate(), random.getstate, random.setstate)  # noqa: S311
    drawn = np.random.RandomState(seed).get_state()
    yield Global("np.random", drawn, np.random.get_state, np.random.set_state)
    usual = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    yield Global("np.errstate", usual, np.geterr, lambda value: np.seterr(**value))
    yield Global("np.bufsize", 8192, np.getbufsize, np.setbufsize)  # sums over casted arrays go by buffers
    for option in ("compute.use_bottleneck", "compute.use_numexpr"):  # used where they are installed: no key has them
        yield _pandas_option(option)


def _pandas_option(name: str) -> Global:
    return Global(f"pd.{name}", False, lambda: pd.get_option(name), lambda value: pd.set_option(name, value))


def globals_of_torch(torch: Any, seed: int) -> Iterator[Global]:
    """Of torch, where it is loaded."""
    yield Global("threads", 1, torch.get_num_threads, torch.set_num_threads)  # two on two busy cores: 100 times slower
    yield Global("default dtype", torch.float32, torch.get_default_dtype, torch.set_default_dtype)
    yield Global("flush denormal", False, flushes, torch.set_flush_denormal)
    yield Global("anomaly", False, torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly)
    yield _generator(torch, seed)
    yield _deterministic(torch)
    yield from _autocast(torch)
    yield from _kernels(torch)
    yield from _precision(torch)


def _generator(torch: Any, seed: int) -> Global:
    """The CPU's generator, and those of GPUs that are in use."""
    gpus = torch.cuda.is_available() and torch.cuda.is_initialized()

    def read() -> Any:
        return torch.get_rng_state(), torch.cuda.get_rng_state_all() if gpus else []

    def write(state: Any) -> None:
        if isinstance(state, int):
            torch.manual_seed(state)
            return
        torch.set_rng_state(state[0])
        if gpus:
            torch.cuda.set_rng_state_all(state[1])

    return Global("torch generator", seed, read, write)


def _deterministic(torch: Any) -> Global:
    """Deterministic algorithms are left at torch's default: they raise where an operation has none."""

    def read() -> tuple[bool, bool]:
        return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()

    def write(value: tuple[bool, bool]) -> None:
        if value != read():  # the first call imports torch's compiler, 3 s
            torch.use_deterministic_algorithms(value[0], warn_only=value[1])

    return Global("deterministic algorithms", (False, False), read, write)


def _autocast(torch: Any) -> Iterator[Global]:
    for kind in ("cpu", "cuda"):
        read, write = partial(torch.is_autocast_enabled, kind), partial(torch.set_autocast_enabled, kind)
        yield Global(f"autocast {kind}", False, read, write)


def _kernels(torch: Any) -> Iterator[Global]:
    """Which of several kernels computes, and in which order more than two factors are multiplied."""
    backends = torch.backends
    yield _attribute(backends.cudnn, "enabled", True)
    yield _attribute(backends.cudnn, "benchmark", False)
    yield _attribute(backends.cudnn, "deterministic", True)
    yield _attribute(backends.opt_einsum, "enabled", False)  # an optional package, which no key has
    yield _flags("mkldnn", backends.mkldnn, 2)
    yield _flags("nnpack", backends.nnpack, 1)
    for kernel in ("flash", "mem_efficient", "math", "cudnn"):
        ask, tell = (getattr(backends.cuda, name) for name in (f"{kernel}_sdp_enabled", f"enable_{kernel}_sdp"))
        yield Global(f"{kernel} attention", True, ask, tell)


def _attribute(holder: Any, name: str, value: Any) -> Global:
    where = f"{holder.__name__ if hasattr(holder, '__name__') else type(holder).__name__}.{name}"
    return Global(where, value, lambda: getattr(holder, name), lambda new: setattr(holder, name, new))


def _flags(name: str, backend: Any, count: int) -> Global:
    """`set_flags` takes and returns more than one: enabled and, of mkldnn, deterministic."""
    value = (True, False)[:count]

    def read() -> Any:
        was = backend.set_flags(*value)[:count]
        backend.set_flags(*was)
        return was

    return Global(name, value, read, lambda new: backend.set_flags(*new))


def _precision(torch: Any) -> Iterator[Global]:
    """Products of float32 in float32: no TF32, no bfloat16.

    torch has two ways to say so, and reading the older one raises where the newer one has said something else; so both
    are set, the older first, and what cannot be read is not written back.
    """
    backends = torch.backends
    yield _readable(
        Global("matmul precision", "highest", torch.get_float32_matmul_precision, torch.set_float32_matmul_precision)
    )
    yield _readable(_attribute(backends.cudnn, "allow_tf32", False))
    yield _attribute(backends.cuda.matmul, "allow_fp16_reduced_precision_reduction", False)
    yield _attribute(backends.cuda.matmul, "allow_bf16_reduced_precision_reduction", False)
    operations = {"cuda": ("matmul",), "cudnn": ("conv", "rnn"), "mkldnn": ("matmul", "conv", "rnn")}
    for backend, names in operations.items():
        for name in names:
            one = _attribute(getattr(getattr(backends, backend), name), "fp32_precision", "ieee")
            yield replace(one, name=f"{backend}.{name}.fp32_precision")


def _readable(one: Global) -> Global:
    def read() -> Any:
        with suppress(RuntimeError):
            return one.read()
        return None

    return replace(one, read=read, write=lambda value: None if value is None else one.write(value))
