"""An update is one program: the same operations on the same shapes with the same numbers, whatever its number is.

What is recorded once and replayed for all updates, as a CUDA graph is, keeps the numbers that it was recorded with.
"""

from contextlib import contextmanager

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from hw1.pulse import listening
from hw1.replaced import Replacements, replacing
from hw1.streams import stream
from hw1.training import (
    BatchedStack,
    Dropout,
    FlipAndShift,
    FunctionalStack,
    Recipe,
    captured,
    orders,
    smoothed,
    squared,
    stack,
    train,
)
from hw1.training.updates import Updates

SEEDS = (0, 1, 2)
aten = torch.ops.aten


class Operations(TorchDispatchMode):
    """Notes all operations with their numbers; of tensors shape, strides, type and device."""

    def __init__(self):
        super().__init__()
        self.noted, self.listens = [], True

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if not self.listens:
            return func(*args, **kwargs or {})
        self.noted.append((str(func), tree_map(_noted, (args, kwargs or {}))))
        if func in (aten.lift_fresh.default, aten.lift_fresh_copy.default):  # a number that comes in as a tensor
            self.noted.append(("number", args[0].tolist()))
        return func(*args, **kwargs or {})


def _noted(leaf):
    if isinstance(leaf, torch.Tensor):
        return "tensor", tuple(leaf.shape), tuple(leaf.stride()), leaf.dtype, str(leaf.device)
    return leaf


@contextmanager
def programs():
    """Inside, the programs of one training: update t is its step along the gradient, and the gradient after it.

    What is written before each update, for it to read, is no part of them.
    """
    found, write = [], Updates.set_numbers
    with Operations() as operations, pytest.MonkeyPatch.context() as patch:

        def written(updates, update):
            operations.listens = False
            write(updates, update)
            operations.listens = True

        patch.setattr(Updates, "set_numbers", written)

        def cut(update, updates, losses):
            found.append(operations.noted)
            operations.noted = []

        with listening(cut):
            yield found


def differences(one, other):
    """Names of the operations in which two programs differ."""
    if [name for name, _ in one] != [name for name, _ in other]:
        return {"the order of operations"}
    return {name for (name, a), (_, b) in zip(one, other, strict=True) if a != b}


def sequential(*layers):
    return lambda: nn.Sequential(*(layer() for layer in layers))


def dense(n, m):
    return lambda: nn.Linear(n, m)


def image():
    return nn.Unflatten(1, (1, 1, 2))


def conv():
    return nn.Conv2d(1, 4, (1, 3), padding=(0, 1))


def shifts():
    return FlipAndShift(1, flip=True, border="constant")


class Nested(nn.Module):
    """A net that is no Sequential, with layers in it."""

    def __init__(self, *inner):
        super().__init__()
        self.first, self.inner, self.last = nn.Linear(2, 4), nn.Sequential(*inner), nn.Linear(4, 3)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.last(h + self.inner(h))


KINDS = {
    "dense": (BatchedStack, sequential(dense(2, 6), nn.Tanh, dense(6, 5), nn.ReLU, dense(5, 3))),
    "autograd": (BatchedStack, sequential(dense(2, 6), nn.GELU, dense(6, 3))),
    "convolutional": (
        BatchedStack,
        sequential(image, conv, nn.Tanh, lambda: nn.MaxPool2d((1, 2)), nn.Flatten, dense(4, 3)),
    ),
    "dropout": (BatchedStack, sequential(dense(2, 6), nn.Tanh, lambda: Dropout(0.5), dense(6, 3))),
    "normalised": (BatchedStack, sequential(dense(2, 6), lambda: nn.BatchNorm1d(6), nn.ReLU, dense(6, 3))),
    "vmap": (FunctionalStack, lambda: Nested(nn.Linear(4, 4))),
    "vmap, dropout": (FunctionalStack, lambda: Nested(nn.LayerNorm(4), Dropout(0.5), nn.Linear(4, 4), Dropout(0.1))),
    "vmap, normalised": (FunctionalStack, lambda: Nested(nn.BatchNorm1d(4))),
    "vmap, shifts": (FunctionalStack, sequential(image, shifts, conv, nn.Flatten, dense(8, 3))),
}
RECIPES = {
    "sgd": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "batch": 7},
    "adam": {"optimizer": "adam"},
    "adam, decay": {"optimizer": "adam", "weight_decay": 0.1, "batch": 7},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1},
}
SCHEDULES = ("constant", "cosine", "step", "triangle")
LOSSES = (
    "squared",
    "l1",
    "cross_entropy",
    "soft_cross_entropy",
    smoothed(0.1),
    lambda outputs, y: 2 * squared(outputs, y),
)
LOSS_NAMES = ("squared", "l1", "cross_entropy", "soft_cross_entropy", "smoothed", "own")


