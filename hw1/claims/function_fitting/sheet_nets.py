"""The coursework's own three nets, on targets on which depth does not help.

Belief  At equal parameters the deepest net fits best, whatever the function.
Source  NTU MLDS 2018, homework 1-1: nets of 571, 572 and 571 parameters with 7, 4 and 1 hidden layers; 6 of 12 public
        copies report deep < middle < shallow on every function they try, all of them from one seed.
Here    ReLU, 5,000 full-batch updates of Adam at 2e-3 on 64 points: sin 5 pi x on [-1, 1] ("fast"), sinc =
        sin(5 pi x) / (5 pi x) on [-1, 1], and sin 2 pi x on [0, 1] ("slow").
Limits  ReLU and torch's initial weights. With leaky ReLU, Adam at 1e-2 and four layers of 13 on [0, 1], depth wins on
        sinc on four seeds in five. On [-1, 1] one layer is slow and sin 2 pi x is a coin toss: kinks start in [-1, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from hw1.claims.function_fitting._assays import one_fitted
from hw1.claims.function_fitting._figures import dead_counts, final_panel, loss_panel, predictions
from hw1.claims.function_fitting._fit import FullBatches, On, fit
from hw1.figures import Figure
from hw1.registry import assay, claim, trained_control
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 2
ARMS = ("deep_fast", "middle_fast", "shallow_fast", "deep_sinc", "shallow_sinc", "deep_slow", "shallow_slow")


@dataclass(frozen=True, kw_only=True)
class Setting(FullBatches):
    """Nets, data and training."""

    fast: On = ("sin 5 pi x", -1.0)
    sinc: On = ("sinc", -1.0)
    slow: On = ("sin 2 pi x", 0.0)
    deep: tuple[int, ...] = (5, 10, 10, 10, 10, 10, 5)  # units in each hidden layer: 571 parameters
    middle: tuple[int, ...] = (10, 18, 15, 4)  # 572
    shallow: tuple[int, ...] = (190,)  # 571
    activation: str = "relu"
    updates: int = 5_000
    lr: float = 2e-3
    schedule: str = "constant"
    level: float = 0.01
    stack: int = 12  # the wide layer 33 us per seed and update, 27 with 24; docs/speed.md


FAST = Setting()
# The sheet's 20,000 epochs, in full batches.
FULL = replace(FAST, points=1_000, updates=20_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed; `runs`, `curves`: see `fit`."""
    net, task = arm.split("_")
    how = getattr(setting, task), getattr(setting, net), setting.activation
    return fit(setting, *how, arm=arm, seeds=seeds, draw=streams_of(run), device=device)


ONE_FITS = "fitted {} with a net of one or of seven layers (mse below half of the target's variance)"


# The shallow nets fit: their errors are at most 0.005, 0.003 and 0.0001 on 12 development seeds, against 0.25, 0.04 and
# 0.25. The deep ones may not, and on the square wave of the positive twin it is the other way round. Where neither
# fits there is nothing to compare.
@assay(ONE_FITS.format("the fast sine"))
def one_fits_the_fast_sine(tables: Tables) -> "pd.Series[float]":
    """One of the two nets that are compared on sin 5 pi x."""
    return one_fitted(tables, "deep_fast", "shallow_fast")


@assay(ONE_FITS.format("sinc"))
def one_fits_sinc(tables: Tables) -> "pd.Series[float]":
    """One of the two nets that are compared on sinc."""
    return one_fitted(tables, "deep_sinc", "shallow_sinc")


@assay(ONE_FITS.format("the slow sine"))
def one_fits_the_slow_sine(tables: Tables) -> "pd.Series[float]":
    """One of the two nets that are compared on sin 2 pi x."""
    return one_fitted(tables, "deep_slow", "shallow_slow")


