"""What a result was made with: the versions in a store's key, and the facts a report shows. torch is not imported."""

import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# These change numbers, so they are part of every key; the others (pandas, matplotlib) only format them.
COMPUTING = ("torch", "numpy", "scipy", "scikit-learn")


@cache
def versions() -> Mapping[str, str]:
    """Versions of Python and of the packages that compute."""
    return {"python": platform.python_version(), **{name: _version(name) for name in COMPUTING}}


def facts() -> dict[str, object]:
    """The machine and the software, for manifests and reports; builtins only."""
    return {
        **versions(),
        "hw1": _version("hw1"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores(),
    }


def computed_with() -> str:
    """What numbers depend on to the last bit, in one line: the processor, and the versions that compute."""
    return ", ".join([_processor(), *(f"{name} {version}" for name, version in versions().items())])


def made_with() -> str:
    """The machine and the software in a few words, for pages that are committed."""
    seen = facts()
    return f"torch {seen['torch']}, Python {seen['python']}, {seen['processor']}"


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def checked_jobs(jobs: int | None, option: str) -> int | None:
    """A number of processes that an option gave, if it did; ValueError where it cannot be meant."""
    most = max(64, 16 * cores())  # each loads torch, about 300 MB
    if jobs is not None and not 1 <= jobs <= most:
        raise ValueError(
            f"{option} {jobs}: give 1 to {most} processes; without it there is one for each of the {cores()} cores here"
        )
    return jobs


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
