"""Processes that read one case per line and answer with a line: `fresh.py` and `jax_peer.py`, each on given cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
JAX = os.environ.get("HW1_JAX_PYTHON", sys.executable)  # an interpreter that has jax
COMMANDS = {"jax": [JAX, str(HERE / "jax_peer.py")], "hw1": [sys.executable, "-m", "benchmarks.fresh"]}


@cache
def has_jax() -> bool:
    return subprocess.run([JAX, "-c", "import jax"], capture_output=True, check=False).returncode == 0


class Process:
    """One process on the last `cores` of this machine's cores, with as many threads."""

    def __init__(self, side: str, cores: int = 1) -> None:
        allowed = sorted(os.sched_getaffinity(0))[-cores:]
        self._process = subprocess.Popen(
            COMMANDS[side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parent,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            preexec_fn=partial(os.sched_setaffinity, 0, allowed),
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, case: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def fresh(side: str, cases: list[dict[str, Any]], cores: int = 1) -> list[dict[str, Any]]:
    """The answers of a process that is started for these cases and then ends."""
    with Process(side, cores) as process:
        return [process.ask(case) for case in cases]