def stack_of(kind, tools, dtype=torch.float32):
    """A stack of one of `KINDS`."""
    wanted, make = KINDS[kind]
    nets = tools.nets(make, SEEDS, dtype)
    masks = [stream("programs", seed, "masks") for seed in SEEDS]
    together = FunctionalStack(nets, masks=masks) if wanted is FunctionalStack else stack(nets, masks=masks)
    assert type(together) is wanted
    return together


def trained(together, tools, loss="squared", on_update=None, feed=None, **recipe):
    """Train a stack on few data, with a record."""
    recipe = Recipe(**{"optimizer": "sgd", "lr": 0.05, "updates": 9, **recipe})
    labels = loss == "cross_entropy" or isinstance(loss, type(smoothed(0.1)))
    x, y = tools.data("cross_entropy" if labels else "squared", together.dtype)
    rngs = [stream("programs", seed, "order") for seed in SEEDS]
    feed = feed or (orders(rngs, len(x), recipe.batch) if recipe.batch else None)
    record = {"outputs": lambda stack: stack.forward(x)}
    return train(together, x, y, recipe, loss=loss, orders=feed, record=record, at=(0, 5, 9), on_update=on_update)


def differences_of(kind, tools, **training):
    """In what updates 1, 2 and 7 differ."""
    together = stack_of(kind, tools)
    with programs() as found:
        trained(together, tools, **training)
    assert len(found) == 10
    assert any("addmm" in name or "bmm" in name for name, _ in found[2])
    return differences(found[2], found[3]) | differences(found[2], found[8])


@pytest.mark.parametrize("kernels", [True, False], ids=["kernels", "without"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_updates_of_every_optimizer_and_schedule_are_the_same(recipe, schedule, kernels, tools, monkeypatch):
    """Seen red with the rate, or Adam's corrections, as Python numbers."""
    monkeypatch.setattr("hw1.training.steps._has_kernels", lambda flat: kernels)
    assert differences_of("dense", tools, **recipe, schedule=schedule) == set()


@pytest.mark.parametrize("recipe", ["adam", "nesterov"])
@pytest.mark.parametrize("kind", KINDS)
def test_updates_of_every_stack_are_the_same(kind, recipe, tools):
    """Seen red with the keys of random layers from the update's number as a Python number."""
    assert differences_of(kind, tools, **RECIPES[recipe]) == set()


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"schedule": "cosine"}, "aten._fused_adam_.default"),
        ({"kind": "dropout"}, "aten.bitwise_xor.Scalar"),
        ({"kind": "vmap, shifts"}, "aten.bitwise_xor.Scalar"),
    ],
    ids=["rate", "dropout", "shifts"],
)
def test_a_number_of_pythons_is_found(changed, name, tools, monkeypatch):
    """Where the loop gives the rate and the number of an update as such, each update is another program."""

    def plain(updates, update):
        updates._rate, updates._number = updates.recipe.lr_at(update), update

    monkeypatch.setattr(Updates, "set_numbers", plain)
    assert differences_of(**{"kind": "dense", "optimizer": "adam", **changed}, tools=tools) == {name}


@pytest.mark.parametrize("kind", ["dense", "autograd", "vmap"])
@pytest.mark.parametrize("loss", LOSSES, ids=LOSS_NAMES)
def test_updates_of_every_loss_are_the_same(loss, kind, tools):
    assert differences_of(kind, tools, loss=loss) == set()


class Taped(TorchDispatchMode):
    """A graph on the CPU, as strict as a real one: every operation again, on the same memory with the same numbers.

    A recording runs the program, which no real one does, and so stands for the first replay.
    """

    made, replays, refuses = 0, 0, ()  # which of those that are made refuse

    def __init__(self, device):  # noqa: ARG002 - as kinds of graphs are called
        super().__init__()
        self._tape, self._has_run, self._number = [], False, Taped.made
        Taped.made += 1

    def warm_up(self, program):
        return program()

    def record(self, program):
        if self._number in Taped.refuses:
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing")
        with self:
            found = program()
        self._has_run = True
        return found

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in (aten._local_scalar_dense.default, aten.lift_fresh.default):
            raise RuntimeError(f"{func} goes to the host or comes from there")
        made = func(*args, **kwargs or {})
        self._tape.append((func, args, kwargs or {}, made))
        return made

    def replay(self):
        Taped.replays += 1
        tape = [] if self._has_run else self._tape
        self._has_run = False
        with torch.no_grad():
            for func, args, kwargs, made in tape:
                for old, new in zip(tree_leaves(made), tree_leaves(func(*args, **kwargs)), strict=True):
                    if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)


