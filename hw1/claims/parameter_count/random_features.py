"""Double descent in closed form: least squares on random ReLU features.

Belief  More parameters than examples overfit: the test error rises with the number of parameters.
Source  Belkin, Hsu, Ma, Mandal 2019, PNAS 116:15849, arXiv:1812.11118, figure 2 (random features on MNIST: the test
        error peaks where there are as many features as examples, and falls below the first minimum beyond).
Here    300 examples of MNIST-1D and 2,000 to test on, made anew for each seed; a fixed layer of ReLU units with
        weights N(0, 1/40) and biases N(0, 1/4), 30 to 6,000 of them, those of a smaller net being the first of a
        larger one; output weights for the ten classes as one-hot targets by least squares of smallest norm
        (`numpy.linalg.lstsq`, float64). Nothing is trained, so there is no budget, learning rate or batch.
Limits  Least squares without a penalty: with the best penalty the peak goes away (Nakkiran et al. 2021,
        arXiv:2003.01897). The size of the peak is that of the smallest singular value, and differs tenfold and more
        between seeds; its place does not. Biases of deviation 1 silence some features on all examples, and the peak
        moves up by as many. The error falls below its first minimum, the squared loss does not. "Parameters" are those
        that are fitted, per output.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import corrupt, problem
from hw1.figures import Figure, Panel, bands
from hw1.registry import claim, trained_control
from hw1.statistics import Score, less, peak
from hw1.streams import stream
from hw1.tables import Tables

REVISION = 1
RATIOS = {
    "tenth": 0.1,
    "fifth": 0.2,
    "two_fifths": 0.4,
    "three_fifths": 0.6,
    "four_fifths": 0.8,
    "equal": 1.0,
    "five_quarters": 1.25,
    "twice": 2.0,
    "five_times": 5.0,
    "twenty_times": 20.0,
}
ARMS = tuple(RATIOS)
CLASSES = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Data and features."""

    train: int = 300
    test: int = 2_000
    noise: float = 0.0  # share of the training labels that are redrawn
    penalty: float = 0.0  # ridge: added to the squared singular values, relative to the largest
    stack: int = 24


