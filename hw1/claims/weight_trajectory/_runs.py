"""Training classifiers while their weights are recorded: what the experiments of this family share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from hw1.data import Problem
from hw1.settings import InUpdates
from hw1.streams import Draw

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Classified, Stack

Floats = NDArray[np.floating[Any]]

MOST = 4_000_000_000  # bytes that recorded weights may take; as many again while they leave the device
AT_ONCE = 10_000  # examples per forward pass of a measurement


@dataclass(frozen=True, kw_only=True)
class Recording(InUpdates):
    """Data, net, training, and the points at which weights are recorded."""

    widths: tuple[int, ...]  # ReLU units in each hidden layer
    optimizer: str = "adam"
    points: int  # at which weights are recorded, evenly spaced, first and last update included

    def on_cifar10(self, **changes: Any) -> Self:
        """The same question on all of CIFAR-10, for nets of two layers of 128."""
        full = {"data": "cifar10", "train": 50_000, "test": 10_000, "widths": (128, 128), "batch": 128}
        return replace(self, **{**full, **changes})


@dataclass(frozen=True, kw_only=True)
class Runs(Recording):
    """Several runs of each seed, which learn the same images, each in its own order."""

    data: str = "digits"
    train: int = 1_000
    test: int = 700
    widths: tuple[int, ...] = (32, 32)
    lr: float = 1e-3
    batch: int = 50
    updates: int = 600
    points: int = 21
    runs: int = 8
    stack: int = 4


def record(
    setting: Recording,
    data: Problem,
    seeds: Sequence[int],
    draw: Draw,
    *,
    device: str,
    runs: int = 1,
    one_start: bool = False,
    since: int = 0,
    sets: Sequence[str] = ("test",),
) -> "Classified":
    """Train some runs of each seed on the seed's data, each in its own order, and keep their weights on the way.

    Recording copies the weights on the device, between two updates, and moves them to the host after the last: 34
    points of 24 runs of 7,434 weights take 24 MB.

    Parameters
    ----------
    one_start : all runs of a seed begin at the first one's weights
    since : update of the first point
    sets : what to measure loss and accuracy on at each point

    Returns
    -------
    replicas for the runs of the first seed, then of the second, ...; the curve `weights` is float32 (replicas, points,
    weights)

    Raises
    ------
    ValueError : where the weights would take more than `MOST` bytes
    """
    from hw1.nets.dense import classifiers
    from hw1.training import classify

    each = [(seed, run) for seed in seeds for run in range(runs)]
    starts = [draw(seed, "init", 0 if one_start else run) for seed, run in each]
    nets = classifiers(data, setting.widths, starts)
    at = points_of(setting, since)
    refuse_too_much(len(each), len(at), sum(p.numel() for p in nets[0].parameters()))
    return classify(
        nets,
        Problem(**{name: _shared(values, runs) for name, values in vars(data).items()}),
        setting.recipe(),
        seeds=each,
        draw=lambda one, purpose: draw(*one, purpose),
        device=device,
        at=at,
        sets=sets,
        record={"weights": lambda stack: stack.flat},
        at_once=AT_ONCE,
    )


def by_seed(found: "Classified", runs: int) -> "Iterator[tuple[Any, slice, Classified]]":
    """Each seed, the rows of its runs, and what was found in them; the stack stays that of all."""
    for first in range(0, len(found.diverged), runs):
        rows = slice(first, first + runs)
        curves = {name: values[rows] for name, values in found.curves.items()}
        own = replace(found, seeds=found.seeds[rows], curves=curves, diverged=found.diverged[rows])
        yield found.seeds[first][0], rows, own


def points_of(setting: Recording, since: int = 0) -> list[int]:
    """Updates after which weights are recorded; fewer points where there are fewer updates."""
    return [int(step) for step in np.unique(np.rint(np.linspace(since, setting.updates, setting.points)))]


def refuse_too_much(replicas: int, points: int, weights: int) -> None:
    """Raise ValueError where recorded weights would take more than `MOST` bytes."""
    size = replicas * points * weights * 4
    if size > MOST:
        raise ValueError(
            f"{points} points of {replicas} runs with {weights:,} weights take {size / 1e9:.1f} GB, more than the "
            f"{MOST / 1e9:.0f} GB that are recorded at once. Use fewer points, fewer runs or a smaller stack."
        )


def layers_of(stack: "Stack") -> dict[str, int]:
    """Weights and biases in each layer, in their order in the flat weights: "layer 1", "layer 2", ..."""
    sizes: dict[str, int] = {}
    for name, leaf in stack.leaves.items():
        layer = name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + leaf[0].numel()
    return {f"layer {i}": size for i, size in enumerate(sizes.values(), start=1)}


def accuracy_with(stack: "Stack", data: Problem, weights: Floats) -> Floats:
    """Test accuracy of all replicas with other weights (replicas, weights), (replicas,); theirs are put back."""
    from hw1.measures.boxes import restored
    from hw1.training import accuracy, outputs_of

    x, y = _placed(stack, data.x_test, data.y_test)
    with restored(stack):
        stack.load(stack.place(weights))
        found: Floats = accuracy(outputs_of(stack, x, at_once=AT_ONCE), y).cpu().numpy()
    return found


def train_loss_of(found: "Classified", data: Problem) -> Floats:
    """Loss of each run on all training examples of its seed, after the last update, (replicas,), in nats; +inf for NaN.

    On CIFAR-10 a third of a training's time goes into it if it is measured at each of 31 points.
    """
    from hw1.training import cross_entropy, outputs_of

    x, y = _placed(found.stack, data.x_train, data.y_train)
    losses: Floats = cross_entropy(outputs_of(found.stack, x, at_once=AT_ONCE), y).cpu().numpy()
    return np.where(np.isnan(losses), np.inf, losses)


def _placed(stack: "Stack", x: NDArray[Any], y: NDArray[Any]) -> "tuple[Tensor, Tensor]":
    """Examples and labels of each seed for each of its runs, on the stack's device."""
    return stack.place(_shared(x, stack.K // len(x))), stack.place(_shared(y, stack.K // len(y)))


def _shared(values: NDArray[Any], runs: int) -> Any:
    """A tensor of the data of each seed for each of its runs, without a copy where there is one seed or one run."""
    import torch

    tensor = torch.from_numpy(values)[:, None]
    return tensor.expand(-1, runs, *tensor.shape[2:]).flatten(0, 1)
