"""Fitting a one-dimensional function with many seeds at once: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import TARGETS, grid
from hw1.streams import stream
from hw1.tables import Tables, curve

if TYPE_CHECKING:
    from hw1.training import Recipe

Floats = NDArray[np.floating]
Predict = Callable[[Floats], Floats]  # inputs (points, 1) to the outputs (seeds, points) of the trained nets

RECORDS = 60  # points of a loss curve, evenly spaced in the logarithm of the updates


def fit(
    name: str,
    revision: int,
    *,
    target: str,
    points: int,
    widths: Sequence[int],
    activation: str,
    recipe: "Recipe",
    loss: str,
    level: float,
    arm: str,
    seeds: Sequence[int],
    device: str,
    low: float = -1.0,
    extra: Callable[[Predict], Mapping[str, Floats]] | None = None,
) -> Tables:
    """Fit one target with one net per seed, in full batches.

    Parameters
    ----------
    name, revision : of the experiment, for the random streams; the arms of a seed share nothing but the data
    target : a name in `hw1.data.TARGETS`, on `points` inputs from `low` to 1
    level : loss (in its own units) whose first reaching is timed, in updates, censored at the budget + 1
    extra : further columns of `runs`, each of shape (seeds,), measured on the trained nets

    Returns
    -------
    `runs`: seed, arm, mse (target units squared), updates_to_level, dead (mse above half the target's variance);
    `curves`: seed, arm, step, mse; array `predictions`: (seeds, points)
    """
    from hw1.nets.dense import dense, initialised
    from hw1.training import FirstTime, record_steps, squared, stack, train

    x = grid(points, low)
    y = TARGETS[target](x)
    nets = initialised(
        lambda: dense(widths, inputs=1, outputs=1, activation=activation),
        [stream(name, revision, seed, "init") for seed in seeds],
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

    runs = pd.DataFrame(
        {
            "seed": list(seeds),
            "arm": arm,
            "mse": mse[:, -1],
            "updates_to_level": reached.updates_needed(),
            "dead": ~(mse[:, -1] < y.var() / 2),
            **(extra(predict) if extra else {}),
        }
    )
    return Tables(
        {"runs": runs, "curves": curve(seeds, arm, trained.steps, mse=mse)}, {"predictions": {arm: predict(x)}}
    )
