"""Panels of this family; apart from what `run` uses, so that a change of a picture costs no training."""

from collections.abc import Sequence

import pandas as pd

from hw1.figures import LEARNING, Panel, bands, strip

CHANCE = 0.1


def line_panels(line: pd.DataFrame, arms: Sequence[str], what: str) -> tuple[Panel, ...]:
    """Loss (logarithmic) or accuracy over alpha, on training and test data: median and quartiles over the seeds.

    Parameters
    ----------
    what : "loss" or "accuracy"
    """
    return tuple(
        Panel(
            x_label="alpha",
            y_label=LEARNING[metric],
            series=bands(line, x="alpha", y=metric, arms=arms),
            y_log=what == "loss",
            places={"first": 0.0, "second": 1.0},
            levels={} if what == "loss" else {"chance": CHANCE},
        )
        for metric in (f"train_{what}", f"test_{what}")
    )


def strips(runs: pd.DataFrame, metrics: dict[str, str], arms: Sequence[str], *, x_label: str) -> tuple[Panel, ...]:
    """Every seed's number in every arm, one panel per metric; labels by metric."""
    return tuple(
        Panel(x_label=x_label, y_label=label, series=strip(runs, y=metric, arms=arms), y_log=True, ticks=tuple(arms))
        for metric, label in metrics.items()
    )
