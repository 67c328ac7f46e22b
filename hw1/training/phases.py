"""Trainings in phases: stop, change data, loss or weights, and go on with a fresh optimizer.

A training whose optimizer is kept while its examples change is one training with `staged_orders`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from torch import nn

from hw1.data import Problem
from hw1.streams import Draw
from hw1.training.classify import Classified, classify
from hw1.training.recipe import Recipe

__all__ = ["Nets", "Phase", "Phased", "in_phases"]

Nets = Sequence[nn.Module]  # one per seed


@dataclass(frozen=True, eq=False)
class Phase:
    """A part of a training.

    Parameters
    ----------
    data, recipe : what is trained on, and how; the schedule is that of the phase
    at : numbers of updates of the phase after which to measure; empty for its end alone
    start : makes the nets that the phase begins with of those that came out of the one before, or were given; None
        where they go on as they are
    options : further arguments of `classify` in this phase, such as `shown` or `loss`
    """

    data: Problem
    recipe: Recipe
    at: Sequence[int] = ()
    start: Callable[[Nets], Nets] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Phased:
    """What each phase found, in order; the stack of each holds the nets as they were at its end."""

    parts: Sequence[Classified]

    @property
    def whole(self) -> Classified:
        """All phases as one training: the stack of the last, and the curves that all phases have.

        Updates are counted on across the borders; at a border stands what the earlier phase measured. A net that
        diverged in any phase has diverged.
        """
        ends = np.cumsum([0, *(part.steps[-1] for part in self.parts)])
        kept = [part.steps > 0 if i else part.steps >= 0 for i, part in enumerate(self.parts)]
        together = list(zip(self.parts, kept, strict=True))
        return replace(
            self.parts[-1],
            steps=np.concatenate([part.steps[own] + end for (part, own), end in zip(together, ends, strict=False)]),
            curves={
                name: np.concatenate([part.curves[name][:, own] for part, own in together], axis=1)
                for name in self.parts[0].curves
                if all(name in part.curves for part in self.parts)
            },
            diverged=np.logical_or.reduce([part.diverged for part in self.parts]),
        )


def in_phases(
    nets: Nets, phases: Sequence[Phase], *, seeds: Sequence[Any], draw: Draw, device: str, **options: Any
) -> Phased:
    """Train one classifier per seed in phases, each with an optimizer of its own.

    Running statistics of normalisation go on with the weights.

    Parameters
    ----------
    nets : one per seed, of one architecture, initialised
    seeds, draw : the first phase has the streams of `classify`; those of later ones have their number, from 1, behind
        the purpose, so that neither minibatches nor dropout's masks come again
    options : further arguments of `classify` in all phases

    Raises
    ------
    ValueError
        for no phases, or a phase that is not the last and is not measured at its end, where the next one begins
    """
    if not phases:
        raise ValueError("A training without phases trains nothing. Give at least one.")
    for i, phase in enumerate(phases):
        if phase.at and phase.at[-1] != phase.recipe.updates:
            raise ValueError(
                f"Phase {i} ends after {phase.recipe.updates} updates and is last measured after {phase.at[-1]}. "
                f"Measure it at its end."
            )
    parts: list[Classified] = []
    for i, phase in enumerate(phases):
        begun = phase.start(nets) if phase.start else nets
        streams = _of_phase(draw, i)
        each = {**options, **phase.options}
        found = classify(begun, phase.data, phase.recipe, seeds=seeds, draw=streams, device=device, at=phase.at, **each)
        parts.append(found)
        nets = [found.stack.unstack(k) for k in range(found.stack.K)]
    return Phased(parts=parts)


def _of_phase(draw: Draw, i: int) -> Draw:
    return (lambda seed, *purpose: draw(seed, *purpose, i)) if i else draw
