"""In which order the frequencies of a sum of sines are learned.

Belief  Nets learn low frequencies first (spectral bias, frequency principle).
Source  Rahaman et al., ICML 2019, arXiv:1806.08734, section 3 (10 sines of equal amplitude, random phases, 200 points,
        6 layers of 256 ReLU units); Xu et al., arXiv:1901.06523.
Here    the sum over k = 1..10 of sin(k pi x + phase_k) on 100 points of one period, [-1, 1), phases drawn for each
        seed; 3 hidden layers of 64 ReLU units, 3,000 full-batch updates of Adam at 1e-3. A frequency is fitted when the
        amplitude that the residual has at it (discrete Fourier transform) is first below 0.2 of the target's.
Limits  The highest frequencies are often not fitted within this budget and then count as tied; times are read at 120
        moments evenly spaced in the logarithm. Why the order holds is contested, and not asked here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hw1.data import grid
from hw1.figures import Figure, Panel, Series
from hw1.registry import claim, table_control
from hw1.statistics import Score, associated
from hw1.streams import stream
from hw1.tables import Tables, curve

if TYPE_CHECKING:
    from torch import Tensor, nn

    from hw1.training import Stack

REVISION = 1
ARMS = ("relu",)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Net, data and training."""

    frequencies: int = 10  # periods in the interval: 1, 2, ... to this
    points: int = 100
    widths: tuple[int, ...] = (64, 64, 64)
    updates: int = 3_000
    lr: float = 1e-3
    records: int = 120
    fitted: float = 0.2  # of a sine's amplitude, left in the residual
    stack: int = 12


FAST = Setting()
# The published number of points, twice the width and all the updates that the slowest frequency takes.
FULL = replace(FAST, points=200, widths=(128, 128, 128), updates=20_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Fit each seed's own sum of sines.

    `runs`: seed, arm, mse (target units squared); `frequencies`: seed, arm, k (periods in the interval),
    updates_to_fit (censored at the budget + 1), left (amplitude of the residual at the end, over that of the target);
    `residuals`: seed, arm, step, and the same at every record as r1, r2, ... for k = 1, 2, ...
    """
    import torch

    from hw1.training import Recipe, record_steps, squared, stack, train

    x = grid(setting.points + 1)[:-1]  # without the right end, which the period repeats
    replicas = stack(_nets(setting, arm, seeds), device)
    inputs, goal = replicas.place(x), replicas.place(np.stack([_sines(setting, x, seed) for seed in seeds]))

    def residual(s: "Stack") -> "Tensor":
        left = (s.forward(inputs) - goal)[..., 0]
        amplitudes: Tensor = torch.fft.rfft(left).abs() * (2 / setting.points)
        return amplitudes[:, 1 : setting.frequencies + 1]

    trained = train(
        replicas,
        inputs,
        goal,
        Recipe(optimizer="adam", lr=setting.lr, updates=setting.updates),
        loss="squared",
        record={"residual": residual, "mse": lambda s: squared(s.forward(inputs), goal)},
        at=record_steps(setting.updates, setting.records),
    )
    amplitudes, mse = trained.curves["residual"], trained.curves["mse"]
    columns = {f"r{k}": amplitudes[:, :, k - 1] for k in _ks(setting)}
    return Tables(
        {
            "runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "mse": mse[:, -1]}),
            "frequencies": _times(setting, arm, seeds, trained.steps, amplitudes),
            "residuals": curve(seeds, arm, trained.steps, **columns),
        }
    )


def _ks(setting: Setting) -> np.ndarray:
    return np.arange(1, setting.frequencies + 1)


def _sines(setting: Setting, x: np.ndarray, seed: int) -> np.ndarray:
    """Sum of sines of amplitude 1 with this seed's phases, (points, 1)."""
    phases = stream("frequencies", REVISION, seed, "phases").uniform(0, 2 * np.pi, setting.frequencies)
    sines: np.ndarray = np.sin(np.pi * _ks(setting) * x + phases).sum(axis=1, keepdims=True)
    return sines


def _nets(setting: Setting, arm: str, seeds: Sequence[int]) -> "list[nn.Sequential]":
    from hw1.nets.dense import dense, initialised

    return initialised(
        lambda: dense(setting.widths, inputs=1, outputs=1, activation=arm),
        [stream("frequencies", REVISION, seed, "init") for seed in seeds],
    )


def _times(setting: Setting, arm: str, seeds: Sequence[int], steps: np.ndarray, amplitudes: np.ndarray) -> pd.DataFrame:
    """When each frequency's residual (seeds, steps, frequencies) is first below the level."""
    there = amplitudes < setting.fitted
    first = np.where(there.any(axis=1), steps[there.argmax(axis=1)], setting.updates + 1)
    k = np.tile(_ks(setting), len(seeds))
    seed = np.repeat(list(seeds), setting.frequencies)
    left = amplitudes[:, -1].reshape(-1)
    return pd.DataFrame({"seed": seed, "arm": arm, "k": k, "updates_to_fit": first.reshape(-1), "left": left})


@table_control
def frequencies_shuffled(tables: Tables) -> Tables:
    """The times of each seed are dealt to its frequencies at random."""
    rows = tables["frequencies"]
    dealt = rows["updates_to_fit"].to_numpy().copy()
    for seed in rows["seed"].unique():
        own = (rows["seed"] == seed).to_numpy()
        dealt[own] = stream("frequencies", REVISION, int(seed), "shuffled").permutation(dealt[own])
    return tables.replaced(frequencies=rows.assign(updates_to_fit=dealt))


@claim(
    source="Rahaman et al. 2019, arXiv:1806.08734, section 3; Xu et al., arXiv:1901.06523", control=frequencies_shuffled
)
def low_frequencies_are_learned_first(tables: Tables) -> Score:
    """Of ten sines of equal amplitude, those of higher frequency take more updates to fit: within a seed, frequency and
    time rise together by a Kendall tau of more than 0.4.
    """
    return associated(tables["frequencies"], "k", "updates_to_fit", by=0.4)


def figure_residuals(tables: Tables, setting: Setting) -> Figure:
    """What is left of each frequency, over time."""
    return Figure(
        title="Low frequencies are learned first",
        caption=(
            f"Left: median over the seeds of the residual's amplitude at some frequencies; the line marks where it is "
            f"taken as fitted. Right: when that happens, median and quartiles over the seeds; {setting.updates + 1} "
            f"updates stand for never."
        ),
        panels=(_over_time(tables, setting), _until_fitted(tables)),
    )


def _over_time(tables: Tables, setting: Setting) -> Panel:
    rows = tables["residuals"].query("step > 0")
    series = []
    for k in (1, 2, 3, 5, 7, 10):
        if k <= setting.frequencies:
            middle = rows.groupby("step")[f"r{k}"].median()
            series.append(Series(name=f"k = {k}", x=tuple(map(float, middle.index)), y=tuple(map(float, middle))))
    return Panel(
        x_label="updates",
        y_label="amplitude left in the residual (of the target's)",
        series=tuple(series),
        x_log=True,
        levels={"fitted": setting.fitted},
    )


def _until_fitted(tables: Tables) -> Panel:
    times = tables["frequencies"].groupby("k")["updates_to_fit"]
    low, middle, high = (times.quantile(q, interpolation="nearest").astype(float) for q in (0.25, 0.5, 0.75))
    by_k = Series(name="relu", x=tuple(map(float, middle.index)), y=tuple(middle), low=tuple(low), high=tuple(high))
    return Panel(
        x_label="frequency k (periods in the interval)", y_label="updates until fitted", series=(by_k,), y_log=True
    )
