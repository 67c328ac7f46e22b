"""What the settings of many experiments share: data, training, and the recipe and the examples that follow from them.

An experiment's `Setting` may build on these or stand alone; a field that nothing reads has no place in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from hw1.data import Problem, problem
from hw1.streams import Draw

if TYPE_CHECKING:
    from torch import nn

    from hw1.training import Recipe

__all__ = ["Classification", "Dense", "InEpochs", "InUpdates", "unlike"]


@dataclass(frozen=True, kw_only=True)
class Classification:
    """A classification problem, drawn for each seed."""

    data: str  # digits, mnist1d or cifar10
    train: int  # examples
    test: int
    stack: int  # seeds side by side, see docs/speed.md

    def problem(self, seeds: Sequence[int], draw: Draw, *, scale: str = "channels") -> Problem:
        """Examples for each seed, from the seed's stream "data"; `scale` as in `hw1.data.problem`."""
        rngs = [draw(seed, "data") for seed in seeds]
        return problem(self.data, train=self.train, test=self.test, rngs=rngs, scale=scale)


@dataclass(frozen=True, kw_only=True)
class Dense(Classification):
    """A classification problem, and dense nets for it."""

    widths: tuple[int, ...]  # units in each hidden layer
    activation: str = "relu"

    def nets(
        self, data: Problem, seeds: Sequence[int], draw: Draw, *, widths: Sequence[int] | None = None
    ) -> list[nn.Sequential]:
        """An initialised net for each seed, from the seed's stream "init"; `widths` where an arm differs in them."""
        from hw1.nets.dense import classifiers

        sizes, rngs = self.widths if widths is None else widths, [draw(seed, "init") for seed in seeds]
        return classifiers(data, sizes, rngs, activation=self.activation)


@dataclass(frozen=True, kw_only=True)
class _Training(Classification):
    """Optimizer, rate and batches of a training."""

    batch: int | None  # examples per update; None for all
    optimizer: str = "sgd"
    lr: float
    momentum: float = 0.0
    schedule: str = "constant"

    @property
    def all_updates(self) -> int:
        """Updates of the whole training."""
        raise NotImplementedError

    def recipe(self, **changes: Any) -> Recipe:
        """How to train; `changes` are fields of `hw1.training.Recipe` in which an arm differs."""
        from hw1.training import Recipe

        own = {name: getattr(self, name) for name in ("batch", "optimizer", "lr", "momentum", "schedule")}
        return Recipe(**{**own, "updates": self.all_updates, **changes})


@dataclass(frozen=True, kw_only=True)
class InUpdates(_Training):
    """A training whose budget is a number of updates."""

    updates: int

    @property
    def all_updates(self) -> int:
        """As the field says."""
        return self.updates


@dataclass(frozen=True, kw_only=True)
class InEpochs(_Training):
    """A training whose budget is a number of epochs; examples that do not fill an epoch's last batch are left out."""

    batch: int
    epochs: int

    @property
    def per_epoch(self) -> int:
        """Updates in an epoch."""
        return self.train // self.batch

    @property
    def all_updates(self) -> int:
        """Updates of all epochs."""
        return self.epochs * self.per_epoch

    def each(self, epochs: int) -> list[int]:
        """Numbers of updates, from 0, after each so many epochs, and after the last."""
        return sorted({*range(0, self.all_updates, self.per_epoch * epochs), self.all_updates})


def unlike(one: Any, other: Any) -> list[tuple[str, Any, Any]]:
    """The fields of a setting that differ in another one of the same class: name, value in one and in the other."""
    pairs = [(field.name, getattr(one, field.name), getattr(other, field.name)) for field in fields(other)]
    return [(name, old, new) for name, old, new in pairs if old != new]
