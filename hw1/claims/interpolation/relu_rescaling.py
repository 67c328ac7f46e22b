"""Sharpness is not a property of the function: rescaled ReLU layers.

Belief  Sharp minima generalise worse, and how sharp a minimum is can be read off its Hessian.
Source  Against it Dinh, Pascanu, S. Bengio, Y. Bengio, ICML 2017, arXiv:1703.04933: the weights into a ReLU layer times
        c, those out of it divided by c, make the same function, as sharp as one likes.
Here    600 of the 8 x 8 digits and 500 to test on, drawn for each seed; two hidden layers of 32 ReLU units, SGD with
        momentum at .1 with cosine decay, batches of 50, 15 epochs. Then the first hidden layer's activations are
        multiplied by 10. Sharpness is the largest eigenvalue of the training loss's Hessian; beside it the rise of the
        training loss a quarter of the weights' length away, in 10 random directions that have the length of each row of
        weights (Li et al., NeurIPS 2018, arXiv:1712.09913).
        `full`: CIFAR-10, three layers of 512.
Limits  Exact for ReLU nets only, and in floating point up to rounding (a factor of 8 leaves every bit). The eigenvalue
        is a maximum over directions; relative rises are a mean over random ones, and invariant by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.claims.interpolation._flatness import DISTANCE, largest_curvature, relative_rise
from hw1.claims.interpolation._line import AT_ONCE, METRICS, Solving, measured, solve
from hw1.figures import Figure, every_seed
from hw1.registry import arms_control, assay, claim, no_assay
from hw1.statistics import Score, below, less, within
from hw1.streams import streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from hw1.measures.matching import Layer

REVISION = 2
ARMS = ("as_trained", "rescaled", "one_side_only")


@dataclass(frozen=True, kw_only=True)
class Setting(Solving):
    """Data, net and training."""

    data: str = "digits"
    widths: tuple[int, ...] = (32, 32)
    epochs: int = 15
    factor: float = 10.0  # of the first hidden layer's activations
    curved: int | None = None  # training examples whose loss the Hessian is of, the first ones; None for all


FAST = Setting()
FULL = FAST.on_cifar10(curved=5_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed, and rescale it in the arms of that name.

    `runs`: seed, arm; sharpness (the largest eigenvalue, nats per squared unit of weight), relative_rise (of the
    training loss, nats); change, the largest difference of an output on test data to the net as trained, relative to
    the largest output; train_loss, train_accuracy, test_loss and test_accuracy.
    """
    from hw1.measures.matching import layers_of, weights_of
    from hw1.training import outputs_of

    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    nets, _ = solve(setting, data, seeds, draw, layers=True, device=device)
    x_test = nets.place(data.x_test)
    before = outputs_of(nets, x_test, at_once=AT_ONCE).flatten(1)
    nets.load(weights_of([_scaled(net, setting.factor, arm) for net in layers_of(nets, nets.flat)], nets))
    after = outputs_of(nets, x_test, at_once=AT_ONCE).flatten(1)
    columns = {
        "sharpness": largest_curvature(nets, data, seeds, draw, setting.curved),
        "relative_rise": relative_rise(nets, data, seeds, draw),
        "change": ((after - before).abs().amax(1) / before.abs().amax(1)).cpu().numpy(),
        **dict(zip(METRICS, measured(nets, data)(nets).cpu().numpy().T, strict=True)),
    }
    return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, **columns})})


def _scaled(net: "list[Layer]", factor: float, arm: str) -> "list[Layer]":
    from hw1.measures.matching import Layer, rescaled

    if arm == "rescaled":
        return rescaled(net, factor)
    into = net[0]
    return [Layer(into.weight * factor, into.bias * factor), *net[1:]] if arm == "one_side_only" else net


@assay("trained (train_loss of as_trained below half of ln 10)")
def trained(tables: Tables) -> PerSeed:
    """What is sharp or flat is a solution."""
    # At most 0.02 nats on 36 development seeds; half of ln 10 is 1.15.
    return loss_below(0.5, tables["runs"], "as_trained")


one_side_only = arms_control(
    "one_side_only",
    "Weights into the layer are multiplied and those out of it are not divided.",
    {"rescaled": "one_side_only"},
)


@claim(
    source="Dinh et al. 2017, arXiv:1703.04933, definition 5",
    control=one_side_only,
    assay=no_assay("an identity of ReLU layers, whatever their weights"),
)
def rescaled_relu_layers_compute_the_same(tables: Tables) -> Score:
    """Ten times the activations of a ReLU layer and a tenth of the weights out of it change no output on test data by
    more than a ten-thousandth of the largest one.
    """
    return below(tables["runs"], "change", arm="rescaled", value=1e-4)


as_trained = arms_control("as_trained", "Nothing is rescaled.", {"rescaled": "as_trained"})


@claim(source="Dinh et al. 2017, arXiv:1703.04933, theorem 4", control=as_trained, assay=trained)
def rescaled_relu_layers_are_sharper(tables: Tables) -> Score:
    """The same function, its first ReLU layer times ten and the second divided by ten, has at least ten times the
    largest eigenvalue of the training loss's Hessian.
    """
    return less(tables["runs"], "sharpness", arm="as_trained", than="rescaled", factor=10)


@claim(
    source="Li et al. 2018, arXiv:1712.09913, section 4 (filter normalization)", control=one_side_only, assay=trained
)
def relative_flatness_survives_rescaling(tables: Tables) -> Score:
    """A quarter of the weights' length away, row by row, the training loss of the rescaled net has risen as that of the
    net as trained, within .0005 nats.
    """
    return within(tables["runs"], "relative_rise", arm="rescaled", target="as_trained", margin=5e-4)


def figure_sharpness(tables: Tables) -> Figure:
    """Change of the function, sharpness and relative flatness of every seed."""
    runs = tables["runs"].assign(change=tables["runs"]["change"].clip(lower=1e-8))
    labels = {
        "change": "change of the outputs (share)",
        "sharpness": "largest eigenvalue (nats/unit²)",
        "relative_rise": "rise of the loss nearby (nats)",
    }
    return Figure(
        title="One function, two sharpnesses",
        caption="Each point is a net. Largest change of an output on test data, as a share of the largest output (no "
        "change at all is drawn at 1e-8); largest eigenvalue of the training loss's Hessian; rise of the training loss "
        f"in random directions, {DISTANCE} of the weights' length away, row by row. Rescaling leaves the function and "
        "the relative flatness as they are and multiplies the eigenvalue.",
        panels=tuple(
            every_seed(runs, metric, label, arms=ARMS, x_label="first hidden layer", y_log=True)
            for metric, label in labels.items()
        ),
    )
