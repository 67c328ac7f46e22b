"""Dropout and weight decay on a convolutional net.

Belief  Dropout and weight decay keep a net from fitting its training data better than others.
Source  Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, JMLR 15:1929; Krogh and Hertz, NIPS 1991 (weight
        decay keeps the weights small).
Here    500 examples of MNIST-1D and 1,000 to test on, made anew for each seed: two convolutions of 16 filters of width
        5 with ReLU and max-pooling, a hidden dense layer of 64 units and the output layer (12,362 parameters); Adam at
        0.005 with cosine decay, 30 epochs of batches of 50. Dropout leaves out half of the inputs of both dense layers
        in each update; weight decay is an L2 term of 0.01 in the gradient that Adam sees. Losses and accuracies are
        measured without dropout and without the term of weight decay.
        `full`: CIFAR-10, net and training of TensorFlow's tutorial with weight decay of 0.001, see `published`.
Limits  A gap between training and test data is not a test result: at this budget both restraints cost test accuracy
        (53.0 % without, 48.6 with dropout, 47.8 with decay; medians of 96 development seeds), while they lower the
        test loss (1.34, 1.27 and 1.32 nats). At a third of this decay the norm falls by a fifth and the accuracy gap
        hardly moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hw1.claims._yardsticks import PerSeed, better_than_chance, loss_below
from hw1.claims.image_classifier._figures import after_training, best_and_last
from hw1.claims.image_classifier._fit import Convolutional, fit, tabled
from hw1.figures import Figure, learning_panels
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 2
ARMS = ("plain", "dropout", "weight_decay")


@dataclass(frozen=True, kw_only=True)
class Setting(Convolutional):
    """Data, net and training."""

    data: str = "mnist1d"
    train: int = 500
    test: int = 1_000
    filters: tuple[int, ...] = (16, 16)
    kernel: int = 5
    dense: tuple[int, ...] = (64,)
    dropout: float = 0.5  # of the inputs of both dense layers
    weight_decay: float = 1e-2  # L2 term of the gradient, under Adam
    batch: int = 50
    epochs: int = 30
    every: int = 6
    lr: float = 5e-3


FAST = Setting()
FULL = replace(FAST.published(), weight_decay=1e-3)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on its own examples; `runs` and `curves` are described in `tabled`.

    In `runs` also norm, the Euclidean norm of all weights and biases; loss_gap (nats) and accuracy_gap, how much better
    the net is on its training data than on test data, without dropout.
    """
    draw = streams_of(run)
    cnn = setting.cnn(dropout=setting.dropout if arm == "dropout" else 0.0)
    decay = setting.weight_decay if arm == "weight_decay" else 0.0
    data = setting.problem(seeds, draw)
    found = fit(setting, cnn, data, seeds=seeds, draw=draw, device=device, weight_decay=decay)
    tables = tabled(found, setting, arm, norm=found.stack.weights().norm(dim=1).cpu().numpy())
    gaps = {
        "loss_gap": lambda frame: frame["test_loss"] - frame["train_loss"],
        "accuracy_gap": lambda frame: frame["train_accuracy"] - frame["test_accuracy"],
    }
    return Tables({name: frame.assign(**gaps) for name, frame in tables.items()})


@assay("learned (test_accuracy of plain and dropout at least 10 points above chance)")
def learned_with_dropout(tables: Tables) -> PerSeed:
    """A gap is closed by whatever hinders all learning."""
    # 0.39 to 0.58 with dropout on 36 development seeds.
    return better_than_chance(tables["runs"], "plain", "dropout")


@assay("learned (test_accuracy of plain and weight_decay at least 10 points above chance)")
def learned_with_weight_decay(tables: Tables) -> PerSeed:
    """A gap is closed by whatever hinders all learning."""
    # 0.39 to 0.54 with weight decay on 36 development seeds.
    return better_than_chance(tables["runs"], "plain", "weight_decay")


@assay("trained (train_loss of plain and weight_decay below three quarters of ln 10)")
def trained_with_weight_decay(tables: Tables) -> PerSeed:
    """Weights that are small for want of training are no finding."""
    # At most 0.97 nats on 36 development seeds; three quarters of ln 10 are 1.73.
    return loss_below(0.75, tables["runs"], "plain", "weight_decay")


no_dropout = arms_control(
    "no_dropout", "The net without dropout takes the place of the one with it.", {"dropout": "plain"}
)


@claim(
    source="Srivastava et al. 2014, JMLR 15:1929; NTU MLDS 2018 homework 1-1",
    control=no_dropout,
    assay=learned_with_dropout,
)
def dropout_narrows_the_gap(tables: Tables) -> Score:
    """Dropout of one half on the dense layers lowers a convolutional net's training accuracy less its test accuracy,
    both measured without dropout, by at least 5 points.
    """
    return less(tables["runs"], "accuracy_gap", arm="dropout", than="plain", by=0.05)


no_weight_decay = arms_control(
    "no_weight_decay", "The net without weight decay takes the place of the one with it.", {"weight_decay": "plain"}
)


@claim(
    source='Krogh and Hertz, NIPS 1991, "A simple weight decay can improve generalization"',
    control=no_weight_decay,
    assay=trained_with_weight_decay,
)
def weight_decay_shrinks_the_weights(tables: Tables) -> Score:
    """Weight decay as an L2 term (0.01; in `full` 0.001) lowers the norm of a trained net's weights by a factor of
    1.2.
    """
    return less(tables["runs"], "norm", arm="weight_decay", than="plain", factor=1.2)


@claim(
    source='Krogh and Hertz, NIPS 1991, "A simple weight decay can improve generalization"',
    control=no_weight_decay,
    assay=learned_with_weight_decay,
)
def weight_decay_narrows_the_gap_in_loss(tables: Tables) -> Score:
    """Weight decay as an L2 term (0.01; in `full` 0.001) lowers a convolutional net's test loss less its training loss
    by at least 0.2 nats.
    """
    return less(tables["runs"], "loss_gap", arm="weight_decay", than="plain", by=0.2)


def figure_curves(tables: Tables) -> Figure:
    """Accuracy and loss over epochs, on training and on test data."""
    return Figure(
        title="Dropout and weight decay",
        caption="Median and quartiles over the seeds, evaluated without dropout. Both restraints raise the training "
        "loss and lower the test loss.",
        panels=learning_panels(tables["curves"], arms=ARMS),
    )


def figure_gap(tables: Tables) -> Figure:
    """The gap between training and test data, and the norm of the weights, at the end."""
    labels = {
        "accuracy_gap": "training less test accuracy",
        "loss_gap": "test less training loss (nats)",
        "norm": "norm of all weights",
        "test_accuracy": "test accuracy",
    }
    panels = after_training(tables, labels, arms=ARMS, x_label="restraint")
    return Figure(title="After training", caption="Each point is a run.", panels=panels)


def figure_best(tables: Tables) -> Figure:
    """The best epoch against the last."""
    return best_and_last(tables, ARMS)
