"""How flat the loss is around a solution: what two experiments of this family measure alike."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw1.claims.interpolation._line import finite, measured
from hw1.data import Problem
from hw1.streams import Draw

if TYPE_CHECKING:
    from hw1.training import Stack

DIRECTIONS = 10
DISTANCE = 0.25  # in lengths of the weights, row by row


def relative_rise(stack: "Stack", data: Problem, seeds: Sequence[int], draw: Draw) -> NDArray[np.floating]:
    """Mean rise of the training loss (nats), (K,), in random directions as long as the weights, row by row."""
    from hw1.measures.flatness import like_the_weights, random_directions, rises

    measure = measured(stack, data)
    drawn = [random_directions(stack, [draw(seed, f"direction {i}") for seed in seeds]) for i in range(DIRECTIONS)]
    steps = [DISTANCE * like_the_weights(stack, direction) for direction in drawn]
    return finite(rises(stack, steps, lambda stack: measure(stack)[:, 0]).mean(dim=1).cpu().numpy())


def largest_curvature(
    stack: "Stack", data: Problem, seeds: Sequence[int], draw: Draw, examples: int | None = None
) -> NDArray[np.floating]:
    """Largest eigenvalue of the training loss's Hessian, (K,), in nats per squared unit of weight.

    Parameters
    ----------
    examples : how many of the training examples, the first ones, the loss is of; None for all
    """
    from hw1.measures.curvature import sharpness
    from hw1.measures.flatness import random_directions
    from hw1.measures.gradients import mean_loss
    from hw1.training import cross_entropy

    x, y = stack.place(data.x_train[:, :examples]), stack.place(data.y_train[:, :examples])
    start = random_directions(stack, [draw(seed, "lanczos") for seed in seeds])
    top = sharpness(stack, mean_loss(x, y, cross_entropy, per_replica=True), start)
    return finite(top.value.cpu().numpy())
