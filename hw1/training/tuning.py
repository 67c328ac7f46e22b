"""An arm with a hyperparameter that is chosen within each seed, from a grid, on examples held out for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw1.training.classify import Classified

__all__ = ["Tuned", "tuned"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tuned:
    """Trainings over a grid of G values, and each seed's choice among them.

    `grid`: the values, increasing, (G,); `found`: a training of all K seeds for each value; `choice`: the place in the
    grid that each seed chose, (K,).
    """

    grid: NDArray[np.float64]
    found: Sequence[Classified]
    choice: NDArray[np.int64]

    @property
    def value(self) -> NDArray[np.float64]:
        """What each seed chose, (K,)."""
        return self.grid[self.choice]

    @property
    def at_edge(self) -> NDArray[np.bool_]:
        """Whether a seed chose the first value or the last, (K,): a better one may lie beyond the grid.

        A first value of 0 is no edge: it is where what the grid is about ends.
        """
        lowest = (self.choice == 0) & (self.grid[0] != 0)
        edge: NDArray[np.bool_] = lowest | (self.choice == len(self.grid) - 1)
        return edge

    @property
    def trainings(self) -> int:
        """Trainings of each seed: the price of the choice."""
        return len(self.grid)

    def over_grid(self, name: str) -> NDArray[np.floating]:
        """The last value of a curve in every training, (K, G)."""
        return np.stack([one.last[name] for one in self.found], axis=1)

    def at(self, name: str, value: float) -> NDArray[np.floating]:
        """The last value of a curve in the training at one value of the grid, (K,)."""
        places = np.flatnonzero(np.isclose(self.grid, value))
        if not places.size:
            raise ValueError(f"{value:g} is not in the grid {tuple(self.grid.tolist())}. Use a grid that has it.")
        return self.over_grid(name)[:, places[0]]

    def chosen(self, name: str) -> NDArray[np.floating]:
        """The last value of a curve in the training that each seed chose, (K,)."""
        return self.over_grid(name)[np.arange(len(self.choice)), self.choice]


def tuned(grid: Sequence[float], train: Callable[[float], Classified], *, on: str = "held") -> Tuned:
    """Train at every value of a grid, and let each seed choose that of the highest accuracy at the end.

    Parameters
    ----------
    grid : at least three increasing values, so that there is one that is not at an edge
    train : trains all seeds at one value and measures the set that `on` names
    on : examples that nobody trains on and no claim reads; equal accuracies go to the lower loss, and then to the
        smaller value

    Raises
    ------
    ValueError
        for a grid that does not increase, or is too short
    """
    values = np.asarray(grid, dtype=np.float64)
    if len(values) < 3 or not (np.diff(values) > 0).all():
        raise ValueError(f"A grid of {tuple(grid)} offers no choice. Use three or more values that increase.")
    found = [train(value) for value in grid]
    accuracy, loss = (np.stack([one.last[f"{on}_{what}"] for one in found], axis=1) for what in ("accuracy", "loss"))
    choice = np.lexsort((loss, -accuracy), axis=1)[:, 0]
    return Tuned(grid=values, found=found, choice=choice)
