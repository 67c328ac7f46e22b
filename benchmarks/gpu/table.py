"""The table of a run's times: `python -m benchmarks.gpu.table DIR/speed.jsonl`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def table(rows: Sequence[Row]) -> str:
    """Times by case and replicas, and how many times as long the loop and JAX take."""
    lines = [
        "| nets | replicas | us per update and net | plain loop | ratio | JAX | ratio | one core |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if row["side"] == "ours":
            loop, core = (_of(rows, row["case"], side) for side in ("plain loop", "ours, one core"))
            jax = _of(rows, row["case"], "JAX", row["replicas"])
            cells = [row["case"], str(row["replicas"]), _range(row), *_against(loop, row), *_against(jax, row)]
            lines.append("| " + " | ".join([*cells, f"{core['us']:.3g}" if core else ""]) + " |")
    return "\n".join(lines)


def _of(rows: Iterable[Row], case: str, side: str, replicas: int | None = None) -> Row | None:
    found = (row for row in rows if (row["case"], row["side"]) == (case, side))
    return next((row for row in found if replicas in (None, row["replicas"])), None)


def _range(row: Row) -> str:
    return f"{row['us']:.3g} ({row['least']:.3g} to {row['most']:.3g})"


def _against(peer: Row | None, row: Row) -> tuple[str, str]:
    return (f"{peer['us']:.3g}", f"{peer['us'] / row['us']:.2g}") if peer else ("", "")


if __name__ == "__main__":
    print(table([json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]))