@pytest.fixture
def taped(monkeypatch):
    """The CPU as a device with graphs, for trainings of all lengths."""
    monkeypatch.setattr(Taped, "made", 0)
    monkeypatch.setattr(Taped, "replays", 0)
    monkeypatch.setitem(captured.GRAPHS, "cpu", Taped)
    monkeypatch.setattr(captured, "LEAST", 1)
    return Taped


def everything(kind, tools, dtype=torch.float32, **training):
    """All that a training gives to anybody, who keeps what it gets."""
    together, seen = stack_of(kind, tools, dtype), []

    def keep(update, losses):
        gradient = together.flat.grad
        seen.extend([losses, torch.zeros(0) if gradient is None else gradient])

    heard = []
    with listening(lambda update, updates, losses: heard.append(losses)):
        result = trained(together, tools, on_update=keep, **training)
    curves = [torch.from_numpy(values) for values in result.curves.values()]
    return [together.weights(), *together.state.values(), *curves, *seen, *heard]


def assert_same(one, other):
    assert len(one) == len(other)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("recipe", [{"schedule": "cosine", "optimizer": "adam"}, RECIPES["nesterov"]])
@pytest.mark.parametrize("kind", KINDS)
def test_replayed_updates_give_the_same_to_the_last_bit(kind, recipe, dtype, tools, request):
    """Weights, statistics, records, losses and gradients; two graphs, each replayed from the fourth update of nine.

    Seen red without the copies of losses, gradients and indices, and with numbers that are not written.
    """
    plain = everything(kind, tools, dtype, **recipe)
    graphs = request.getfixturevalue("taped")
    assert_same(everything(kind, tools, dtype, **recipe), plain)
    assert (graphs.made, graphs.replays) == (2, 2 * 6)


@pytest.mark.parametrize("kernels", [True, False], ids=["kernels", "without"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_optimizer_and_schedule_is_replayed(recipe, schedule, kernels, tools, monkeypatch, request):
    monkeypatch.setattr("hw1.training.steps._has_kernels", lambda flat: kernels)
    plain = everything("dropout", tools, **recipe, schedule=schedule)
    graphs = request.getfixturevalue("taped")
    assert_same(everything("dropout", tools, **recipe, schedule=schedule), plain)
    assert graphs.replays == 2 * 6


def test_a_batch_of_another_size_runs_as_it_is(tools, request):
    """Of 9 updates, the fifth and the last; orders of one's own may give such batches."""

    def uneven():
        feed = orders([stream("programs", seed, "order") for seed in SEEDS], 24, 7)
        return (next(feed)[:, : 4 if t in (4, 8) else 7] for t in range(10))

    plain = everything("normalised", tools, batch=7, feed=uneven(), optimizer="adam")
    graphs = request.getfixturevalue("taped")
    assert_same(everything("normalised", tools, batch=7, feed=uneven(), optimizer="adam"), plain)
    assert graphs.replays == 2 * 4


@pytest.mark.parametrize(("refuses", "replays"), [((0, 1), 0), ((0,), 0), ((1,), 6)], ids=["both", "pass", "step"])
def test_what_cannot_be_recorded_runs_as_it_is(refuses, replays, tools, monkeypatch, request):
    """A step is replayed only where the pass is, whose gradient else lies elsewhere each time."""
    plain = everything("dropout", tools, optimizer="adam")
    graphs = request.getfixturevalue("taped")
    monkeypatch.setattr(graphs, "refuses", refuses)
    with pytest.warns(UserWarning, match="not replayed as one graph: CUDA error: operation not permitted"):
        again = everything("dropout", tools, optimizer="adam")
    assert_same(again, plain)
    assert graphs.replays == replays


def own_loss(outputs, y):
    return squared(outputs, y)


def test_what_may_be_another_program_each_time_is_not_recorded(taped, tools, monkeypatch):
    """A loss or an optimizer of one's own, replicas one after the other, and trainings that are too short."""
    everything("dense", tools, loss=own_loss)
    with replacing(Replacements(optimizer=torch.optim.SGD), "arm"):
        everything("dense", tools)
    monkeypatch.setattr(FunctionalStack, "one_by_one", True)
    everything("vmap, dropout", tools)
    monkeypatch.setattr(captured, "LEAST", 10)
    everything("dense", tools)
    assert taped.made == 0
    everything("dense", tools, updates=10)
    assert taped.made == 2


def test_a_cpu_has_no_graphs(tools):
    assert list(captured.GRAPHS) == ["cuda"]
