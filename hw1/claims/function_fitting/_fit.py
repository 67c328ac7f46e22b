"""Fitting a function of one variable with many seeds at once: what the experiments of this family share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import TARGETS, grid
from hw1.streams import Draw
from hw1.tables import Tables, censored, curve

Floats = NDArray[np.floating]
On = tuple[str, float]  # a target, by its name in `hw1.data.TARGETS`, and the left end of its interval; the right is 1
Points = NDArray[np.float64]  # inputs or targets, (points, 1)
Predict = Callable[[Points], Floats]  # inputs to the outputs (seeds, points) of the trained nets

RECORDS = 60  # points of a loss curve, evenly spaced in the logarithm of the updates


@dataclass(frozen=True, kw_only=True)
class FullBatches:
    """How to fit: full batches of Adam, with cosine decay where nothing else is said."""

    points: int = 64  # training inputs, evenly spaced
    updates: int
    lr: float
    schedule: str = "cosine"
    level: float = 0.1  # training loss to be reached; a sine's variance is 0.5
    stack: int  # seeds side by side, see docs/speed.md


@dataclass(frozen=True, kw_only=True)
class Fitting(FullBatches):
    """What is fitted, where all arms have the same."""

    target: str = "sin 5 pi x"
    low: float = -1.0  # the interval is [low, 1]

    @property
    def on(self) -> On:
        """Target and interval."""
        return self.target, self.low


def fit(
    setting: FullBatches,
    on: On,
    widths: Sequence[int],
    activation: str,
    *,
    arm: str,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    loss: str = "squared",
    extra: Callable[[Predict, Points, Points], Mapping[str, Floats]] | None = None,
) -> Tables:
    """Fit one target with one net per seed, in full batches; the arms of a seed share nothing but the data.

    Parameters
    ----------
    widths : units in each hidden layer
    loss : what is trained, as in `train`
    extra : further columns of `runs`, (seeds,), from the trained nets, the inputs and the targets

    Returns
    -------
    `runs`: seed, arm, mse (target units squared), updates_to_level (the training loss is first at or below the level;
    the budget + 1 where it is not, and updates_to_level_censored), dead (mse above half the target's variance);
    `curves`: seed, arm, step, mse; array `predictions`: (seeds, points)
    """
    from hw1.nets.dense import dense, initialised
    from hw1.training import FirstTime, Recipe, record_steps, squared, stack, train

    target, low = on
    x = grid(setting.points, low)
    y = TARGETS[target](x)
    inits = [draw(seed, "init") for seed in seeds]
    nets = stack(initialised(lambda: dense(widths, inputs=1, outputs=1, activation=activation), inits), device)
    inputs, goal = nets.place(x), nets.place(y)
    reached = FirstTime(setting.level, setting.updates)
    recipe = Recipe(optimizer="adam", lr=setting.lr, updates=setting.updates, schedule=setting.schedule)
    at, record = record_steps(setting.updates, RECORDS), {"mse": lambda s: squared(s.forward(inputs), goal)}
    trained = train(nets, inputs, goal, recipe, loss=loss, record=record, at=at, on_update=reached)
    mse = trained.curves["mse"]

    def predict(at: Points) -> Floats:
        return nets.forward(nets.place(at)).detach()[..., 0].cpu().numpy()

    runs = pd.DataFrame(
        {
            "seed": list(seeds),
            "arm": arm,
            "mse": mse[:, -1],
            **censored(setting.updates, updates_to_level=reached.updates_needed()),
            "dead": ~(mse[:, -1] < y.var() / 2),
            **(extra(predict, x, y) if extra else {}),
        }
    )
    curves = curve(seeds, arm, trained.steps, mse=mse)
    return Tables({"runs": runs, "curves": curves}, {"predictions": {arm: predict(x)}})
