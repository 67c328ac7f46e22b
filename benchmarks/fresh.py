"""The same as `jax_peer.py`, by this library: reads one case per line as JSON, answers with losses, seconds and memory.

Memory, in bytes: `before`, what the process had before the training, and `peak`, the most that it had until its end.
"""

import json
import resource
import sys
import time
from dataclasses import fields
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.loops import ours


def answer(line: str) -> dict[str, object]:
    case = json.loads(line)
    made = Case(**{field.name: case[field.name] for field in fields(Case)})
    before, began = _resident(), time.perf_counter()
    losses = ours(made, made.stacks(case["seeds"]), case["updates"])
    taken = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"losses": losses.tolist(), "run": taken, "before": before, "peak": peak}


def _resident() -> int:
    """Bytes of memory that this process has now; on Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)
