"""One run on partly wrong labels: what is learned first.

Belief  Nets learn simple patterns first: rightly labelled examples are fitted before mislabelled ones, and the accuracy
        on true labels peaks before the wrong ones are memorised.
Source  Arpit et al., ICML 2017, arXiv:1706.05394 (abstract: simple patterns first; learning curves on noisy labels).
Here    500 of scikit-learn's 8 x 8 digits, the labels of 40 % redrawn (36 % wrong), and 1,000 others to test on, drawn
        anew for each seed; one hidden layer of 128 ReLU units (9,610 parameters), SGD with momentum, batches of 50, 80
        epochs.
        `full`: CIFAR-10 and the source's net of Zhang et al., see `published`.
Limits  How much depends on the data. On MNIST-1D at the same noise accuracy falls only from 31 to 27 %, and the last
        tenth of the clean examples is not much ahead of that of the mislabelled ones (27 epochs against 36).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hw1.claims._yardsticks import PerSeed, better_than_chance
from hw1.claims.random_labels._assays import fitted, true_labels_fitted
from hw1.claims.random_labels._memorise import IGNORED, Training, memorise, redrawn, tabled
from hw1.figures import Figure, Panel, band, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.registry.assays import least
from hw1.statistics import Score, less, peak
from hw1.streams import streams_of
from hw1.tables import Tables, censored, first_reached

REVISION = 2
ARMS = ("true", "noisy")
HALF = 0.5  # share of a group of examples, whose fitting is timed


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training."""

    data: str = "digits"
    train: int = 500
    test: int = 1_000
    noise: float = 0.4  # share of the labels that is redrawn
    early: int = 8  # epoch near the peak of test accuracy: 87 % in the median of 24 seeds, as from the 6th to the 9th
    batch: int = 50
    epochs: int = 80
    lr: float = 0.05  # at 0.1 single epochs scatter by 3 points, and 2 of 96 seeds miss the peak


FAST = Setting()
FULL = replace(FAST.published(), early=6)  # one development seed: 47 % after 6 epochs, 36 % after 40


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on its own images, with true or with noisy labels.

    `runs`: seed, arm; at the end of training accuracy and loss (nats) on the training labels that were shown and on the
    test images, and the accuracy on those training examples that are labelled rightly (clean) and wrongly (mislabelled)
    in the arm `noisy`, the same ones in both arms; `epochs_to_fit` 99 % of the training labels, and half of each of
    these groups, at the budget + 1 `_censored`. `curves`: seed, arm, step (epoch) and the same accuracies and losses.
    """
    draw = streams_of(run)
    data = setting.problem(seeds, draw, scale="whitened")
    noisy = redrawn(data.y_train, setting.noise, seeds, draw)
    shown = noisy if arm == "noisy" else data.y_train
    wrong = noisy != data.y_train
    groups = {"clean": ~wrong, "mislabelled": wrong}
    also = {name: np.where(group, shown, IGNORED) for name, group in groups.items()}
    found = memorise(setting, data, shown, also=also, seeds=seeds, draw=draw, device=device)
    curves, epochs = found.curves, found.steps // setting.per_epoch
    for name, group in groups.items():
        del curves[f"{name}_loss"]
        curves[f"{name}_accuracy"] = curves[f"{name}_accuracy"] / group.mean(1, keepdims=True)
    fitted = {f"epochs_to_fit_{n}": first_reached(HALF, curves[f"{n}_accuracy"], epochs) for n in groups}
    return tabled(found, setting, arm, **censored(setting.epochs, **fitted))


@assay(
    "fitted the noisy labels (99 % of them within the budget) and learned the true ones (test_accuracy of true at "
    "least 10 points above chance)"
)
def noisy_labels_fitted_and_true_ones_learned(tables: Tables) -> PerSeed:
    """Accuracy falls while the noise is memorised, and from above chance."""
    # After 37 to 56 of 80 epochs, and 0.93 to 0.98 right, on 36 development seeds.
    return least(fitted(tables, "noisy"), better_than_chance(tables["runs"], "true"))


nothing_mislabelled = arms_control(
    "nothing_mislabelled", "The same examples in two groups, but all with their true labels.", {"noisy": "true"}
)


@claim(
    source="Arpit et al. 2017, arXiv:1706.05394, abstract (simple patterns first), as a comparison within one run",
    control=nothing_mislabelled,
    assay=true_labels_fitted,
)
def clean_examples_are_fitted_before_mislabelled_ones(tables: Tables) -> Score:
    """Inside one run, half of the clean examples are fitted in at most half the epochs that half of the others take."""
    # Digits: 1 epoch against 21; one seed on CIFAR-10: 4 against 16.
    runs = tables["runs"].query("arm == 'noisy'")
    times = pd.concat([_times_of(group, runs) for group in ("clean", "mislabelled")])
    return less(times, "epochs_to_fit", arm="clean", than="mislabelled", factor=2)


def _times_of(group: str, runs: pd.DataFrame) -> pd.DataFrame:
    """The times of a group of examples, and whether they are censored, as an arm."""
    own = runs.filter(regex=f"^(seed$|epochs_to_fit_{group})")
    return own.rename(columns=lambda column: column.replace(f"_{group}", "")).assign(arm=group)


@claim(
    source="Arpit et al. 2017, arXiv:1706.05394, learning curves with noisy labels",
    control=nothing_mislabelled,
    assay=noisy_labels_fitted_and_true_ones_learned,
)
def accuracy_on_true_labels_peaks_and_falls(tables: Tables, setting: Setting) -> Score:
    """With 40 % of labels redrawn, test accuracy is 5 points higher early in training than before it and at its end."""
    curves = tables["curves"].query("arm == 'noisy'")
    steps = np.unique(curves["step"])
    moments = {"start": steps[0], "early": steps[steps <= setting.early][-1], "end": steps[-1]}
    parts = [curves[curves["step"] == step].assign(arm=name) for name, step in moments.items()]
    return peak(pd.concat(parts), "test_accuracy", levels=tuple(moments), at="early", by=0.05)


def figure_groups(tables: Tables, setting: Setting) -> Figure:
    """Accuracy over epochs of clean and of mislabelled examples, and on test images."""
    curves = tables["curves"].query("arm == 'noisy'")
    groups = Panel(
        x_label="epoch",
        y_label="accuracy on the labels shown",
        series=tuple(band(curves, name, x="step", y=f"{name}_accuracy") for name in ("clean", "mislabelled")),
        levels={"half": HALF},
    )
    label, places = {"test_accuracy": "accuracy on test images (true labels)"}, {"early": setting.early}
    test = panels_over(tables["curves"], label, arms=ARMS, places=places)
    return Figure(
        title="Clean and mislabelled examples in the same run",
        caption="Clean examples are fitted within a few epochs. Mislabelled ones come later, and while they are "
        "memorised the test accuracy falls again. Lines: medians over the seeds; bands: quartiles.",
        panels=(groups, *test),
    )
