"""Neural collapse after the training examples are fitted: with and without weight decay and batch normalisation.

Belief  Trained on beyond zero error, a net draws the last features of each class together to a point, and the classes'
        means to the corners of a simplex.
Source  Papyan, Han, Donoho, PNAS 117 (2020) 24652, arXiv:2008.08186, abstract (NC1 and NC2; deep convolutional nets
        with batch normalisation and weight decay, long training).
Here    200 of scikit-learn's 8 x 8 digits, drawn anew for each seed; 32-32-32 ReLU units from He's start, 500 updates
        of SGD at 0.1 with momentum 0.9, cosine decay and batches of 50: 125 epochs. `decayed`: batch normalisation and
        a weight decay of 0.005. `free`: without the decay. `bare`: with it, and without normalisation. All are measured
        on the training examples at update 100, by which the normalised nets have fitted them, and at the end:
        variability trace(W B^+) / 10 (NC1) and the mean distance of the cosines from -1/9 (NC2), of what the last layer
        is given, with running statistics.
Limits  Small nets and one budget. Nothing says that `free` would not collapse in the end: in 2,000 updates of another
        setting its variability fell to 0.57 of that at update 100, with a decay of 0.002 to 0.09 (6 development seeds).
        In `bare` the least of the nine eigenvalues of B falls to 0.3 of what it was, the largest to 0.8 (medians of 6).
        Nor is it whole: in `decayed` the cosines are still off by 0.08 at the end, and the classes' norms differ by
        4 % after 5 % (medians of 96 development seeds). Whether collapse generalises better is not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hw1.claims._columns import beside
from hw1.claims._dense_nets import Training
from hw1.claims._yardsticks import PerSeed
from hw1.data import CLASSES, Problem
from hw1.figures import Figure, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.registry.assays import above
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from torch import nn

    from hw1.training import Classified

REVISION = 1
ARMS = ("decayed", "free", "bare")
MEASURES = ("variability", "norms", "angles")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training."""

    train: int = 200
    test: int = 500
    widths: tuple[int, ...] = (32, 32, 32)
    optimizer: str = "sgd"
    lr: float = 0.1
    momentum: float = 0.9
    schedule: str = "cosine"
    updates: int = 500
    early: int = 100  # updates before the first measurement
    decay: float = 5e-3


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed and measure where it puts its training examples.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update;
    variability, norms and angles as in `hw1.measures.class_means`, the same after `early` updates as early_variability,
    early_norms and early_angles, and early_train_accuracy. `curves`: seed, arm, step (update), and all of these but
    those that are early.
    """
    from hw1.measures.class_means import last_features
    from hw1.training import classify, stack

    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    nets = stack(made(setting, data, [draw(seed, "init") for seed in seeds], normalised=arm != "bare"), device)
    at, x = sorted({*setting.each(0.2), setting.early}), nets.place(data.x_train)
    decay = 0.0 if arm == "free" else setting.decay
    found = classify(
        nets, data, setting.recipe(weight_decay=decay), seeds=seeds, draw=draw, device=device, at=at,
        record={"features": lambda stack: last_features(stack, x)},
    )  # fmt: skip
    measured, place = _measured(found, data), at.index(setting.early)
    early: dict[str, Any] = {f"early_{name}": measured.curves[name][:, place] for name in (*MEASURES, "train_accuracy")}
    return measured.tables(arm, **early)


def made(
    setting: Setting, data: Problem, rngs: Sequence[np.random.Generator], *, normalised: bool
) -> "list[nn.Sequential]":
    """Nets with the same start values of their weights, whether they are normalised or not."""
    from torch import nn

    from hw1.nets.dense import ACTIVATIONS, blank, initialised
    from hw1.nets.normalisation import normalisation

    sizes = (data.x_train.shape[-1], *setting.widths)

    def net() -> nn.Sequential:
        layers: list[nn.Module] = []
        for inputs, units in pairwise(sizes):
            norm = [normalisation("batch", units)] if normalised else []
            layers += [nn.Linear(inputs, units), *norm, ACTIVATIONS[setting.activation]()]
        return nn.Sequential(*layers, nn.Linear(sizes[-1], CLASSES))

    return initialised(lambda: blank(net), rngs, "he")


def _measured(found: "Classified", data: Problem) -> "Classified":
    """What was found, with a curve for each of the three measures in the place of the features."""
    from hw1.measures.class_means import class_means

    features = found.curves["features"]
    geometry = [class_means(features[:, step], data.y_train) for step in range(features.shape[1])]
    curves = {name: values for name, values in found.curves.items() if name != "features"}
    curves |= {name: np.stack([getattr(one, name) for one in geometry], axis=1) for name in MEASURES}
    return replace(found, curves=curves)


FITTED = 0.9  # of the training examples, after `early` updates: beyond them begins what the source is about


def _fitted(tables: Tables, arm: str) -> PerSeed:
    return above(tables["runs"], "early_train_accuracy", FITTED, [arm])


@assay("fitted the training examples by the first measurement with decay (90 % of them)")
def decayed_nets_fit(tables: Tables) -> PerSeed:
    """The belief is about what comes after the examples are fitted."""
    # At least 0.985 on 96 development seeds.
    return _fitted(tables, "decayed")


@assay("fitted the training examples by the first measurement without decay (90 % of them)")
def free_nets_fit(tables: Tables) -> PerSeed:
    """The belief is about what comes after the examples are fitted."""
    # All of them on 96 development seeds.
    return _fitted(tables, "free")


@assay("fitted the training examples by the first measurement without normalisation (90 % of them)")
def bare_nets_fit(tables: Tables) -> PerSeed:
    """The belief is about what comes after the examples are fitted."""
    # At least 0.965 on 96 development seeds.
    return _fitted(tables, "bare")


no_decay = arms_control("no_decay", "The weights do not decay.", {"decayed": "free"})
with_decay = arms_control("with_decay", "The weights decay.", {"free": "decayed"})
with_normalisation = arms_control("with_normalisation", "The nets are normalised.", {"bare": "decayed"})
ONE_TIER = "digits are the data of the laptop's tier; the source has deep nets on images"


def _early_and_late(tables: Tables, measure: str, arm: str) -> pd.DataFrame:
    """A measure after `early` updates and at the end, as the arms of a score."""
    return beside(tables["runs"], measure, {"early": (arm, f"early_{measure}"), "late": (arm, measure)})


@claim(
    source="Papyan et al. 2020, arXiv:2008.08186, abstract (NC1)",
    control=no_decay,
    assay=decayed_nets_fit,
    tiers=("fast",),
    because=ONE_TIER,
)
def classes_collapse_with_decay_and_normalisation(tables: Tables) -> Score:
    """With batch normalisation and weight decay, the variability within the classes, relative to that between them,
    falls at least threefold from the 100th update, at which all digits are fitted, to the 500th.
    """
    return less(_early_and_late(tables, "variability", "decayed"), "variability", arm="late", than="early", factor=3)


@claim(
    source="the belief, Papyan et al. 2020, arXiv:2008.08186, abstract, without its weight decay",
    control=with_decay,
    assay=free_nets_fit,
    expect="refuted",
    tiers=("fast",),
    because="once all examples are fitted the gradients are small, and nothing else moves the features",
)
def classes_collapse_without_decay(tables: Tables) -> Score:
    """Without weight decay, the variability within the classes, relative to that between them, falls at least threefold
    from the 100th update, at which all digits are fitted, to the 500th.
    """
    return less(_early_and_late(tables, "variability", "free"), "variability", arm="late", than="early", factor=3)


@claim(
    source="the belief, Papyan et al. 2020, arXiv:2008.08186, abstract, without its batch normalisation",
    control=with_normalisation,
    assay=bare_nets_fit,
    expect="refuted",
    tiers=("fast",),
    because="decay without normalisation shrinks the weakest of the directions that part the classes",
)
def classes_collapse_without_normalisation(tables: Tables) -> Score:
    """Without batch normalisation, the variability within the classes, relative to that between them, falls at least
    threefold from the 100th update to the 500th, with the same weight decay.
    """
    return less(_early_and_late(tables, "variability", "bare"), "variability", arm="late", than="early", factor=3)


@claim(
    source="Papyan et al. 2020, arXiv:2008.08186, abstract (NC2)",
    control=no_decay,
    assay=decayed_nets_fit,
    tiers=("fast",),
    because=ONE_TIER,
)
def class_means_spread_evenly_with_decay_and_normalisation(tables: Tables) -> Score:
    """With batch normalisation and weight decay, the cosines between class means come nearer to -1/9, that of a
    simplex, by a factor of at least 1.15 from the 100th update to the 500th.
    """
    return less(_early_and_late(tables, "angles", "decayed"), "angles", arm="late", than="early", factor=1.15)


def figure_collapse(tables: Tables) -> Figure:
    """The two measures of collapse over the training."""
    labels = {
        "variability": "variability within classes",
        "angles": "distance of cosines from -1/9",
        "train_loss": "training loss (nats)",
    }
    curves = tables["curves"]
    return Figure(
        title="Neural collapse",
        caption="All nets fit the digits within 100 updates. Those with decay and normalisation then draw each class "
        "together; without one of the two they do not. Lines: medians; bands: quartiles.",
        panels=panels_over(
            curves[curves["step"] > 0], labels, arms=ARMS, x_label="update", logs={"variability", "train_loss"}
        ),
    )
