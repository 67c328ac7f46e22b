"""What reports plot in the place of sensitivity: a batch's mean differentiated, and gradients of fitted points.

Belief  Sensitivity falls as 1/B, or peaks at a batch size and drops.
Source  Public copies of NTU MLDS 2018, homework 1-3: three with a gradient at the inputs differentiate the mean loss of
        a batch of B and keep a power of B (1/B, 1/B^2, 1/sqrt(B)); eight of eleven others plot the gradient of the
        last minibatch in the weights, three of them with a peak.
Here    The nets of `batch_size`, with 512 examples of MNIST-1D, before any training: the gradient of the mean loss of
        batches of 8 to 512 at the inputs. The peaks are claims about the tables of `batch_size`.
        `full`: CIFAR-10, 512-512 units, the same sizes of 512 images.
Limits  Where the peaks lie depends on how far each batch size has come: at 30 epochs and a rate of 0.1 at 16 (weights)
        and 32 (training inputs), in the claims' sentences. Under a rate in proportion to the batch size the last
        minibatch's gradient has no peak, it falls (2.8 to 0.7 in the median of 96 development seeds).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hw1.claims.sensitivity._assays import smallest_batch_trained
from hw1.claims.sensitivity._fit import FIXED
from hw1.claims.sensitivity._reading import at, log2, one_size
from hw1.figures import Figure, panels_over
from hw1.registry import claim, no_assay, table_control
from hw1.settings import Dense
from hw1.statistics import Score, below, peak
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 3
ARMS = tuple(f"size_{i}" for i in range(1, 8))
PLACE = "the place of the peak is a constant from development seeds, which the full tier does not have"


@dataclass(frozen=True, kw_only=True)
class Setting(Dense):
    """Data, net and batch sizes."""

    data: str = "mnist1d"
    train: int = 512  # the points
    test: int = 2_000  # not measured; MNIST-1D draws them with the others
    widths: tuple[int, ...] = (64, 64)
    batches: tuple[int, ...] = (8, 16, 32, 64, 128, 256, 512)  # divisors of the number of points
    stack: int = 12


FAST = Setting()
FULL = replace(FAST, data="cifar10", test=512, widths=(512, 512))


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Differentiate the loss of untrained nets, one per seed, at its training inputs.

    `runs`: seed, arm; batch; each_point, mean norm of the gradient of each point's own loss at its input (nats per unit
    of input); batch_mean, the same of the mean loss of batches of this size.
    """
    from hw1.measures.sensitivity import batch_mean_gradient_norms, input_gradient_norms, logits
    from hw1.training import stack

    draw, batch = streams_of(run), setting.batches[ARMS.index(arm)]
    data = setting.problem(seeds, draw)
    nets = stack(setting.nets(data, seeds, draw), device)
    x, y = nets.place(data.x_train), nets.place(data.y_train)
    norms = {
        "each_point": input_gradient_norms(logits(nets), x, y),
        "batch_mean": batch_mean_gradient_norms(logits(nets), x, y, batch),
    }
    means = {name: values.mean(1).cpu().numpy() for name, values in norms.items()}
    return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "batch": batch, **means})})


@table_control
def of_each_point(tables: Tables) -> Tables:
    """The gradient of each point's own loss in the place of the batch's mean."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(batch_mean=runs["each_point"]))


@claim(
    source="3 public copies of NTU MLDS 2018 homework 1-3: 1/B, 1/B^2 and 1/sqrt(B)",
    control=of_each_point,
    assay=no_assay("a rule of differentiation, seen on nets before any training"),
)
def differentiating_a_batch_mean_divides_by_its_size(tables: Tables) -> Score:
    """On untrained nets the input gradient of a batch's mean loss is that of each point divided by the size of the
    batch: times B it is the same for all seven sizes, to one part in ten thousand.
    """
    runs = tables["runs"]
    error = np.abs(runs["batch_mean"] * runs["batch"] / runs["each_point"] - 1)
    worst = runs.assign(error=error).groupby("seed", as_index=False)["error"].max()  # all sizes must agree
    return below(worst.assign(arm="all_sizes"), "error", arm="all_sizes", value=1e-4)


@claim(
    source="8 of 11 public copies of NTU MLDS 2018 homework 1-3 plot this as sensitivity, 3 of them with a peak",
    control=one_size,
    assay=smallest_batch_trained,
    experiment="batch_size",
    tiers=("fast",),
    because=PLACE,
)
def the_last_minibatchs_gradient_peaks(tables: Tables) -> Score:
    """At equal epochs and a fixed learning rate the gradient of the last minibatch in the weights is larger at batch
    size 16 than at both ends, by a factor of the root of two: the peak that is shown as that of sensitivity.
    """
    frame = log2(at(tables, "epochs"), "minibatch_gradient")
    return peak(frame, "minibatch_gradient", levels=FIXED, at="fixed_2", by=0.5)


@claim(
    source="public copies of NTU MLDS 2018 homework 1-3 that differentiate the loss at training points",
    control=one_size,
    assay=smallest_batch_trained,
    experiment="batch_size",
    tiers=("fast",),
    because=PLACE,
)
def the_input_gradient_at_training_points_peaks(tables: Tables) -> Score:
    """At equal epochs and a fixed learning rate the gradient of the loss at training inputs is at least twice as large
    at batch size 32 as at both ends: small where the points are fitted, and where nothing is.
    """
    frame = log2(at(tables, "epochs"), "train_gradient")
    return peak(frame, "train_gradient", levels=FIXED, at="fixed_3", by=1.0)


@table_control
def of_the_minibatch(tables: Tables) -> Tables:
    """The gradient of the last minibatch in the weights stands in the place of the Jacobian."""
    stops = tables["stops"]
    return tables.replaced(stops=stops.assign(logit_jacobian=stops["minibatch_gradient"]))


@claim(
    source="the peak in 3 public copies of NTU MLDS 2018 homework 1-3, all of them of gradients in the weights",
    control=of_the_minibatch,
    assay=smallest_batch_trained,
    expect="refuted",
    because="the Jacobian at test points falls from the smallest batch on: the peak belongs to another gradient",
    experiment="batch_size",
    tiers=("fast",),
)
def sensitivity_peaks_where_the_last_minibatchs_gradient_does(tables: Tables) -> Score:
    """At equal epochs and a fixed learning rate the Jacobian of the logits at test points is larger at batch size 16
    than at both ends.
    """
    frame = log2(at(tables, "epochs"), "logit_jacobian")
    return peak(frame, "logit_jacobian", levels=FIXED, at="fixed_2", direction_only=True)


def figure_batch_mean(tables: Tables) -> Figure:
    """Both gradients over the batch size."""
    names = {"each_point": "of each point's loss", "batch_mean": "of the batch's mean loss"}
    frame = tables["runs"].rename(columns=names).melt(["seed", "batch"], [*names.values()], "arm", "norm")
    label = {"norm": "norm of the gradient at the inputs (nats per unit)"}
    return Figure(
        title="A sensitivity that falls as 1/B without any training",
        caption="Untrained nets, median and quartiles over the seeds.",
        panels=panels_over(
            frame, label, arms=[*names.values()], x="batch", x_label="batch size", x_log=True, logs=("norm",)
        ),
    )
