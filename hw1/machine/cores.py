"""How many cores this process may use: its affinity, and the CPU time that control groups grant it (Linux, containers).

joblib's `cpu_count` reads the top group alone, which is the right one inside most containers, but not for a batch job
or a service, whose limits are on groups further down.
"""

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def cores(root: Path = Path("/")) -> int:
    """Cores this process may use, at least 1; a share of a core counts as one.

    Parameters
    ----------
    root : of /proc and /sys
    """
    return max(1, math.ceil(min([_by_affinity(), *_quotas(root), *_asked()])))


def checked_jobs(jobs: int | None, option: str) -> int | None:
    """A number of processes that an option gave, if it did; ValueError where it cannot be meant."""
    most = max(64, 16 * cores())  # each loads torch, about 300 MB
    if jobs is not None and not 1 <= jobs <= most:
        raise ValueError(
            f"{option} {jobs}: give 1 to {most} processes; without it there is one for each of the {cores()} cores here"
        )
    return jobs


def _by_affinity() -> int:
    if hasattr(os, "process_cpu_count"):  # since Python 3.13; it heeds `-X cpu_count` and PYTHON_CPU_COUNT
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _asked() -> Iterator[int]:
    """What joblib's own variable allows, with which people limit it where they share a machine."""
    words = os.environ.get("LOKY_MAX_CPU_COUNT", "")
    if words.isascii() and words.isdigit():
        yield int(words)


def _quotas(root: Path) -> Iterator[float]:
    """Cores' worth of time that this process' groups and those above them grant; none for those that do not limit."""
    try:
        groups = [line.split(":", 2) for line in _lines(root / "proc/self/cgroup")]
        mounts = [line.split() for line in _lines(root / "proc/self/mountinfo")]
    except OSError:
        return
    for mount in mounts:
        if "-" not in mount[6:-3] or not (kind := _kind(mount)):
            continue
        top = root / _unescaped(mount[4]).lstrip("/")
        for _, controllers, group in (g for g in groups if len(g) == 3):
            if (kind == "cgroup2") == (controllers == "") and (kind == "cgroup2" or "cpu" in controllers.split(",")):
                for folder in _with_parents(top, _below(group, _unescaped(mount[3]))):
                    yield from _quota(folder)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def _kind(mount: list[str]) -> str:
    """Of a line of mountinfo, whether groups with the CPU controller are there: "cgroup2", "cgroup" or ""."""
    kind, _, options = mount[mount.index("-", 6) + 1 :][:3]
    return kind if kind == "cgroup2" or (kind == "cgroup" and "cpu" in options.split(",")) else ""


def _unescaped(path: str) -> str:
    """A path as mountinfo writes it: blank, tab, line break, # and \\ as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def _below(group: str, mounted: str) -> PurePosixPath:
    """A group's place below the group that is mounted; the latter itself where the group is not in view."""
    try:
        below = PurePosixPath(group).relative_to(mounted)
    except ValueError:
        return PurePosixPath()
    return PurePosixPath() if ".." in below.parts else below


def _with_parents(top: Path, below: PurePosixPath) -> Iterator[Path]:
    yield top / below
    for parent in below.parents:
        yield top / parent


def _quota(folder: Path) -> Iterator[float]:
    """Of one group: `cpu.max` holds a quota and a period, in version 1 they have files of their own."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            quota, period = " ".join((folder / name).read_text(encoding="ascii") for name in names).split()
            if int(quota) > 0 and int(period) > 0:  # "max" is no number, and -1 no limit
                yield int(quota) / int(period)
        except (OSError, ValueError):
            continue
