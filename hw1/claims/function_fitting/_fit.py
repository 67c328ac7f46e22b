"""Fitting a one-dimensional function with many seeds at once: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import TARGETS, grid
from hw1.streams import Draw
from hw1.tables import Tables, curve

if TYPE_CHECKING:
    from hw1.training import Recipe

Floats = NDArray[np.floating]
Predict = Callable[[Floats], Floats]  # inputs (points, 1) to the outputs (seeds, points) of the trained nets

RECORDS = 60  # points of a loss curve, evenly spaced in the logarithm of the updates


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """What is fitted, and how: one target, full batches of Adam with cosine decay where nothing else is said."""

    target: str  # a name in `hw1.data.TARGETS`
    points: int = 128  # training inputs, evenly spaced from -1 to 1
    activation: str = "tanh"
    updates: int
    lr: float
    schedule: str = "cosine"
    stack: int = 8  # seeds side by side, see docs/speed.md

    def recipe(self, **changes: Any) -> "Recipe":
        """How to train; `changes` are fields of `hw1.training.Recipe` in which an arm differs."""
        from hw1.training import Recipe

        own = {name: getattr(self, name) for name in ("lr", "updates", "schedule")}
        return Recipe(**{"optimizer": "adam", **own, **changes})


def fit(
    setting: Fitting,
    widths: Sequence[int],
    *,
    level: float,
    arm: str,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    activation: str | None = None,
    recipe: "Recipe | None" = None,
    loss: str = "squared",
    low: float = -1.0,
    extra: Callable[[Predict], Mapping[str, Floats]] | None = None,
) -> Tables:
    """Fit one target with one net per seed, in full batches; the arms of a seed share nothing but the data.

    Parameters
    ----------
    widths : units in each hidden layer
    level : mean loss whose first reaching is timed, in its own units and in updates, censored at the budget + 1
    activation, recipe : where an arm differs from the setting
    low : the first of the inputs, where that is not -1
    extra : further columns of `runs`, each of shape (seeds,), measured on the trained nets

    Returns
    -------
    `runs`: seed, arm, mse (target units squared), updates_to_level, dead (mse above half the target's variance);
    `curves`: seed, arm, step, mse; array `predictions`: (seeds, points)
    """
    from hw1.nets.dense import dense, initialised
    from hw1.training import FirstTime, record_steps, squared, stack, train

    recipe = recipe or setting.recipe()
    x = grid(setting.points, low)
    y = TARGETS[setting.target](x)
    nets = initialised(
        lambda: dense(widths, inputs=1, outputs=1, activation=activation or setting.activation),
        [draw(seed, "init") for seed in seeds],
    )
    replicas = stack(nets, device)
    inputs, goal = replicas.place(x), replicas.place(y)
    reached = FirstTime(level, recipe.updates)
    trained = train(
        replicas,
        inputs,
        goal,
        recipe,
        loss=loss,
        record={"mse": lambda s: squared(s.forward(inputs), goal)},
        at=record_steps(recipe.updates, RECORDS),
        on_update=reached,
    )
    mse = trained.curves["mse"]

    def predict(at: Floats) -> Floats:
        return replicas.forward(replicas.place(at)).detach()[..., 0].cpu().numpy()

    runs = {
        "mse": mse[:, -1],
        "updates_to_level": reached.updates_needed(),
        "dead": ~(mse[:, -1] < y.var() / 2),
        **(extra(predict) if extra else {}),
    }
    return Tables(
        {
            "runs": pd.DataFrame({"seed": list(seeds), "arm": arm, **runs}),
            "curves": curve(seeds, arm, trained.steps, mse=mse),
        },
        {"predictions": {arm: predict(x)}},
    )