@trained_control
def on_the_square_wave(setting: Setting) -> Setting:
    """Jumps in the place of smooth targets, and the four tanh layers with which depth wins on them."""
    square = ("square", 0.0)
    changed = replace(setting, fast=square, sinc=square, slow=square, deep=(13, 13, 13, 13), activation="tanh")
    return replace(changed, updates=3_000, lr=5e-3, schedule="cosine")


@claim(
    source="NTU MLDS 2018 homework 1-1; Telgarsky 2016, PMLR 49:1517",
    control=on_the_square_wave,
    assay=one_fits_the_fast_sine,
    expect="refuted",
    because="seven narrow ReLU layers get stuck: a third of the runs end above half the target's variance, none of the "
    "shallow ones",
    p0=0.75,
)
def the_sheets_deep_net_fits_a_fast_sine_better(tables: Tables) -> Score:
    """On three seeds in four, the sheet's seven-layer ReLU net fits sin 5 pi x on [-1, 1] at least twice as well as its
    one-layer net of the same size.
    """
    return less(tables["runs"], "mse", arm="deep_fast", than="shallow_fast", factor=2)


@claim(
    source="NTU MLDS 2018 homework 1-1, sinc",
    control=on_the_square_wave,
    assay=one_fits_sinc,
    expect="refuted",
    because="the deep runs span four powers of ten, from dead to far better than shallow; the shallow ones span one",
    p0=0.9,
)
def the_sheets_deep_net_fits_sinc_better(tables: Tables) -> Score:
    """On nine seeds in ten, the sheet's seven-layer ReLU net fits sinc on [-1, 1] at least twice as well as its
    one-layer net of the same size.
    """
    return less(tables["runs"], "mse", arm="deep_sinc", than="shallow_sinc", factor=2)


@claim(
    source="NTU MLDS 2018 homework 1-1; shallow is as good in 3 of 4 public copies with an easy smooth target",
    control=on_the_square_wave,
    assay=one_fits_the_slow_sine,
    expect="refuted",
    because="one period needs few kinks, and one layer of 190 has them where the data are",
    p0=0.75,
)
def the_sheets_deep_net_fits_a_slow_sine_better(tables: Tables) -> Score:
    """On three seeds in four, the sheet's seven-layer ReLU net fits sin 2 pi x on [0, 1] at least twice as well as its
    one-layer net of the same size.
    """
    return less(tables["runs"], "mse", arm="deep_slow", than="shallow_slow", factor=2)


def figure_loss(tables: Tables, setting: Setting) -> Figure:
    """Loss over updates, one panel per target."""
    return Figure(
        title="The sheet's three nets",
        caption="Median and quartiles over the seeds. The middle half of the deep runs is wide on every target; that "
        "of the shallow runs is narrow and ends below the deep median.",
        panels=tuple(loss_panel(tables, arms, title=title) for title, arms in _tasks(setting).items()),
    )


def figure_ends(tables: Tables, setting: Setting) -> Figure:
    """Every seed at its end, one panel per target."""
    tasks = _tasks(setting)
    dead = "; ".join(f"{title}: {dead_counts(tables, arms)}" for title, arms in tasks.items())
    return Figure(
        title="The sheet's three nets, every seed",
        caption=f"Each point is a run. Runs that ended above half the target's variance: {dead}.",
        panels=tuple(final_panel(tables, arms, title=title) for title, arms in tasks.items()),
    )


def figure_predictions(tables: Tables, setting: Setting) -> Figure:
    """Predictions of the sine that the belief is about."""
    return predictions(tables, setting.fast, ARMS[:3], title=f"{setting.fast[0]} as the sheet's nets see it")


def _tasks(setting: Setting) -> dict[str, tuple[str, ...]]:
    """The arms of each target, by the target and its interval."""
    tasks = {"fast": setting.fast, "sinc": setting.sinc, "slow": setting.slow}
    return {
        f"{target} on [{low:g}, 1]": tuple(arm for arm in ARMS if arm.endswith(task))
        for task, (target, low) in tasks.items()
    }
