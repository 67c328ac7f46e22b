"""How much a net's predictions depend on which examples it saw: narrow and wide nets, on true and on wrong labels.

Belief  The larger a model, the larger its variance: beyond some size the test error rises again (the U of textbooks).
Source  The belief: Geman, Bienenstock, Doursat, Neural Computation 4 (1992) 1, doi:10.1162/neco.1992.4.1.1. Against it:
        Neal et al., arXiv:1810.08591, abstract (both can fall as the number of parameters grows).
Here    900 of scikit-learn's 8 x 8 digits and 800 others to test on, drawn anew for each seed; four nets on 300 of the
        900 each, drawn anew, with a start and an order of their own; one hidden layer of 4 ReLU units or of 32, Adam at
        0.01, 300 updates with batches of 50. `noisy`: a fifth of the labels is redrawn, for each net anew. Variance:
        that of a class's probability over the four nets, unbiased, summed over the classes, mean over the test images.
Limits  Two widths, of which the narrow one does not fit all examples and the wide one fits any labels. Starts and
        orders differ as well, and nothing here parts their share from that of the examples. On data that are hard the
        belief looks right without wrong labels, too: with 500 examples of MNIST-1D the variance of 4, 32 and 256 units
        was .06, .40 and .38 (24 development seeds, no claim).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hw1.claims._dense_nets import Training, fit
from hw1.claims._yardsticks import PerSeed
from hw1.claims.losses_and_ensembles._assays import learned
from hw1.claims.losses_and_ensembles._members import averaged
from hw1.data import CLASSES, Problem, corrupt, repeated, resampled, subsets
from hw1.figures import Figure, every_seed
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, less
from hw1.streams import Draw, Member, members_of, streams_of, streams_of_members
from hw1.tables import Tables

REVISION = 1
ARMS = ("narrow", "wide", "noisy_narrow", "noisy_wide")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, nets and training."""

    train: int = 900  # of which each net has some
    test: int = 800
    shown: int = 300
    members: int = 4
    noise: float = 0.2  # share of the labels that are redrawn, in the noisy arms
    widths: tuple[int, ...] = (32,)
    narrow: tuple[int, ...] = (4,)
    lr: float = 1e-2
    updates: int = 300


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train the nets of each seed on examples of their own.

    `runs`: seed, arm; means over the nets of train_loss and test_loss (nats), train_accuracy (on the labels that were
    shown) and test_accuracy after the last update; variance, of the probabilities over the nets; bias, the squared
    distance of the mean probabilities from the labels, summed over the classes, less the share of the variance in it.
    `curves`: seed, arm, step (update), the means of losses and accuracies.
    """
    from hw1.measures.probabilities import probabilities_at

    draw = streams_of(run)
    nets, of_nets = members_of(seeds, setting.members), streams_of_members(draw)
    drawn = setting.problem(seeds, draw)
    data = _shown(setting, drawn, nets, of_nets, noise=setting.noise if arm.startswith("noisy") else 0.0)
    widths = setting.narrow if arm.endswith("narrow") else setting.widths
    found = fit(setting, data, seeds=nets, draw=of_nets, device=device, widths=widths)
    p = probabilities_at(found.stack, found.stack.place(data.x_test))
    bias, variance = _bias_and_variance(p.reshape(len(seeds), setting.members, *p.shape[1:]), drawn.y_test)
    return averaged(found, seeds).tables(arm, bias=bias, variance=variance)


def _shown(setting: Setting, drawn: Problem, nets: Sequence[Member], draw: Draw, *, noise: float) -> Problem:
    """Examples of each net, with a share of the labels redrawn."""
    rows = subsets(setting.train, setting.shown, [draw(net, "rows") for net in nets])
    data = resampled(repeated(drawn, setting.members), rows)
    labels = zip(data.y_train, nets, strict=True)
    return replace(data, y_train=np.stack([corrupt(y, noise, CLASSES, draw(net, "labels"))[0] for y, net in labels]))


def _bias_and_variance(
    p: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of probabilities (seeds, members, n, classes) around labels (seeds, n): squared bias and variance, unbiased."""
    if p.shape[1] < 2:
        raise ValueError(f"members={p.shape[1]} has no variance. Use at least 2.")
    variance = p.var(1, ddof=1).sum(-1).mean(1)
    apart = (p.mean(1) - np.eye(p.shape[-1])[labels]) ** 2
    return apart.sum(-1).mean(1) - variance / p.shape[1], variance


@assay("learned true labels with both widths (test_accuracy at least 10 points above chance)")
def both_learn(tables: Tables) -> PerSeed:
    """Nets that say the same of every image have no variance, whatever they saw."""
    # At least 0.63 on 96 development seeds.
    return learned(tables, "narrow", "wide")


@assay("learned with both widths from partly wrong labels (test_accuracy at least 10 points above chance)")
def both_learn_from_noise(tables: Tables) -> PerSeed:
    """Nets that say the same of every image have no variance, whatever they saw."""
    # At least 0.48 on 96 development seeds.
    return learned(tables, "noisy_narrow", "noisy_wide")


wrong_labels = arms_control(
    "wrong_labels", "A fifth of the labels is redrawn.", {"narrow": "noisy_narrow", "wide": "noisy_wide"}
)
equal_widths = arms_control("equal_widths", "All nets are narrow.", {"wide": "narrow", "noisy_wide": "noisy_narrow"})
ONE_TIER = "digits are the data of the laptop's tier; the source has MNIST and CIFAR-10"


@claim(
    source="the belief, after Geman et al. 1992, doi:10.1162/neco.1992.4.1.1",
    control=wrong_labels,
    assay=both_learn,
    expect="refuted",
    tiers=("fast",),
    because="wide nets that fit true labels agree on test images, whichever examples they saw; narrow ones do not",
)
def wider_nets_have_more_variance(tables: Tables) -> Score:
    """On digits, nets of 32 units have at least 1.2 times the variance of nets of 4."""
    return less(tables["runs"], "variance", arm="narrow", than="wide", factor=1.2)


@claim(
    source="Neal et al., arXiv:1810.08591, abstract",
    control=equal_widths,
    assay=both_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def variance_falls_with_the_width(tables: Tables) -> Score:
    """On digits, nets of 32 units have at most half of the variance of nets of 4."""
    return less(tables["runs"], "variance", arm="wide", than="narrow", factor=2)


@claim(
    source="the condition under which the belief looks right, see Limits",
    control=equal_widths,
    assay=both_learn_from_noise,
    tiers=("fast",),
    because=ONE_TIER,
)
def with_wrong_labels_wider_nets_have_more_variance(tables: Tables) -> Score:
    """On digits of which a fifth of the labels is redrawn, nets of 32 units have at least 1.2 times the variance of
    nets of 4.
    """
    return less(tables["runs"], "variance", arm="noisy_narrow", than="noisy_wide", factor=1.2)


def figure_variance(tables: Tables) -> Figure:
    """Variance, squared bias and test accuracy."""
    labels = {"variance": "variance", "bias": "squared bias", "test_accuracy": "accuracy on test images"}
    runs = tables["runs"]
    return Figure(
        title="Bias and variance of narrow and wide nets",
        caption="With true labels variance and bias both fall with the width; where a fifth of the labels is wrong, "
        "and wide nets learn them by heart, the variance grows and the bias falls all the same. Points: seeds.",
        panels=tuple(every_seed(runs, metric, label, arms=ARMS, x_label="nets") for metric, label in labels.items()),
    )
