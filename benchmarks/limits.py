"""Arithmetic limits: what a training must multiply, and how fast this core multiplies on one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import torch

from benchmarks.cases import Case


def seconds(function: Callable[[], object], calls: int, repeats: int = 7) -> float:
    """Seconds of one call, the median over some repeats."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        for _ in range(calls):
            function()
        taken.append((time.perf_counter() - began) / calls)
    return sorted(taken)[repeats // 2]


def peak() -> float:
    """Floating-point operations per second of a large product in single precision."""
    a = torch.rand(1024, 1024)
    return 2 * 1024**3 / seconds(lambda: a @ a, 3)


def flops(case: Case) -> float:
    """Operations of the products of one update of one net: one forward, two backward less the first layer's."""
    each = [2 * case.points * a * b for a, b in pairwise(case.sizes)]
    return 3 * sum(each) - each[0]


def products(case: Case) -> float:
    """Seconds per update and net of these products alone, in their shapes, as one batched product each."""
    K, n, total = case.stack, case.points, 0.0
    for layer, (a, b) in enumerate(pairwise(case.sizes)):
        W, h, g = torch.rand(K, b, a), torch.rand(K, a, n), torch.rand(K, b, n)
        total += seconds(lambda W=W, h=h: torch.bmm(W, h), 50)
        total += seconds(lambda g=g, h=h: torch.bmm(g, h.transpose(1, 2)), 50)
        if layer:
            total += seconds(lambda W=W, g=g: torch.bmm(W.transpose(1, 2), g), 50)
    return total / K
