"""Dice that are loaded, crooked or fair, without torch.

Belief  Loaded dice show more.
Source  Arithmetic.
Here    200 throws.
Limits  None.
"""

from dataclasses import dataclass, replace

import pandas as pd

from hw1.figures import Figure, Panel, strip
from hw1.registry import arms_control, assay, claim, trained_control
from hw1.registry.assays import below
from hw1.statistics import above, less
from hw1.streams import stream
from hw1.tables import Tables

REVISION = 1
ARMS = ("loaded", "fair", "crooked", "spare")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Throws, and what is added to them."""

    throws: int = 200
    load: float = 0.2
    bend: float = 0.2
    stack: int = 4


FAST = Setting()
FULL = replace(FAST, throws=300)


def run(setting, *, arm, seeds, device):
    """Throw. `runs`: seed, arm, points (mean)."""
    more = {"loaded": setting.load, "crooked": setting.bend}.get(arm, 0.0)
    points = [stream("dice", REVISION, seed, arm).random(setting.throws).mean() + more for seed in seeds]
    return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "points": points})})


@assay("thrown fairly (points below 0.65)")
def thrown(tables):
    """The fair one is fair."""
    return below(tables["runs"], "points", 0.65, arms=("fair",))


@assay("thrown (points below 2)")
def landed(tables):
    """It fell."""
    return below(tables["runs"], "points", 2, arms=("crooked",))


both_fair = arms_control("both_fair", "Both are fair.", {"loaded": "fair"})


@claim(source="arithmetic", control=both_fair, assay=thrown)
def loaded_dice_show_more(tables):
    """Loaded dice show at least 0.1 more than fair ones."""
    return less(tables["runs"], "points", arm="fair", than="loaded", by=0.1)


@trained_control
def straight(setting):
    """They are straight."""
    return replace(setting, bend=0.0)


@claim(source="arithmetic", control=straight, assay=landed)
def crooked_dice_show_much(tables):
    """Crooked dice show more than 0.6."""
    return above(tables["runs"], "points", arm="crooked", value=MUCH)


MUCH = 0.6


def figure_points(tables):
    """Every seed's points."""
    panel = Panel(x_label="", y_label="points", series=strip(tables["runs"], y="points", arms=ARMS), ticks=ARMS)
    return Figure(title="Points", caption="All dice.", panels=(panel,))
