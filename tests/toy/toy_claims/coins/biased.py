"""A biased coin against a fair one, without torch.

Belief  A coin of bias 0.9 shows more heads than a fair one.
Source  Arithmetic.
Here    200 tosses.
Limits  None.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from hw1.figures import Figure, Panel, strip
from hw1.registry import assay, claim, no_assay, table_control, trained_control
from hw1.registry.assays import below
from hw1.statistics import Score, above, less
from hw1.streams import stream
from hw1.tables import Tables

REVISION = 1
ARMS = ("biased", "fair")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Tosses and biases."""

    tosses: int = 200
    bias: float = 0.9
    seconds: float = 0.0  # to be killed in
    stack: int = 4


FAST = Setting()
FULL = replace(FAST, tosses=2000)

GROWN = []  # what a process never gives back, where a test wants it to grow


def external_data(setting: Setting) -> str:
    """Digest of the data that the full tier reads; they are missing where a test says so."""
    if "TOY_NO_DATA" in os.environ and setting.tosses == FULL.tosses:
        raise ValueError("coins are not in the folder: name another by HW1_DATA")
    return ""


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Toss. `runs`: seed, arm, tails (share)."""
    if os.environ.get("TOY_FAILS") == arm:
        raise RuntimeError("the coin rolled away")
    if os.environ.get("TOY_DIES") == arm:
        os._exit(9)
    if "TOY_PIDS" in os.environ:
        with (Path(os.environ["TOY_PIDS"]) / str(os.getpid())).open("a") as seen:
            print(device, arm, *seeds, file=seen)
    if "TOY_GROWS" in os.environ:
        GROWN.append(np.ones(int(os.environ["TOY_GROWS"]), np.int8))
    time.sleep(float(os.environ.get("TOY_SECONDS", setting.seconds)))
    bias = setting.bias if arm == "biased" else 0.5
    tails = [(stream("biased", REVISION, seed, arm).random(setting.tosses) > bias).mean() for seed in seeds]
    return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "tails": tails})})


TOSSED = no_assay("a coin learns nothing")


@trained_control
def fair_coins(setting: Setting) -> Setting:
    """Both coins are fair."""
    return replace(setting, bias=0.5)


@table_control
def swapped(tables: Tables) -> Tables:
    """The coins change their names."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(arm=runs["arm"].map({"biased": "fair", "fair": "biased"})))


@assay("with a fair coin that shows both sides (tails below 0.7)")
def both_sides(tables: Tables) -> pd.Series:
    """The fair coin is one."""
    return below(tables["runs"], "tails", 0.7, arms=("fair",))


@claim(source="arithmetic", control=fair_coins, assay=both_sides)
def a_biased_coin_shows_fewer_tails(tables: Tables) -> Score:
    """A coin of bias 0.9 shows at least 0.2 fewer tails than a fair one."""
    return less(tables["runs"], "tails", arm="biased", than="fair", by=0.2)


@claim(
    source="folklore",
    control=swapped,
    assay=TOSSED,
    expect="refuted",
    because="a bias of 0.9 leaves 0.1",
)
def a_biased_coin_shows_mostly_tails(tables: Tables) -> Score:
    """A coin of bias 0.9 shows more than 0.4 tails."""
    return above(tables["runs"], "tails", arm="biased", value=0.4)


def figure_tails(tables: Tables, setting: Setting) -> Figure:
    """Every seed's share of tails."""
    if os.environ.get("TOY_FIGURE_FAILS"):
        raise RuntimeError("the pencil broke")
    if os.environ.get("TOY_FIGURE_INTERRUPTED"):
        raise KeyboardInterrupt
    series = strip(tables["runs"], y="tails", arms=ARMS)
    panel = Panel(x_label="", y_label="share of tails", series=series, ticks=ARMS, levels={"fair": 0.5})
    return Figure(title="Tails", caption=f"{setting.tosses} tosses.", panels=(panel,))
