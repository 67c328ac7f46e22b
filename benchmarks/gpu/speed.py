"""Microseconds per update and net of stacks of 12, 48 and 192 nets on a GPU, against a plain loop and JAX on it.

Of ours the training is timed, its recording as a graph included. The plain loop trains one net with torch's fused Adam.
JAX is `jit(vmap(scan))` without its compiling. A line is written as it is found, and not measured again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.arms import NARROW, WIDE
from benchmarks.cases import Case
from benchmarks.processes import Process, has_jax
from benchmarks.test_convolution import EXAMPLES, made
from hw1.running.memory import kept
from hw1.running.pinned import pinned
from hw1.training import Recipe, orders, stack, train

REPLICAS = (12, 48, 192)
ROUNDS = 3
DENSE = {"narrow": NARROW[0], "wide": WIDE[0]}
CONVOLUTIONAL = {"convolutions, 40 inputs": "fast", "convolutions, 32 x 32": "full"}
ON_A_GPU = {"narrow": 1_000, "wide": 1_000, "convolutions, 40 inputs": 300, "convolutions, 32 x 32": 100}
ON_A_CPU = {"narrow": 50, "wide": 20, "convolutions, 40 inputs": 10, "convolutions, 32 x 32": 2}
LOOP = 100  # updates of a plain loop on a GPU


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Something to time: a call trains some nets for some updates and gives the seconds of that."""

    case: str
    side: str
    replicas: int
    updates: int
    call: Callable[[], float]

    @property
    def name(self) -> tuple[str, str, int]:
        return self.case, self.side, self.replicas


def seconds(timed: Timed) -> list[float]:
    """Of some calls after a first one, in which libraries choose and load their kernels."""
    return [timed.call() for _ in range(ROUNDS + 1)][1:]


def cases(device: str) -> Iterator[Timed]:
    """All that is timed, in the order in which it is."""
    updates = ON_A_CPU if device == "cpu" else ON_A_GPU
    for name, case in DENSE.items():
        yield from _dense(name, case, device, updates[name])
    for name, tier in CONVOLUTIONAL.items():
        yield from _convolutional(name, tier, device, updates[name])


def _dense(name: str, case: Case, device: str, updates: int) -> Iterator[Timed]:
    side = partial(Timed, case=name, updates=updates)
    for K in REPLICAS:
        yield side(side="ours", replicas=K, call=partial(_ours, case, K, device, updates))
        if has_jax():
            yield side(side="JAX", replicas=K, call=partial(_jax, case, K, updates))
    yield from _peers(name, device, updates, partial(_plain, case), partial(_ours, case))


def _convolutional(name: str, tier: str, device: str, updates: int) -> Iterator[Timed]:
    for K in REPLICAS:
        call = partial(_cnns, tier, K, device, updates)
        yield Timed(case=name, side="ours", replicas=K, updates=updates, call=call)
    yield from _peers(name, device, updates, partial(_plain_cnn, tier), partial(_cnns, tier))


def _peers(
    name: str, device: str, updates: int, plain: Callable[..., float], ours: Callable[..., float]
) -> Iterator[Timed]:
    """The loop over one net, and this library on a core of the same machine."""
    updates = min(updates, LOOP)
    yield Timed(case=name, side="plain loop", replicas=1, updates=updates, call=partial(plain, device, updates))
    if device != "cpu":
        few = ON_A_CPU[name]
        yield Timed(case=name, side="ours, one core", replicas=12, updates=few, call=partial(ours, 12, "cpu", few))


def _ours(case: Case, K: int, device: str, updates: int) -> float:
    x, y = case.data
    return _trained(case.nets(K), device, x, y, case.recipe(updates), loss="squared")


def _cnns(tier: str, K: int, device: str, updates: int) -> float:
    s, modules, x, y, rngs = made(tier, K)
    recipe = Recipe(optimizer="adam", lr=s.lr, updates=updates, batch=s.batch)
    feed = orders(rngs, EXAMPLES, s.batch, device)
    return _trained(modules, device, x, y, recipe, loss="cross_entropy", orders=feed, per_replica=True)


def _trained(nets: Sequence[nn.Module], device: str, x: Tensor, y: Tensor, recipe: Recipe, **more: Any) -> float:
    together = stack(nets, device)
    with kept(), pinned():
        began = time.perf_counter()
        train(together, x, y, recipe, **more)  # gives numbers on the host, so that it waits for the device
        return time.perf_counter() - began


def _plain(case: Case, device: str, updates: int) -> float:
    x, y = (values.to(device) for values in case.data)
    return _loop(case.nets(1)[0].to(device), case.lr, updates, lambda net: nn.functional.mse_loss(net(x), y))


def _plain_cnn(tier: str, device: str, updates: int) -> float:
    s, modules, x, y, _ = made(tier, 1)
    x, y = x[0].to(device), y[0].to(device)
    rows = torch.randint(len(x), (updates, s.batch), device=device)
    batches = iter(rows)

    def loss(net: nn.Module) -> Tensor:
        now = next(batches)
        return nn.functional.cross_entropy(net(x[now]), y[now])

    return _loop(deepcopy(modules[0]).to(device), s.lr, updates, loss)


def _loop(net: nn.Module, lr: float, updates: int, loss: Callable[[nn.Module], Tensor]) -> float:
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, fused=True)
    with kept(), pinned():
        began = time.perf_counter()
        for _ in range(updates):
            optimizer.zero_grad()
            loss(net).backward()
            optimizer.step()
        next(net.parameters()).sum().item()  # waits for the device
        return time.perf_counter() - began


def _jax(case: Case, K: int, updates: int) -> float:
    found: float = _peer().ask(case.plain(K, updates))["run"]
    return found


@cache
def _peer() -> Process:
    return Process("jax")


def _row(timed: Timed, taken: list[float], device: str) -> dict[str, Any]:
    each = [value / timed.updates / timed.replicas * 1e6 for value in taken]
    about = {key: value for key, value in asdict(timed).items() if key != "call"}
    low, middle, high = min(each), statistics.median(each), max(each)
    return {**about, "device": device, "us": middle, "least": low, "most": high, "rounds": len(each)}


def main() -> None:
    """Time what is not in the file yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    lines = options.out.read_text(encoding="utf-8").splitlines() if options.out.exists() else []
    known = {(row["case"], row["side"], row["replicas"]) for row in map(json.loads, lines)}
    with options.out.open("a", encoding="utf-8") as file:
        for timed in cases(options.device):
            if timed.name not in known:
                row = _row(timed, seconds(timed), options.device)
                print(json.dumps(row), file=file, flush=True)
                print(f"{row['case']}, {row['side']}, {row['replicas']}: {row['us']:.3g} us", flush=True)


if __name__ == "__main__":
    main()
