"""Training classifiers while their weights are recorded: what the experiments of this family share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hw1.data.problems import CLASSES, Problem, problem

if TYPE_CHECKING:
    from hw1.training import Stack

Draw = Callable[..., np.random.Generator]  # seed and purpose (and run) to a stream
Floats = NDArray[np.floating[Any]]

MOST = 4_000_000_000  # bytes that recorded weights may take; as many again while they leave the device


@dataclass(frozen=True, kw_only=True)
class Training:
    """Data, net, training, and the points at which weights are recorded."""

    data: str  # digits, mnist1d or cifar10
    train: int  # examples
    test: int
    widths: tuple[int, ...]  # ReLU units in each hidden layer
    optimizer: str
    lr: float
    batch: int
    updates: int
    points: int  # at which weights are recorded, evenly spaced, first and last update included
    stack: int  # seeds in one cell


@dataclass(frozen=True, kw_only=True, eq=False)
class Recorded:
    """Trained replicas and how they got there.

    `weights`: float32 (replicas, points, weights); `steps`: updates before each point; `accuracy`: on test data,
    (replicas, points); `train_loss`: at the end, in nats, (replicas,); `layers`: weights in each layer, by name;
    `diverged`: (replicas,). Replicas run over the runs of the first seed, then of the second, ...
    """

    stack: "Stack"
    data: Problem
    weights: NDArray[np.float32]
    steps: NDArray[np.int64]
    accuracy: Floats
    train_loss: Floats
    layers: dict[str, int]
    diverged: NDArray[np.bool_]


def record(
    setting: Training,
    *,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    runs: int = 1,
    one_start: bool = False,
    since: int = 0,
) -> Recorded:
    """Train some runs of each seed on the seed's data, each in its own order, and keep their weights on the way.

    Recording copies the weights on the device, between two updates, and moves them to the host after the last: 34
    points of 24 runs of 7,434 weights take 24 MB.

    Parameters
    ----------
    one_start : all runs of a seed begin at the first one's weights
    since : update of the first point

    Raises
    ------
    ValueError : where the weights would take more than `MOST` bytes
    """
    from hw1.nets.dense import dense, initialised
    from hw1.training import Examples, Recipe, classify, orders

    data = problem(setting.data, train=setting.train, test=setting.test, rngs=[draw(seed, "data") for seed in seeds])
    inputs = data.x_train.shape[-1]
    each = [(seed, run) for seed in seeds for run in range(runs)]
    starts = [draw(seed, "init", 0 if one_start else run) for seed, run in each]
    nets = initialised(lambda: dense(setting.widths, inputs=inputs, outputs=CLASSES), starts)
    at = points_of(setting, since)
    refuse_too_much(len(each), len(at), sum(p.numel() for p in nets[0].parameters()))
    examples = Examples(x=_shared(data.x_train, runs), y=_shared(data.y_train, runs))
    test = Examples(x=_shared(data.x_test, runs), y=_shared(data.y_test, runs))
    recipe = Recipe(optimizer=setting.optimizer, lr=setting.lr, updates=setting.updates, batch=setting.batch)
    stack, trained = classify(
        nets,
        examples,
        recipe,
        sets={"test": test},
        orders=orders([draw(*one, "order") for one in each], setting.train, setting.batch, device),
        at=at,
        at_once=10_000,
        device=device,
        record={"weights": lambda s: s.flat},
    )
    return Recorded(
        stack=stack,
        data=data,
        weights=trained.curves["weights"].astype(np.float32, copy=False),
        steps=trained.steps,
        accuracy=trained.curves["test_accuracy"],
        train_loss=_loss(stack, examples),
        layers=layers_of(stack),
        diverged=trained.diverged,
    )


def points_of(setting: Training, since: int = 0) -> list[int]:
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


def accuracy_with(recorded: Recorded, weights: Floats) -> Floats:
    """Test accuracy of all replicas with other weights (replicas, weights), (replicas,); theirs are put back."""
    from hw1.training import accuracy, outputs_of

    stack, runs = recorded.stack, len(weights) // len(recorded.data.y_test)
    own = stack.weights()
    stack.load(stack.place(weights))
    x = stack.place(_shared(recorded.data.x_test, runs))
    y = stack.place(_shared(recorded.data.y_test, runs))
    found: Floats = accuracy(outputs_of(stack, x, at_once=10_000), y).cpu().numpy()
    stack.load(own)
    return found


def _loss(stack: "Stack", examples: Any) -> Floats:
    """Training loss of all replicas (nats), (replicas,)."""
    from hw1.training import cross_entropy, outputs_of

    outputs = outputs_of(stack, stack.place(examples.x), at_once=10_000)
    found: Floats = cross_entropy(outputs, stack.place(examples.y)).cpu().numpy()
    return np.where(np.isfinite(found), found, np.inf)


def _shared(values: NDArray[Any], runs: int) -> Any:
    """A tensor of the data of each seed for each of its runs, without a copy where there is one seed or one run."""
    import torch

    tensor = torch.from_numpy(values)[:, None]
    return tensor.expand(-1, runs, *tensor.shape[2:]).flatten(0, 1)
