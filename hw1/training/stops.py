"""One training read at several places: after given numbers of updates, and where a loss is first at a level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hw1.training.evaluation import outputs_of
from hw1.training.losses import Loss
from hw1.training.snapshots import Snapshot
from hw1.training.stacks import Stack

__all__ = ["Level", "Stop", "Stops"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stop:
    """The replicas at one place, each at its own number of updates.

    `update` int64 (K,); `nets`, their weights and state; `gradient` (K,), the norm of the gradient that the last update
    followed (of its minibatch, before the update); `reached` bool (K,), False where the replica was stopped by the cap.
    """

    update: Tensor
    nets: Snapshot
    gradient: Tensor
    reached: Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """A place that each replica reaches in its own time.

    Parameters
    ----------
    x, y : own inputs (K, n, d...) and targets whose loss counts, on the stack's device
    loss : such as `cross_entropy`
    value : the level, in units of the loss; NaN is never at or below it
    checks : numbers of updates, from 1 up, after which the loss is computed; the last is the cap
    """

    x: Tensor
    y: Tensor
    loss: Loss
    value: float
    checks: Sequence[int]


class Stops:
    """Keeps the replicas at several places of one training; pass it to `train` as `on_update`.

    Nets are copied on the device, so that nothing waits for a replica: those that have reached the level keep what
    they were, the others go on, up to the cap.

    Parameters
    ----------
    stack : the one that is trained
    at : numbers of updates, from 1 up, by the name of the place
    levels : levels by the name of the place

    Raises
    ------
    ValueError
        for a place before the first update, where no gradient has been followed yet
    """

    def __init__(self, stack: Stack, at: Mapping[str, int], levels: Mapping[str, Level]) -> None:
        checks = {name: frozenset(level.checks) for name, level in levels.items()}
        if early := [name for name, steps in {**{n: {t} for n, t in at.items()}, **checks}.items() if min(steps) < 1]:
            raise ValueError(f"Place {early[0]!r} is before the first update. Use numbers of updates from 1 up.")
        self._stack, self._at, self._levels, self._checks = stack, dict(at), dict(levels), checks
        self._kept: dict[str, Stop] = {}

    def __call__(self, update: int, losses: Tensor) -> None:  # noqa: ARG002 - losses of single minibatches say too little
        """Look at the stack after `update` updates."""
        if update == 0:
            self._kept = {}
        with torch.no_grad():
            for name, place in self._at.items():
                if update == place:
                    self._kept[name] = self._here(update, reached=True)
            for name, level in self._levels.items():
                if update in self._checks[name]:
                    self._kept[name] = self._follow(name, level, update)

    def kept(self) -> dict[str, Stop]:
        """The replicas at every place.

        Raises
        ------
        RuntimeError
            if the training did not come to a place
        """
        if missing := ({*self._at, *self._levels} - set(self._kept)):
            raise RuntimeError(
                f"The training never came to {', '.join(sorted(missing))}. Train longer, or stop earlier."
            )
        return {name: self._kept[name] for name in (*self._at, *self._levels)}

    def _here(self, update: int, *, reached: bool) -> Stop:
        stack = self._stack
        assert stack.flat.grad is not None  # `train` leaves it there, and no place is before the first update
        return Stop(
            update=torch.full((stack.K,), update, dtype=torch.int64, device=stack.device),
            nets=stack.snapshot(),
            gradient=stack.flat.grad.norm(dim=1),
            reached=torch.full((stack.K,), reached, device=stack.device),
        )

    def _follow(self, name: str, level: Level, update: int) -> Stop:
        now = self._here(update, reached=False)
        before = self._kept.get(name, now)
        arrived = level.loss(outputs_of(self._stack, level.x), level.y) <= level.value
        there = before.reached
        return Stop(
            update=torch.where(there, before.update, now.update),
            nets=before.nets.where(there, now.nets),
            gradient=torch.where(there, before.gradient, now.gradient),
            reached=there | arrived,
        )
