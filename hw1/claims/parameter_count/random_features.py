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
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.data import CLASSES, corrupt, problem
from hw1.figures import Figure, panels_over
from hw1.registry import claim, no_assay, trained_control
from hw1.statistics import Score, less, peak
from hw1.streams import Draw, streams_of
from hw1.tables import Tables

REVISION = 2
RATIOS = {
    "tenth": 0.1, "fifth": 0.2, "two_fifths": 0.4, "three_fifths": 0.6, "four_fifths": 0.8,
    "equal": 1.0, "five_quarters": 1.25, "twice": 2.0, "five_times": 5.0, "twenty_times": 20.0,
}  # fmt: skip
ARMS = tuple(RATIOS)
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Data and features."""

    train: int = 300
    test: int = 2_000
    noise: float = 0.0  # share of the training labels that are redrawn
    penalty: float = 0.0  # ridge: added to the squared singular values, relative to the largest
    stack: int = 12


FAST = Setting()
FULL = replace(FAST, train=1_000, test=10_000, stack=6)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:  # noqa: ARG001 - numpy has no devices
    """Solve one least-squares problem per seed.

    `runs`: seed, arm; features; train_error and test_error, shares of wrong classes; train_mse and test_mse, mean
    squared error against the one-hot targets (target units squared); norm of the solution.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # comes with scikit-learn

    draw, features = streams_of(run), round(RATIOS[arm] * setting.train)
    with threadpool_limits(1):  # several BLAS threads on small matrices are slower, and not the same to the last bit
        solved = pd.DataFrame([_solved(setting, features, draw, seed) for seed in seeds])
    return Tables({"runs": solved.assign(seed=list(seeds), arm=arm, features=features)})


def _solved(setting: Setting, features: int, draw: Draw, seed: int) -> dict[str, float]:
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


SOLVED = no_assay("least squares in closed form: nothing is trained")


@trained_control
def penalised(setting: Setting) -> Setting:
    """Ridge regression with a large penalty: no singular value is small enough to blow anything up."""
    return replace(setting, penalty=1e-2)


@claim(source="Belkin et al. 2019, arXiv:1812.11118, figure 2", control=penalised, assay=SOLVED)
def error_peaks_where_features_equal_examples(tables: Tables) -> Score:
    """The test error of least squares on random ReLU features is at least 5 points higher with as many features as
    examples than with a fifth of them and with twenty times as many.
    """
    levels = ("fifth", "equal", "twenty_times")
    return peak(tables["runs"], "test_error", levels=levels, at="equal", by=0.05)


@claim(source="Belkin et al. 2019, arXiv:1812.11118, figure 2", control=penalised, assay=SOLVED)
def squared_test_loss_explodes_where_features_equal_examples(tables: Tables) -> Score:
    """The squared test loss of least squares on random ReLU features is at least 10 times as large with as many
    features as examples as with four fifths of them and with five quarters.
    """
    squares = _with(tables, "test_mse", "around", "max", ["four_fifths", "five_quarters"])
    return less(squares, "test_mse", arm="around", than="equal", factor=10)


@trained_control
def labels_of_no_meaning(setting: Setting) -> Setting:
    """All training labels are redrawn: there is nothing to learn for few features or for many."""
    return replace(setting, noise=1.0)


@claim(source="Belkin et al. 2019, arXiv:1812.11118, figure 2", control=labels_of_no_meaning, assay=SOLVED)
def many_features_beat_the_best_of_few(tables: Tables) -> Score:
    """With twenty times as many random ReLU features as examples, the test error of least squares is at least 2 points
    lower than with any number of features below that of the examples.
    """
    errors = _with(tables, "test_error", "best below", "min", [arm for arm, ratio in RATIOS.items() if ratio < 1])
    return less(errors, "test_error", arm="twenty_times", than="best below", by=0.02)


def _with(tables: Tables, metric: str, name: str, take: Literal["min", "max"], arms: list[str]) -> pd.DataFrame:
    """A metric of every arm, and of each seed's least or largest of some arms, under a name of its own."""
    by_arm = tables["runs"].pivot(index="seed", columns="arm", values=metric)
    by_arm[name] = by_arm[arms].agg(take, axis=1)
    return by_arm.melt(var_name="arm", value_name=metric, ignore_index=False).reset_index()


def figure_descents(tables: Tables) -> Figure:
    """Errors, squared losses and norm over the number of features."""
    labels = {
        "test_error": "test error (share of wrong classes)",
        "test_mse": "squared test loss (target units squared)",
        "train_mse": "squared training loss (target units squared)",
        "norm": "norm of the output weights",
    }
    runs = tables["runs"].assign(arm="least squares")
    runs["train_mse"] = runs["train_mse"].clip(lower=1e-20)  # 0 but for rounding, on a logarithmic axis
    examples = float(tables["runs"].query("arm == 'equal'")["features"].iloc[0])
    panels = panels_over(
        runs, labels, arms=["least squares"], x="features", x_label="features", logs=set(labels) - {"test_error"},
        x_log=True, places={"as many features as examples": examples},
    )  # fmt: skip
    return Figure(
        title="Double descent without training",
        caption="Median and quartiles over the seeds. The interpolation threshold is where the training loss reaches "
        "0: as many features as examples. There the solution is largest, and the test loss with it.",
        panels=panels,
    )
