"""Which device a run uses: a GPU when there is one, else the CPU; an error where one was requested and is absent."""

import ctypes
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hw1.machine.cores import cores


class NoSuchDeviceError(ValueError):
    """A device was requested that this machine does not have."""


@dataclass(frozen=True)
class Device:
    """`name` is what torch takes; `hardware` is what a result depends on and what the store's key holds.

    `others` are devices of the same hardware that may compute beside it.
    """

    name: str
    hardware: str
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All devices that may be used."""
        return self.name, *self.others

    @property
    def jobs(self) -> int:
        """Processes to use by default: one per core, or one per GPU."""
        return cores() if self.name == "cpu" else len(self.names)


def resolve(
    requested: str = "auto", *, gpu: bool = False, probe: "Callable[[], Sequence[str]] | None" = None
) -> Device:
    """The device of a run.

    Parameters
    ----------
    requested : "auto" or "cuda" (all GPUs that are like the first), "cpu", or "cuda:N" (this one alone)
    gpu : whether a GPU is required
    probe : returns the names of the GPUs, in torch's order; by default this machine is asked

    Raises
    ------
    NoSuchDeviceError : saying what was requested and what there is
    """
    if gpu and requested == "cpu":
        raise NoSuchDeviceError("--gpu and --hw1-device cpu contradict each other: leave one of them out")
    if requested == "cpu":
        return CPU
    if requested not in ("auto", "cuda") and not _is_numbered(requested):
        raise NoSuchDeviceError(f"no device {requested!r}: choose auto, cpu, cuda or cuda:N")
    names = list((probe or gpus)())
    if not names:
        return _without_gpu(requested, gpu, "no worker of the cluster has one" if probe else _reason())
    index = int(requested.partition(":")[2] or 0)
    if index >= len(names):
        raise NoSuchDeviceError(
            f"no device {requested!r}: this machine has {len(names)} GPU, cuda:0 to cuda:{len(names) - 1}"
        )
    alike = [f"cuda:{i}" for i, name in enumerate(names) if name == names[index] and i != index]
    return Device(f"cuda:{index}", names[index], () if _is_numbered(requested) else tuple(alike))


def gpus() -> list[str]:
    """Names of the CUDA devices that torch can use.

    torch is imported (3 s) only where a driver is installed: without one there is nothing that it could find.
    """
    if not _driver():
        return []
    import torch

    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]


CPU = Device("cpu", f"cpu {platform.machine()}")


def _without_gpu(requested: str, gpu: bool, reason: str) -> Device:
    if gpu or requested != "auto":
        asked = "--gpu" if gpu else f"device {requested!r}"
        raise NoSuchDeviceError(
            f"{asked} needs a CUDA GPU and torch sees none here ({reason}): fix that, or run without it, on the CPU"
        )
    return CPU


def _reason() -> str:
    """Why torch sees no GPU, as far as this process can tell."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not _driver():
        return "no NVIDIA driver is installed: there is no libcuda.so.1"
    import torch

    if torch.version.cuda is None:
        return f"torch {torch.__version__} is a build without CUDA"
    if hidden is not None:
        return f"CUDA_VISIBLE_DEVICES is {hidden!r}, which may hide it"
    return f"there is a driver, but none for CUDA {torch.version.cuda} or no GPU: see nvidia-smi"


def _is_numbered(requested: str) -> bool:
    return requested.startswith("cuda:") and requested[5:].isdigit()


def _driver() -> bool:
    library = "nvcuda.dll" if platform.system() == "Windows" else "libcuda.so.1"
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