FAST = Setting()
FULL = replace(FAST, train=1_000, test=10_000, stack=8)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:  # noqa: ARG001 - numpy has no devices
    """Solve one least-squares problem per seed.

    `runs`: seed, arm; features; train_error and test_error, shares of wrong classes; train_mse and test_mse, mean
    squared error against the one-hot targets (target units squared); norm of the solution.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # comes with scikit-learn

    draw = partial(stream, "random_features", REVISION)
    features = round(RATIOS[arm] * setting.train)
    with threadpool_limits(1):  # several BLAS threads on small matrices are slower, and not the same to the last bit
        rows = [_solved(setting, features, draw, seed) for seed in seeds]
    return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "features": features, **_columns(rows)})})


def _solved(setting: Setting, features: int, draw: "partial[np.random.Generator]", seed: int) -> dict[str, float]:
    data = problem("mnist1d", train=setting.train, test=setting.test, rngs=[draw(seed, "data")])
    shown = corrupt(data.y_train[0], setting.noise, CLASSES, draw(seed, "labels"))[0]
    train, test = (relu_features(x[0], features, draw(seed, "features")) for x in (data.x_train, data.x_test))
    weights = least_squares(train, np.eye(CLASSES)[shown], setting.penalty)
    return {
        **_errors("train", train @ weights, shown),
        **_errors("test", test @ weights, data.y_test[0]),
        "norm": float(np.linalg.norm(weights)),
    }


def relu_features(x: NDArray[np.floating], features: int, rng: np.random.Generator) -> Floats:
    """ReLU of random affine functions of the rows of x, (n, features); fewer features are the first of more."""
    drawn = rng.standard_normal((features, x.shape[1] + 1))
    preactivations: Floats = x.astype(np.float64) @ drawn[:, 1:].T / math.sqrt(x.shape[1]) + drawn[:, 0] / 2
    activations: Floats = np.maximum(preactivations, 0) / math.sqrt(features)
    return activations


def least_squares(x: Floats, y: Floats, penalty: float) -> Floats:
    """The solution of smallest norm of min |x w - y|^2, or with a penalty that of ridge regression."""
    if not penalty:
        return np.linalg.lstsq(x, y, rcond=None)[0].astype(np.float64)
    u, s, v = np.linalg.svd(x, full_matrices=False)
    ridge: Floats = v.T @ ((s / (s**2 + penalty * s[0] ** 2))[:, None] * (u.T @ y))
    return ridge


def _errors(name: str, outputs: Floats, labels: NDArray[np.int64]) -> dict[str, float]:
    wrong = outputs.argmax(1) != labels
    squares = np.square(outputs - np.eye(CLASSES)[labels])
    return {f"{name}_error": float(wrong.mean()), f"{name}_mse": float(squares.mean())}


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


@trained_control
def penalised(setting: Setting) -> Setting:
    """Ridge regression with a large penalty: no singular value is small enough to blow anything up."""
    return replace(setting, penalty=1e-2)


@claim(source="Belkin et al. 2019, arXiv:1812.11118, figure 2", control=penalised)
def error_peaks_where_features_equal_examples(tables: Tables) -> Score:
    """The test error of least squares on random ReLU features is at least 5 points higher with as many features as
    examples than with a fifth of them and with twenty times as many.
    """
    levels = ("fifth", "equal", "twenty_times")
    return peak(tables["runs"], "test_error", levels=levels, at="equal", by=0.05)


@claim(source="Belkin et al. 2019, arXiv:1812.11118, figure 2", control=penalised)
def squared_test_loss_explodes_where_features_equal_examples(tables: Tables) -> Score:
    """The squared test loss of least squares on random ReLU features is at least 10 times as large with as many
    features as examples as with four fifths of them and with five quarters.
    """
    runs = tables["runs"]
    around = runs[runs["arm"].isin(["four_fifths", "five_quarters"])].groupby("seed")["test_mse"].max()
    highest = pd.DataFrame({"seed": around.index, "arm": "around", "test_mse": around.to_numpy()})
    at = runs.loc[runs["arm"] == "equal", ["seed", "arm", "test_mse"]]
    return less(pd.concat([at, highest], ignore_index=True), "test_mse", arm="around", than="equal", factor=10)


@trained_control
def labels_of_no_meaning(setting: Setting) -> Setting:
    """All training labels are redrawn: there is nothing to learn for few features or for many."""
    return replace(setting, noise=1.0)


@claim(source="Belkin et al. 2019, arXiv:1812.11118, figure 2", control=labels_of_no_meaning)
def many_features_beat_the_best_of_few(tables: Tables) -> Score:
    """With twenty times as many random ReLU features as examples, the test error of least squares is at least 2 points
    lower than with any number of features below that of the examples.
    """
    runs = tables["runs"]
    below = [arm for arm, ratio in RATIOS.items() if ratio < 1]
    best = runs[runs["arm"].isin(below)].groupby("seed")["test_error"].min()
    few = pd.DataFrame({"seed": best.index, "arm": "best below", "test_error": best.to_numpy()})
    many = runs.loc[runs["arm"] == "twenty_times", ["seed", "arm", "test_error"]]
    return less(pd.concat([many, few], ignore_index=True), "test_error", arm="twenty_times", than="best below", by=0.02)


def figure_descents(tables: Tables) -> Figure:
    """Errors, squared losses and norm over the number of features."""
    labels = {
        "test_error": "test error (share of wrong classes)",
        "test_mse": "squared test loss (target units squared)",
        "train_mse": "squared training loss (target units squared)",
        "norm": "norm of the output weights",
    }
    examples = {"as many features as examples": float(_examples(tables))}
    panels = tuple(
        Panel(
            x_label="features",
            y_label=label,
            series=bands(_family(tables, metric), x="features", y=metric, arms=["least squares"]),
            x_log=True,
            y_log=metric != "test_error",
            places=examples,
        )
        for metric, label in labels.items()
    )
    return Figure(
        title="Double descent without training",
        caption="Median and quartiles over the seeds. The interpolation threshold is where the training loss reaches "
        "0: as many features as examples. There the solution is largest, and the test loss with it.",
        panels=panels,
    )


def _family(tables: Tables, metric: str) -> pd.DataFrame:
    """All arms as one family; a training loss of 0 but for rounding is shown as 1e-20."""
    runs = tables["runs"].assign(arm="least squares")
    return runs.assign(train_mse=runs["train_mse"].clip(lower=1e-20)) if metric == "train_mse" else runs


def _examples(tables: Tables) -> int:
    runs = tables["runs"]
    return int(runs.loc[runs["arm"] == "equal", "features"].iloc[0])
