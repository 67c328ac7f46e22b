"""Training classifiers with their loss and accuracy curves, on training and on test data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hw1.training.evaluation import outputs_of
from hw1.training.loop import Record, Trained, train
from hw1.training.losses import Loss, accuracy, cross_entropy
from hw1.training.recipe import Recipe
from hw1.training.stacks import Stack, stack

__all__ = ["Examples", "classify"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """One data set per replica: `x` (K, n, d...), `y` integer classes (K, n)."""

    x: NDArray[np.floating]
    y: NDArray[np.integer]


def classify(
    nets: Sequence[nn.Module],
    examples: Examples,
    recipe: Recipe,
    *,
    sets: Mapping[str, Examples],
    orders: Iterator[Tensor] | None,
    at: Sequence[int],
    device: str,
    loss: str | Loss = "cross_entropy",
    masks: Sequence[np.random.Generator] | None = None,
    at_once: int | None = None,
    record: Record | None = None,
) -> tuple[Stack, Trained]:
    """Train one classifier per replica on its own examples.

    Parameters
    ----------
    sets : what to measure loss and accuracy on, by name; the curves are `<name>_loss` (nats) and `<name>_accuracy`.
        Outputs are computed once for sets that share their inputs (the same array under other labels)
    at : numbers of updates after which to measure
    loss : what is trained, as in `train`; the curves' loss is cross-entropy
    masks : a generator per replica, where nets have layers that are random in training; measurements are made without
    at_once : examples per forward pass of a measurement; None for all
    record : further functions of the stack to record at these steps, as in `train`

    Returns
    -------
    the trained stack, and curves of shape (K, len(at)), those of `record` (K, len(at), ...)
    """
    replicas = stack(nets, device, masks)
    inputs = {id(s.x): replicas.place(s.x) for s in (examples, *sets.values())}
    labels = {name: replicas.place(s.y) for name, s in sets.items()}

    def measured(stack: Stack) -> Tensor:
        outputs = {key: outputs_of(stack, inputs[key], at_once=at_once) for key in {id(s.x) for s in sets.values()}}
        pairs = [(outputs[id(s.x)], labels[name]) for name, s in sets.items()]
        return torch.stack([f(*pair) for pair in pairs for f in (cross_entropy, accuracy)], dim=1)

    trained = train(
        replicas,
        inputs[id(examples.x)],
        examples.y,
        recipe,
        loss=loss,
        orders=orders,
        per_replica=True,
        record={"all": measured, **(record or {})},
        at=at,
    )
    names = [f"{name}_{what}" for name in sets for what in ("loss", "accuracy")]
    curves = {name: trained.curves["all"][:, :, i] for i, name in enumerate(names)}
    curves |= {name: trained.curves[name] for name in record or {}}
    return replicas, Trained(steps=trained.steps, curves=curves, diverged=trained.diverged)
