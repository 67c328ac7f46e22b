"""Faults in training and data, put in while cells run: each is a context in which the library is broken, and no longer.

No file is changed. A name is exchanged in every module that holds it, and put back at the end, so that a process may
run healthy cells afterwards. What follows from a cell's fault is in its key, see `hw1.trust.sabotage.cells`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from hw1.data import TARGETS, Problem, grid, problem
from hw1.data.functions import Floats, Target
from hw1.streams import stream

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["constant_outputs", "rate_0", "shuffled_labels"]


@contextmanager
def rate_0() -> Iterator[None]:
    """Every step of every optimizer has the learning rate 0: ours, whatever the schedule, and torch's."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    from hw1.training import Recipe

    hook = register_optimizer_step_pre_hook(_stand_still)
    try:
        with changed(Recipe, lr_at=lambda recipe, update: 0.0):  # noqa: ARG005 - as the method is called
            yield
    finally:
        hook.remove()


def _stand_still(optimizer: Any, *_: Any) -> None:
    for group in optimizer.param_groups:
        group["lr"] = group["lr"] * 0


@contextmanager
def constant_outputs() -> Iterator[None]:
    """The outputs of every net are multiplied by 0, in training and when they are measured."""
    from hw1.training.functional import FunctionalStack
    from hw1.training.passes import Passes

    outputs, forward, backward, one = Passes.outputs, Passes.forward, Passes.backward, FunctionalStack._one

    def forward_to_0(passes: Passes, x: Tensor) -> tuple[Tensor, list[object]]:
        y, seen = forward(passes, x)
        return 0 * y, seen

    def one_at_0(stack: FunctionalStack, parameters: Any, state: Any, x: Tensor, keys: Any) -> tuple[Tensor, Any]:
        y, renewed = one(stack, parameters, state, x, keys)
        return 0 * y, renewed

    with (
        changed(Passes, outputs=lambda passes, x: 0 * outputs(passes, x)),
        changed(Passes, forward=forward_to_0),
        changed(Passes, backward=lambda passes, gradient, seen: backward(passes, 0 * gradient, seen)),
        changed(FunctionalStack, _one=one_at_0),
    ):
        yield


@contextmanager
def shuffled_labels() -> Iterator[None]:
    """The training labels of each seed are permuted among its examples; test labels are the true ones.

    All arms of a seed have one permutation. The values of a function are permuted over the grid on which it is fitted,
    alike for all seeds, as they share the grid; elsewhere they are the function's.
    """
    loop = importlib.import_module("hw1.training.loop")
    labels = _Labels(loop.train)
    with ExitStack() as planted:
        for old, new in ((problem, labels.problem), (grid, labels.grid), (loop.train, labels.train)):
            planted.enter_context(exchanged(old, new))
        planted.enter_context(changed(type(TARGETS), __getitem__=labels.target(type(TARGETS).__getitem__)))
        yield


class _Labels:
    """Stands for what gives labels while one cell runs."""

    def __init__(self, train: Callable[..., Any]) -> None:
        self._train = train
        self._grids: set[bytes] = set()
        self._ours = False  # whether the labels come from our rooms, which have permuted them
        self._done: list[Any] = []  # labels of the experiment's own that are permuted

    def problem(self, *arguments: Any, rngs: Sequence[np.random.Generator], **named: Any) -> Problem:
        """A classification problem whose training labels are dealt anew."""
        self._ours = True
        made = problem(*arguments, rngs=rngs, **named)
        orders = np.stack([rng.permutation(made.y_train.shape[1]) for rng in rngs])
        return replace(made, y_train=np.take_along_axis(made.y_train, orders, axis=1))

    def grid(self, *arguments: Any, **named: Any) -> Floats:
        """A grid, which will be known again."""
        made = grid(*arguments, **named)
        self._grids.add(made.tobytes())
        return made

    def target(self, original: Callable[[Any, str], Target]) -> Callable[[Any, str], Target]:
        """The look-up of a function, whose values on a grid are dealt anew."""

        def look_up(targets: Any, name: str) -> Target:
            self._ours = True
            function = original(targets, name)

            def dealt(x: Floats) -> Floats:
                y = function(x)
                return y[_order(len(y), 0)] if x.tobytes() in self._grids else y

            return dealt

        return look_up

    def train(self, stack: Any, x: Any, y: Any, *arguments: Any, per_replica: bool = False, **named: Any) -> Any:
        """Training; labels that the experiment made itself are dealt anew in place, where its measures see them."""
        if not self._ours and not any(one is y for one in self._done):
            n = x.shape[1 if per_replica else 0]
            for k, rows in enumerate(y if y.shape[:2] == (stack.K, n) else [y]):
                rows[:] = rows[_order(n, k)]
            self._done.append(y)
        return self._train(stack, x, y, *arguments, per_replica=per_replica, **named)


def _order(n: int, k: int) -> np.ndarray:
    return stream("shuffled labels", n, k).permutation(n)


@contextmanager
def changed(owner: type, **attributes: Any) -> Iterator[None]:
    """Inside, a class has other attributes."""
    kept = {name: vars(owner)[name] for name in attributes}
    for name, value in attributes.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(owner, name, value)


@contextmanager
def exchanged(old: object, new: object) -> Iterator[None]:
    """Inside, one object stands for another in every module that holds it, this one excepted."""
    _exchange(old, new)
    try:
        yield
    finally:
        _exchange(new, old)  # modules that were imported inside hold the new one, too


def _exchange(old: object, new: object) -> None:
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and name != __name__:
            for held in [held for held, value in list(vars(module).items()) if value is old]:
                setattr(module, held, new)
