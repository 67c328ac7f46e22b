"""Convolution against dense and linear nets, and what is left of it when the pixels are moved.

Belief  A convolutional net classifies images better than a dense net of the same size, because neighbours in an image
        belong together and a shape may lie anywhere; and it needs its nonlinearity.
Source  LeCun, Bottou, Bengio, Haffner 1998, Proc. IEEE 86:2278, section II-A; Greydanus and Kobak, ICML 2024,
        arXiv:2011.14439, figure 2 (test accuracy on MNIST-1D: 94 % CNN, 68 % dense, 32 % linear; with shuffled
        positions 56, 68 and 32 %).
Here    2,000 examples of MNIST-1D and 1,000 to test on, made anew for each seed: two convolutions of 16 filters of
        width 5 with ReLU and max-pooling and a dense layer (3,002 parameters) against one hidden layer of 59 units
        (3,019) and a linear model (410). Adam at 0.01 with cosine decay, 16 epochs of batches of 50. The same with one
        permutation of the positions for all examples of a seed.
        `full`: CIFAR-10, net and training of TensorFlow's tutorial (122,570 parameters, 10 epochs), see `published`.
Limits  Half of the published number of examples, so accuracies are lower. Two hidden layers of 35 are worse than one
        of 59 at this size (46 against 54 %), and no dense net of 3,000 parameters reaches the published 68 %. Moving
        the positions does not leave the convolutional net without anything: it still has its pooling and as many
        parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.claims._yardsticks import CHANCE, PerSeed, better_than_chance, loss_below
from hw1.claims.image_classifier._figures import best_and_last, confusion, filters
from hw1.claims.image_classifier._fit import Convolutional, fit, tabled
from hw1.data import CLASSES, Problem
from hw1.figures import Figure, every_seed, learning_panels
from hw1.registry import Published, arms_control, assay, claim, trained_control
from hw1.registry.assays import least
from hw1.statistics import Score, less, within
from hw1.streams import Draw, streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from hw1.training import Stack

REVISION = 2
ARMS = ("cnn", "dense", "linear", "cnn_permuted", "dense_permuted", "cnn_identity")


@dataclass(frozen=True, kw_only=True)
class Setting(Convolutional):
    """Data, nets and training."""

    data: str = "mnist1d"
    train: int = 2_000
    test: int = 1_000
    filters: tuple[int, ...] = (16, 16)
    kernel: int = 5
    depth: int = 1  # hidden layers of the dense net of the same size
    activation: str = "relu"
    halving: str = "max"
    batch: int = 50
    epochs: int = 16
    every: int = 4
    lr: float = 1e-2
    stack: int = 6  # its convolutions take 0.24 s per seed and 4 epochs, 0.29 with 12 side by side


FAST = Setting()
FULL = FAST.published()
PUBLISHED = {
    "convolution_beats_a_dense_net_of_its_size": Published(0.26, 0.26, "figure 2 (94 and 68 %, at other sizes)"),
    "convolution_beats_a_linear_model": Published(0.62, 0.62, "figure 2 (94 and 32 %)"),
}


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on its own examples; `runs` and `curves` are described in `tabled`.

    Arrays: `confusion`, shares of the test examples by true and by predicted class, (seeds, 10, 10); `filters` of the
    first convolution of the arm cnn, (seeds, filters, channels, height, width).
    """
    from hw1.nets.convolutional import dense_twin

    kind, _, change = arm.partition("_")
    draw, cnn = streams_of(run), setting.cnn(halving=setting.halving, activation=setting.activation)
    nets = {"cnn": cnn, "dense": dense_twin(cnn, depth=setting.depth), "linear": replace(cnn, filters=(), widths=())}
    net = replace(nets[kind], activation="identity") if change == "identity" else nets[kind]
    data = setting.problem(seeds, draw)
    data = _permuted(data, seeds, draw) if change == "permuted" else data
    found = fit(setting, net, data, seeds=seeds, draw=draw, device=device)
    arrays = {"confusion": _confusion(found.stack, data)}
    if arm == "cnn":
        first = next(leaf for leaf in found.stack.leaves.values() if leaf.ndim == 5)
        arrays["filters"] = first.detach().cpu().numpy()
    return Tables(tabled(found, setting, arm), {name: {arm: array} for name, array in arrays.items()})


