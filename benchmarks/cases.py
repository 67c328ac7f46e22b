"""A timed training of dense nets on a function; `arms.py` takes them from the registered experiments."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hw1.data import TARGETS, grid
from hw1.nets.dense import dense, initialised
from hw1.training import Recipe, Stack, stack

SEEDS = 24


@dataclass(frozen=True, kw_only=True)
class Case:
    """One arm. `updates` are the experiment's, most benchmarks run a few; `stack` is how many seeds train at once."""

    name: str
    widths: tuple[int, ...]
    activation: str
    target: str
    low: float
    points: int
    lr: float
    schedule: str
    updates: int
    stack: int

    def __str__(self) -> str:
        return f"{self.name} 1-{'-'.join(map(str, self.widths))}-1 {self.activation}, {self.points} points"

    @property
    def sizes(self) -> tuple[int, ...]:
        return (1, *self.widths, 1)

    @property
    def data(self) -> tuple[Tensor, Tensor]:
        x = grid(self.points, self.low)
        return torch.from_numpy(x).float(), torch.from_numpy(TARGETS[self.target](x)).float()

    def recipe(self, updates: int) -> Recipe:
        return Recipe(optimizer="adam", lr=self.lr, updates=updates, schedule=self.schedule)

    def nets(self, seeds: int) -> list[nn.Sequential]:
        """Seeds 0, 1, ...; the peer in JAX draws the same numbers."""
        rngs = [np.random.default_rng(seed) for seed in range(seeds)]
        return initialised(lambda: dense(self.widths, inputs=1, outputs=1, activation=self.activation), rngs)

    def stacks(self, seeds: int, at_once: int = 0) -> list[Stack]:
        """All seeds, as many at once as in the experiment, or as told."""
        nets, size = self.nets(seeds), at_once or self.stack
        return [stack(nets[first : first + size]) for first in range(0, seeds, size)]

    def plain(self, seeds: int, updates: int) -> dict[str, Any]:
        """As numbers and text, for a process without torch."""
        x, y = self.data
        more = {"sizes": self.sizes, "seeds": seeds, "updates": updates, "x": x.tolist(), "y": y.tolist()}
        return {**asdict(self), **more}
