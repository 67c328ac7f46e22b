"""Momentum on an ill-conditioned quadratic.

Belief  Momentum reaches a given loss in fewer updates, and the loss falls on the way.
Source  Polyak 1964, USSR Comput. Math. Math. Phys. 4(5):1 (heavy ball: the root of the condition number); lectures.
Here    Quadratics in 20 dimensions, curvatures from 1 to 100 evenly spaced in the logarithm, a start drawn for each
        seed; both methods with their best constant rates, until the loss is a millionth of that at the start.
        `full`: 1,000 dimensions.
Limits  No noise and no net. With a condition number near 1 there is nothing to gain: see the control.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, assays, claim, trained_control
from hw1.statistics import Score, below, less
from hw1.streams import streams_of
from hw1.tables import Tables, censored, curve

REVISION = 2
ARMS = ("plain", "momentum")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The quadratic and the budget."""

    dimensions: int = 20
    condition: float = 100.0  # largest over smallest curvature
    updates: int = 1_000
    goal: float = 1e-6  # of the loss at the start
    stack: int = 12


FAST = Setting()
FULL = replace(FAST, dimensions=1_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:  # noqa: ARG001 - numpy has no devices
    """Descend from one start per seed.

    `runs`: seed, arm; updates_to_goal, the budget + 1 where it is not reached, and updates_to_goal_censored; rises,
    updates after which the loss is higher than before, up to the goal. `curves`: seed, arm, step (update), loss
    relative to the start.
    """
    curvature, draw = np.geomspace(1, setting.condition, setting.dimensions), streams_of(run)
    start = np.stack([draw(seed, "start").standard_normal(len(curvature)) for seed in seeds])
    losses = _losses(start, curvature, *_rates(arm, setting.condition), setting.updates)
    reached = losses <= setting.goal
    first = np.where(reached.any(1), reached.argmax(1), setting.updates + 1)
    before = np.arange(1, setting.updates + 1) <= first[:, None]
    rises = ((np.diff(losses) > 0) & before).sum(1)
    times = censored(setting.updates, updates_to_goal=first)
    runs = pd.DataFrame({"seed": list(seeds), "arm": arm, **times, "rises": rises})
    steps = np.arange(0, min(setting.updates, 200) + 1, 5)
    return Tables({"runs": runs, "curves": curve(seeds, arm, steps, loss=losses[:, steps])})


def _rates(arm: str, condition: float) -> tuple[float, float]:
    """Learning rate and momentum that contract fastest on curvatures from 1 to `condition`."""
    if arm == "plain":
        return 2 / (1 + condition), 0.0
    root = np.sqrt(condition)
    return 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2


def _losses(x: np.ndarray, curvature: np.ndarray, lr: float, momentum: float, updates: int) -> np.ndarray:
    """Loss relative to the start after 0, 1, ... updates, (seeds, updates + 1)."""
    found, step = [], np.zeros_like(x)
    for _ in range(updates + 1):
        found.append((curvature * x**2).sum(1))
        step = momentum * step - lr * curvature * x
        x = x + step
    return np.stack(found, axis=1) / found[0][:, None]


@assay("reached the goal with momentum")
def momentum_arrives(tables: Tables) -> "pd.Series[float]":
    """Momentum within the budget; that plain descent takes longer, or longer than it is given, is what is claimed."""
    # After 57 of 1,000 updates at most on 96 development seeds.
    return assays.below(tables["runs"], "updates_to_goal_censored", 0.5, ["momentum"])


@trained_control
def well_conditioned(setting: Setting) -> Setting:
    """All curvatures are within a factor of 1.2: plain descent is as good as it gets."""
    return replace(setting, condition=1.2)


@claim(source="Polyak 1964, USSR Comput. Math. Math. Phys. 4(5):1", control=well_conditioned, assay=momentum_arrives)
def momentum_needs_fewer_updates(tables: Tables) -> Score:
    """At condition number 100, heavy-ball momentum takes at most a third of the updates of plain gradient descent."""
    return less(tables["runs"], "updates_to_goal", arm="momentum", than="plain", factor=3)


without_momentum = arms_control(
    "without_momentum",
    "Plain descent takes the place of momentum: its loss does fall with every update.",
    {"momentum": "plain"},
)


@claim(
    source="said in lectures on momentum",
    control=without_momentum,
    assay=momentum_arrives,
    expect="refuted",
    because="the heavy ball overshoots and comes back",
)
def with_momentum_the_loss_falls_with_every_update(tables: Tables) -> Score:
    """At condition number 100 the loss never rises on the way to the goal, with momentum."""
    return below(tables["runs"], "rises", arm="momentum", value=0.5)


def figure_descent(tables: Tables, setting: Setting) -> Figure:
    """Loss over updates, and how long every seed takes."""
    loss = panels_over(
        tables["curves"],
        {"loss": "loss, relative to the start"},
        arms=ARMS,
        x_label="update",
        levels={"loss": {"goal": setting.goal}},
    )
    time = every_seed(tables["runs"], "updates_to_goal", "updates to the goal", arms=ARMS, x_label="method", y_log=True)
    return Figure(title="Descent", caption="Median and quartiles, and every seed.", panels=(*loss, time))
