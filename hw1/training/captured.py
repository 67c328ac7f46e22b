"""Updates on a GPU, recorded once and replayed.

An update of a stack of small nets is 30 to 60 small kernels, so that launching them one by one bounds it; a CUDA graph
launches all at once. A graph has the memory and the numbers that it was recorded with: what an update reads is written
there before it, and what it leaves is copied from there before the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from hw1.replaced import remark
from hw1.training.stacks import Both
from hw1.training.updates import Updates

__all__ = ["GRAPHS", "Captured", "Graph", "captured"]

T = TypeVar("T")

WARM_UP = 3  # updates that run as they are before one is recorded: libraries ask for their memory in the first
LEAST = 50  # updates of a training that is worth a recording, which takes longer than a few of them


class Graph(Protocol):
    """A program on fixed memory."""

    def __init__(self, device: torch.device) -> None: ...

    def warm_up(self, program: Callable[[], T]) -> T:
        """Run a program as it is, where it will be recorded."""

    def record(self, program: Callable[[], T]) -> T:
        """Record a program, which does not run; gives the memory of what it will give. RuntimeError where it cannot."""

    def replay(self) -> None:
        """Run what was recorded."""


class CudaGraph:
    """A CUDA graph, recorded on a stream of its own, as torch asks for."""

    def __init__(self, device: torch.device) -> None:
        self._graph, self._device = torch.cuda.CUDAGraph(), device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def warm_up(self, program: Callable[[], T]) -> T:
        """See `Graph.warm_up`."""
        here = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(here)
        with torch.cuda.stream(self._stream):
            found = program()
        here.wait_stream(self._stream)
        return found

    def record(self, program: Callable[[], T]) -> T:
        """See `Graph.record`; other threads of the process may use the device meanwhile."""
        with torch.cuda.graph(self._graph, stream=self._stream, capture_error_mode="thread_local"):
            return program()

    def replay(self) -> None:
        """See `Graph.replay`."""
        self._graph.replay()


GRAPHS: dict[str, type[Graph]] = {"cuda": CudaGraph}
"""Kinds of graphs by the type of device; where there is none, every update runs as it is, to the same numbers."""


class Replayed:
    """One program of an update: run as it is at first, then recorded, then replayed."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._runs = graph, 0
        self._found: object = None
        self._refused = False

    def __call__(self, program: Callable[[], T]) -> T:
        """What a program gives; once it is recorded, in the same memory every time."""
        self._runs += 1
        if self._refused:
            return program()
        if self._runs <= WARM_UP:
            return self._graph.warm_up(program)
        if self._runs == WARM_UP + 1 and not self._recorded(program):
            return program()
        self._graph.replay()
        return self._found  # type: ignore[return-value]  # what the same program gave

    @property
    def refused(self) -> bool:
        """Whether the program cannot be recorded, so that what it gives lies elsewhere every time."""
        return self._refused

    def _recorded(self, program: Callable[[], T]) -> bool:
        try:
            self._found = self._graph.record(program)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:  # nothing of it has run
            self._refused = True
            said = (str(error).splitlines() or [""])[0]
            remark(f"Updates are not replayed as one graph: {said:.100}.")
        return not self._refused


class Captured:
    """`Updates` whose pass and whose step are recorded, as two programs, since `on_update` comes in between."""

    def __init__(self, updates: Updates, kind: type[Graph]) -> None:
        self._updates, self._stack = updates, updates.stack
        first = updates.feed.example_indices()
        self._indices = None if first is None else first.clone()
        self._pass, self._go = Replayed(kind(self._stack.device)), Replayed(kind(self._stack.device))
        self._gradient: Tensor | None = None
        self._fits = True

    def losses(self, update: int) -> Tensor:
        """See `Updates.losses`."""
        self._updates.set_numbers(update)
        losses, self._gradient = self._both(self._updates.feed.indices())
        return losses.clone()  # whoever hears of them may keep them

    def step(self) -> None:
        """See `Updates.step`."""
        gradient = self._gradient
        assert gradient is not None  # `losses` comes first
        self._stack.flat.grad = gradient.clone()  # `on_update` sees it when the next one is in its memory already
        if self._fits and not self._pass.refused:  # a recorded step reads its gradient where it was
            self._go(lambda: self._updates.go(gradient))
        else:
            self._updates.go(gradient)

    def last_losses(self) -> Tensor:
        """See `Updates.last_losses`."""
        return self._updates.last_losses()

    def _both(self, indices: Tensor | None) -> Both:
        """Losses and gradient of a batch; one of another size than the first is another program, and runs as it is."""
        self._fits = indices is None or (self._indices is not None and indices.shape == self._indices.shape)
        if not self._fits:
            return self._updates.run(indices)
        if self._indices is not None and indices is not None:
            self._indices.copy_(indices)
        return self._pass(lambda: self._updates.run(self._indices))


def captured(updates: Updates) -> Updates | Captured:
    """Updates as graphs, where the device has them and all updates are one program; else the updates as they are."""
    kind = GRAPHS.get(updates.stack.device.type)
    if kind is None or updates.recipe.updates < LEAST or not updates.are_one_program:
        return updates
    return Captured(updates, kind)
