"""The tables of a run: `python benchmarks/table.py FILE [--write docs/speed.md]`, FILE from --benchmark-json.

Writes between the marks in the page, and leaves what is around them, which says why a target is missed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

Bench = dict[str, Any]
MARKS = "<!-- measured -->", "<!-- end of measured -->"
ROWS = {
    "narrow": "24 seeds, narrow nets, against a plain loop over the seeds (one thread, fused Adam)",
    "wide": "24 seeds, the widest nets, against the same",
    "fresh": "End to end from a fresh process on one core, against JAX jit(vmap(scan)), compile time counted",
    "steady": "The same without imports and compile time",
    "convolution": "Small convolutional nets in two processes, against a plain loop with all cores",
    "modules": "Twelve nets of one's own on one core, against twelve plain loops (fused Adam)",
    "measures": "Measures over 24 seeds, against a loop over the seeds",
}


def pages(run: dict[str, Any]) -> str:
    found = [{**b["extra_info"], "stats": b["stats"]} for b in run["benchmarks"] if "row" in b["extra_info"]]
    parts = [machine(run)]
    for row, title in ROWS.items():
        rows = [b for b in found if b["row"] == row]
        if rows:
            parts += [f"## {title}", *compared(rows)]
    parts += ["## More seeds", *scaling([b for b in found if b["row"] == "scaling"])]
    parts += ["## Where an update goes", *profile([b for b in found if "parts" in b], run)]
    return "\n\n".join(parts)


def machine(run: dict[str, Any]) -> str:
    info = run["machine_info"]
    own = info["hw1"]
    versions = ", ".join(f"{name} {version}" for name, version in own["versions"].items())
    return (
        f"{info['cpu'].get('brand_raw', 'unknown processor')}, {own['cores']} cores; {versions}; one core multiplies "
        f"matrices of 1024 at {own['gflops']:.0f} GFLOP/s. Run of {run['datetime'][:16]} UTC. Times are medians "
        f"(least to most) of the rounds of one run; a ratio is the peer's median over ours."
    )


def compared(rows: list[Bench]) -> list[str]:
    lines = []
    for b in rows:
        peer = next((p for p in rows if p["case"] == b["case"] and p["side"] == b.get("against")), None)
        if peer is None and ("against" in b or "target" not in b):
            continue
        cells = [b["case"], b["side"], shown(b), shown(peer) if peer else "the same", *_ratio(b, peer)]
        lines.append("| " + " | ".join([*cells, f"{b['products']:.1f}" if "products" in b else ""]) + " |")
    head = f"| work | ours | {rows[0]['unit']} | the peer's | ratio | target | limit |\n|---|---|---|---|---|---|---|"
    return ["\n".join([head, *lines])]


def _ratio(b: Bench, peer: Bench | None) -> tuple[str, str]:
    ratio = peer["stats"]["median"] * peer["factor"] / b["stats"]["median"] / b["factor"] if peer else 1.0
    return f"{ratio:.2g}" if ratio < 10 else f"{ratio:.0f}", f"{b['target']:g}, " + (
        "reached" if ratio >= b["target"] else "missed"
    )


def shown(b: Bench) -> str:
    low, middle, high = (number(b["stats"][key] * b["factor"]) for key in ("min", "median", "max"))
    return f"{middle} ({low} to {high})"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def scaling(rows: list[Bench]) -> list[str]:
    lines = [
        f"| {b['case']} | {b['side']} | {shown(b)} | {number(b['stats']['median'])} s | {b['megabytes']:.0f} MB |"
        for b in rows
    ]
    head = "| work | seeds | us per update and seed | 50 updates | memory |\n|---|---|---|---|---|"
    return ["\n".join([head, *lines])]


def profile(rows: list[Bench], run: dict[str, Any]) -> list[str]:
    if not rows:
        return []
    rate = run["machine_info"]["hw1"]["gflops"] * 1e3  # operations per microsecond
    names = list(rows[0]["parts"])
    lines = []
    for b in rows:
        parts = [f"{b['parts'][name]:.1f}" for name in names]
        lines.append("| " + " | ".join([b["case"], *parts, f"{b['flops'] / rate:.2g}"]) + " |")
    head = f"| work | {' | '.join(names)} | operations at the full rate |\n|---{'|---' * (len(names) + 1)}|"
    return ["\n".join([head, *lines])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    arguments = parser.parse_args()
    text = pages(json.loads(arguments.file.read_text()))
    if not arguments.write:
        print(text)
        return
    before, _, rest = arguments.write.read_text().partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    arguments.write.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}")


if __name__ == "__main__":
    main()
