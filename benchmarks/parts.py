"""Where an update's time goes: microseconds per update and net of each part, timed by itself in the case's shapes."""

from __future__ import annotations

from itertools import pairwise

import torch

from benchmarks.cases import Case
from benchmarks.limits import products, seconds
from hw1.nets.dense import ACTIVATIONS
from hw1.running.memory import kept
from hw1.training import layers, train
from hw1.training.losses import SLOPES, squared


def parts(case: Case) -> dict[str, float]:
    """The products, the activations forward and backward, the optimizer, the whole, and the rest."""
    stack = case.stacks(case.stack)[0]
    x, y = case.data
    with kept(), torch.no_grad():
        found = {"products": products(case) * case.stack, "activations": _activations(case)}
        found["bias sums, joining"] = _joining(case)
        outputs = stack.forward(x)
        found["loss"] = seconds(lambda: SLOPES[squared](outputs, y), 50)
        found["optimizer"] = _optimizer(case, torch.rand_like(stack.flat))
    with kept():
        whole = seconds(lambda: train(stack, x, y, case.recipe(60), loss="squared"), 1) / 60
    found["rest"] = whole - sum(found.values())
    return {name: round(value / case.stack * 1e6, 1) for name, value in {**found, "whole": whole}.items()}


def _activations(case: Case) -> float:
    """Forward and backward by hand, as the library does it."""
    activation = layers.ACTIVATIONS[ACTIVATIONS[case.activation]]()
    if isinstance(activation, layers.Tanh):
        activation.given_twice = True
    total = 0.0
    for width in case.widths:
        h, g = torch.rand(2, case.stack, width, case.points)
        seen = activation.forward(h)[1]
        total += seconds(lambda h=h: activation.forward(h), 50)
        total += seconds(lambda g=g, seen=seen: activation.backward(g, seen, inputs=True), 50)
    return total


def _joining(case: Case) -> float:
    """The gradients of the biases, and all gradients in one buffer."""
    sizes, K = case.sizes, case.stack
    gradients = [torch.rand(K, width, case.points) for width in sizes[1:]]
    parts = [torch.rand(K, size) for a, b in pairwise(sizes) for size in (b, a * b)]
    sums = sum(seconds(lambda g=g: g.sum(2), 50) for g in gradients)
    return sums + seconds(lambda: torch.cat(parts, dim=1), 50)


def _optimizer(case: Case, flat: torch.Tensor) -> float:
    step, gradient = case.recipe(1).build(flat), torch.rand_like(flat)
    return seconds(lambda: step(gradient, case.lr), 50)
