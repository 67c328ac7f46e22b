"""Arms that are tuned within each seed: how the experiments with a grid train, and what their tables hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hw1.claims._dense_nets import Training, fit
from hw1.data import Problem
from hw1.streams import Draw
from hw1.tables import Tables

if TYPE_CHECKING:
    from hw1.training import Classified, Tuned


@dataclass(frozen=True, kw_only=True)
class Grid(Training):
    """Data, net and training, with examples on which to choose."""

    train: int = 300
    held: int = 500  # examples on which a seed chooses
    test: int = 900
    widths: tuple[int, ...] = (64,)
    updates: int = 200


def over_grid(
    setting: Grid,
    grid: Sequence[float],
    change: Callable[[float], dict[str, Any]],
    *,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
) -> "Tuned":
    """Train every seed at each value of a grid; it chooses on examples that are neither trained on nor tested."""
    from hw1.training import tuned

    _require_held(setting.held)
    data, held = _parted(replace(setting, test=setting.held + setting.test).problem(seeds, draw), setting.held)

    def train(value: float) -> "Classified":
        further, changes = {"held": held}, change(value)
        return fit(setting, data, seeds=seeds, draw=draw, device=device, changes=changes, at=(), further=further)

    return tuned(grid, train)


def require_in(name: str, grid: Sequence[float], **values: float) -> None:
    """Refuse a value that the grid of this name does not have, before anything is trained."""
    for field, value in values.items():
        if value not in grid:
            raise ValueError(
                f"{field}={value:g} is not in {name}={tuple(grid)}. Use one of these, or add it to the grid."
            )


def _require_held(held: int) -> None:
    if held < 1:
        raise ValueError(f"held={held} examples cannot choose between trainings. Use at least 1.")


def _parted(drawn: Problem, held: int) -> tuple[Problem, tuple[np.ndarray, np.ndarray]]:
    """The problem without its first test examples, and these."""
    rest = replace(drawn, x_test=drawn.x_test[:, held:], y_test=drawn.y_test[:, held:])
    return rest, (drawn.x_test[:, :held], drawn.y_test[:, :held])


def tabled(found: "Tuned", seeds: Sequence[int], arm: str, value: str, **columns: np.ndarray) -> Tables:
    """`runs`: what each seed chose and reached, and further columns; `grid`: what it reached at every value."""
    chosen = {name: found.chosen(name) for name in ("train_loss", "test_loss", "test_accuracy")}
    choice = {value: found.value, "at_edge": found.at_edge, "trainings": found.trainings}
    runs = pd.DataFrame({"seed": list(seeds), "arm": arm, **choice, **chosen, **columns})
    each = {"seed": np.repeat(list(seeds), len(found.grid)), "arm": arm, value: np.tile(found.grid, len(seeds))}
    grid = pd.DataFrame({**each, "test_accuracy": found.over_grid("test_accuracy").reshape(-1)})
    return Tables({"runs": runs, "grid": grid})
