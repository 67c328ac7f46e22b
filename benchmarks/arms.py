"""The timed arms: dense nets on a function, in the fast setting of the registered experiments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.cases import Case
from hw1.registry import find_experiment


def case(experiment: str, arm: str, **own: Any) -> Case:
    """An arm of an experiment of the family function_fitting."""
    setting = find_experiment(experiment).setting("fast")
    net, _, task = arm.partition("_")
    target, low = getattr(setting, task) if task else setting.on
    made = Case(
        name=f"{experiment}/{arm}",
        widths=getattr(setting, net, None) or setting.widths,
        activation=getattr(setting, "activation", net),
        target=target,
        low=low,
        points=setting.points,
        lr=setting.lr,
        schedule=setting.schedule,
        updates=setting.updates,
        stack=setting.stack,
    )
    return replace(made, **own)


NARROW = [
    case("deep_vs_shallow", "deep"),
    case("sheet_nets", "deep_fast"),
    case("square_wave", "deep"),
    case("activations", "tanh"),
    case("activations", "relu"),
    case("activations", "sine"),
]
WIDE = [
    case("deep_vs_shallow", "shallow"),
    case("sheet_nets", "shallow_fast"),
    case("square_wave", "shallow"),
    case("deep_vs_shallow", "shallow", points=256),
    case("sheet_nets", "shallow_fast", points=256),
]