def _permuted(data: Problem, seeds: Sequence[int], draw: Draw) -> Problem:
    """The positions of all examples of a seed moved by one permutation."""
    orders = np.stack([draw(seed, "pixels").permutation(data.x_train.shape[-1]) for seed in seeds])
    x_train, x_test = (np.take_along_axis(x, orders[:, None], axis=2) for x in (data.x_train, data.x_test))
    return replace(data, x_train=x_train, x_test=x_test)


def _confusion(stack: "Stack", data: Problem) -> NDArray[np.float64]:
    from hw1.training import outputs_of

    pairs = data.y_test * CLASSES + outputs_of(stack, stack.place(data.x_test)).argmax(-1).cpu().numpy()
    counts = np.stack([np.bincount(row, minlength=CLASSES**2) for row in pairs])
    shares: NDArray[np.float64] = counts.reshape(-1, CLASSES, CLASSES) / pairs.shape[1]
    return shares


@assay("trained (train_loss of cnn and dense below three quarters of ln 10)")
def both_nets_trained(tables: Tables) -> PerSeed:
    """A net that never left its start is no rival, and no loser."""
    # At most 0.86 nats on 36 development seeds; three quarters of ln 10 are 1.73.
    return loss_below(0.75, tables["runs"], "cnn", "dense")


@assay("trained (train_loss of cnn and linear below nine tenths of ln 10)")
def the_linear_model_trained(tables: Tables) -> PerSeed:
    """A linear model cannot get as far as the nets, even on its training examples."""
    # At most 1.63 nats on 36 development seeds, and 37 to 39 % right on CIFAR-10; nine tenths of ln 10 are 2.07.
    return loss_below(0.9, tables["runs"], "cnn", "linear")


@assay(
    "trained all four nets (train_loss below three quarters of ln 10) and learned with the positions as they are "
    "(test_accuracy of cnn at least 10 points above chance)"
)
def an_advantage_could_be_lost(tables: Tables) -> PerSeed:
    """Nothing that never trained has lost an advantage by the permutation."""
    # At most 1.17 nats, and at least 0.75 right, on 36 development seeds.
    nets = loss_below(0.75, tables["runs"], "cnn", "dense", "cnn_permuted", "dense_permuted")
    return least(nets, better_than_chance(tables["runs"], "cnn"))


@assay("learned (test_accuracy of dense at least 10 points above chance)")
def dense_nets_learned(tables: Tables) -> PerSeed:
    """Two nets at chance agree, too."""
    # 0.48 to 0.56 on 36 development seeds.
    return better_than_chance(tables["runs"], "dense")


@assay("trained (train_loss of cnn and cnn_identity below three quarters of ln 10)")
def both_activations_trained(tables: Tables) -> PerSeed:
    """Without ReLU a net is worse, and still one that was trained."""
    # At most 0.65 nats on 36 development seeds.
    return loss_below(0.75, tables["runs"], "cnn", "cnn_identity")


positions_permuted = arms_control(
    "positions_permuted",
    "Both nets see the positions of all examples moved by one permutation: no neighbour is one.",
    {"cnn": "cnn_permuted", "dense": "dense_permuted"},
)


@claim(
    source="LeCun et al. 1998, Proc. IEEE 86:2278; Greydanus and Kobak 2024, arXiv:2011.14439, figure 2",
    control=positions_permuted,
    assay=both_nets_trained,
)
def convolution_beats_a_dense_net_of_its_size(tables: Tables) -> Score:
    """At equal parameters, a convolutional net is at least 10 points more accurate on test data than a dense one."""
    return less(tables["runs"], "test_accuracy", arm="dense", than="cnn", by=0.1)


@trained_control
def a_linear_cnn(setting: Setting) -> Setting:
    """Average pooling and no activation: the convolutional net is a linear model, too."""
    return replace(setting, activation="identity", halving="average")


@claim(
    source="Greydanus and Kobak 2024, arXiv:2011.14439, figure 2 (94 and 32 %)",
    control=a_linear_cnn,
    assay=the_linear_model_trained,
)
def convolution_beats_a_linear_model(tables: Tables) -> Score:
    """A convolutional net is at least 20 points more accurate on test data than a linear model."""
    return less(tables["runs"], "test_accuracy", arm="linear", than="cnn", by=0.2)


nothing_permuted = arms_control(
    "nothing_permuted", "No positions are permuted.", {"cnn_permuted": "cnn", "dense_permuted": "dense"}
)


