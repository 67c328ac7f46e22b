"""The global random generators of torch, numpy and Python: set aside for a while, and compared."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["isolated", "states"]

_NO_DEVICE = torch.device("cpu")


@contextmanager
def isolated(seed: int, device: torch.device = _NO_DEVICE) -> Iterator[None]:
    """Inside, the global generators begin at a seed, from 0 to 2**63 - 1; afterwards they are as they were.

    Parameters
    ----------
    device : whose generator is meant besides that of the CPU
    """
    before = np.random.get_state(), random.getstate()  # noqa: NPY002 - the legacy generator is the global one
    devices = [device] if _has_generator(device) else []
    try:
        with torch.random.fork_rng(devices, device_type=device.type if devices else "cuda"):
            torch.manual_seed(seed)
            np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002
            random.seed(seed)
            yield
    finally:
        np.random.set_state(before[0])  # noqa: NPY002
        random.setstate(before[1])


def states(device: torch.device = _NO_DEVICE) -> bytes:
    """Where the generators are; equal before and after what did not draw from any."""
    kinds = [torch.get_rng_state()]
    if _has_generator(device):
        kinds.append(torch.get_device_module(device).get_rng_state(device))
    known = pickle.dumps((np.random.get_state(), random.getstate()))  # noqa: NPY002
    return b"".join([*(state.numpy().tobytes() for state in kinds), known])


def _has_generator(device: torch.device) -> bool:
    """Whether there is one besides that of the CPU."""
    return device.type != "cpu" and hasattr(torch.get_device_module(device), "get_rng_state")