@claim(
    source="Greydanus and Kobak 2024, arXiv:2011.14439, figure 2 (26 points and -12)",
    control=nothing_permuted,
    assay=an_advantage_could_be_lost,
)
def the_advantage_of_convolution_is_locality(tables: Tables) -> Score:
    """With one fixed permutation of the positions of all images, at least half of the convolutional net's advantage
    over the dense one in test accuracy is gone.
    """
    runs = tables["runs"].pivot(index="seed", columns="arm", values="test_accuracy")
    if missing := {"cnn", "dense", "cnn_permuted", "dense_permuted"} - set(runs):
        raise ValueError(f"the table has no arm {', '.join(sorted(missing))}, and an advantage takes all four")
    kept, permuted = runs["cnn"] - runs["dense"], runs["cnn_permuted"] - runs["dense_permuted"]
    halves = {"permuted": permuted, "half of kept": kept / 2}
    frame = pd.concat([pd.DataFrame({"seed": v.index, "arm": arm, "advantage": v}) for arm, v in halves.items()])
    return less(frame, "advantage", arm="permuted", than="half of kept", direction_only=True)


convolution_for_dense = arms_control(
    "convolution_for_dense",
    "The convolutional net in the place of the dense one: it knows where the positions were.",
    {"dense": "cnn", "dense_permuted": "cnn_permuted"},
)


@claim(
    source="Greydanus and Kobak 2024, arXiv:2011.14439, figure 2 (68 and 68 %)",
    control=convolution_for_dense,
    assay=dense_nets_learned,
)
def a_dense_net_does_not_see_a_permutation(tables: Tables) -> Score:
    """With one fixed permutation of the positions of all images, a dense net's test accuracy stays within 10 points."""
    return within(tables["runs"], "test_accuracy", arm="dense_permuted", target="dense", margin=0.1)


equal_activations = arms_control(
    "equal_activations", "The net with ReLU takes the place of the one without.", {"cnn_identity": "cnn"}
)


@claim(
    source="NTU MLDS 2018 homework 1-1 (activation functions); LeCun et al. 1998",
    control=equal_activations,
    assay=both_activations_trained,
)
def the_nonlinearity_is_needed(tables: Tables) -> Score:
    """Without ReLU, and with max-pooling as it is, the convolutional net is at least 5 points less accurate on test
    data.
    """
    # Max-pooling is a nonlinearity, too: without ReLU it still leaves the linear model (30 %) far behind.
    return less(tables["runs"], "test_accuracy", arm="cnn_identity", than="cnn", by=0.05)


def figure_accuracy(tables: Tables) -> Figure:
    """Accuracy and loss over epochs, on training and on test data."""
    return _curves("Convolutional, dense and linear", tables, ("cnn", "dense", "linear", "cnn_identity"))


def figure_permuted(tables: Tables) -> Figure:
    """The same when all positions are permuted."""
    arms = ("cnn", "cnn_permuted", "dense", "dense_permuted")
    return _curves("With one permutation for all images", tables, arms, " The dense net does not see it.")


def figure_ends(tables: Tables) -> Figure:
    """Every seed's test accuracy at the end."""
    panel = every_seed(
        tables["runs"], "test_accuracy", "test accuracy after the last epoch", arms=ARMS, x_label="net and data",
        levels={"chance": CHANCE},
    )  # fmt: skip
    return Figure(title="Every seed", caption="Each point is a run.", panels=(panel,))


def figure_best(tables: Tables) -> Figure:
    """The best epoch against the last."""
    return best_and_last(tables, ARMS)


def figure_confusion(tables: Tables, setting: Setting) -> Figure:
    """How often each class is taken for each other one."""
    arms = ("cnn", "dense", "linear")
    shares = tables.arrays["confusion"]
    return Figure(
        title="Confusions",
        caption="Each row is a true class and sums to 1 in every run; shown is the median over the seeds.",
        panels=tuple(confusion(shares[arm], arm, setting.data) for arm in arms),
    )


def figure_filters(tables: Tables) -> Figure:
    """Filters of the first layer, those of the first seed."""
    return Figure(
        title="Filters of the first layer",
        caption="All filters of the convolutional net of one run, after training; they differ from run to run.",
        panels=filters(tables.arrays["filters"]["cnn"][0]),
    )


def _curves(title: str, tables: Tables, arms: Sequence[str], note: str = "") -> Figure:
    caption = f"Median and quartiles over the seeds, evaluated without dropout.{note}"
    return Figure(title=title, caption=caption, panels=learning_panels(tables["curves"], arms=arms, chance=CHANCE))
