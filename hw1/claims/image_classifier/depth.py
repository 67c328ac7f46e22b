"""Deep against shallow convolutional nets of equal size, on data that are hard to fit and on digits.

Belief  At equal parameters, a deeper convolutional net reaches a higher training accuracy.
Source  NTU MLDS 2018 homework 1-1 ("deep vs shallow, actual tasks"): on CIFAR-10 4 of 4 public reports with nets of
        equal size, by 4 to 19 points; on MNIST 2 say so, 2 see no difference, 2 the reverse.
Here    Three convolutions against one, each followed by ReLU and max-pooling, one dense layer. Hard: 2,000 examples of
        MNIST-1D, made anew for each seed, filters of width 5, 3 x 15 filters (3,130 parameters) against 15 (3,100),
        Adam at 0.01 with cosine decay, 15 epochs of batches of 50. Easy: 600 of scikit-learn's 8 x 8 digits, drawn
        anew, filters of 3 x 3, 3 x 12 (2,866) against 17 (2,900), Adam at 0.005, 20 epochs.
        `full`: hard is CIFAR-10, with 3 x 50 filters (54,510) against 21 (54,358), Adam at 1e-3, 30 epochs of batches
        of 128; the reports have 9,000 to 1,250,000 parameters.
Limits  Training accuracy, at the end of this budget. One convolution with one halving leaves its dense layer most of
        the parameters; that is what equal size means here, as in the reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.claims.image_classifier._figures import after_training, best_and_last
from hw1.claims.image_classifier._fit import Training, fit, tabled
from hw1.data import CLASSES, SHAPES
from hw1.figures import LEARNING, Figure, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 2
ARMS = ("deep_hard", "shallow_hard", "deep_easy", "shallow_easy")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, nets and training of the hard task, and where the easy one differs."""

    data: str = "mnist1d"
    train: int = 2_000
    test: int = 1_000
    kernel: int = 5
    budget: int = 3_100  # parameters
    batch: int = 50
    epochs: int = 15
    lr: float = 1e-2
    easy_data: str = "digits"
    easy_train: int = 600
    easy_test: int = 700
    easy_kernel: int = 3
    easy_budget: int = 2_900
    easy_batch: int = 50
    easy_epochs: int = 20
    easy_lr: float = 5e-3
    easy_schedule: str = "cosine"
    deep: int = 3  # convolutions
    shallow: int = 1


FAST = Setting()
FULL = replace(
    FAST, data="cifar10", train=50_000, test=10_000, kernel=3, budget=54_000, batch=128, epochs=30, every=1, lr=1e-3,
    schedule="constant", stack=2,
)  # fmt: skip


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on its own examples; `runs` and `curves` are described in `tabled`."""
    from hw1.nets.convolutional import Cnn, with_filters

    net, _, task = arm.partition("_")
    here, draw = setting if task == "hard" else _easy(setting), streams_of(run)
    cnn = Cnn(inputs=SHAPES[here.data], outputs=CLASSES, filters=(), kernel=here.kernel)
    cnn = with_filters(cnn, here.budget, depth=getattr(here, net))
    data = here.problem(seeds, draw)
    return tabled(fit(here, cnn, data, seeds=seeds, draw=draw, device=device), here, arm)


def _easy(setting: Setting) -> Setting:
    """The same with each field that has an easy one in that one's place."""
    own = {name.removeprefix("easy_"): value for name, value in vars(setting).items() if name.startswith("easy_")}
    return replace(setting, **own)


@assay("trained on hard data (train_loss of deep_hard and shallow_hard below three quarters of ln 10)")
def trained_on_hard_data(tables: Tables) -> PerSeed:
    """Neither net is one that never left its start."""
    # At most 0.71 nats on 36 development seeds; three quarters of ln 10 are 1.73.
    return loss_below(0.75, tables["runs"], "deep_hard", "shallow_hard")


@assay("trained on easy data (train_loss of deep_easy and shallow_easy below three quarters of ln 10)")
def trained_on_easy_data(tables: Tables) -> PerSeed:
    """Neither net is one that never left its start."""
    # At most 0.19 nats on 36 development seeds.
    return loss_below(0.75, tables["runs"], "deep_easy", "shallow_easy")


equal_depth = arms_control(
    "equal_depth", "The shallow net takes the place of the deep one.", {"deep_hard": "shallow_hard"}
)


@claim(
    source="NTU MLDS 2018 homework 1-1, CIFAR-10: 4 of 4 public reports at equal size",
    control=equal_depth,
    assay=trained_on_hard_data,
)
def deeper_cnns_fit_hard_data_better(tables: Tables) -> Score:
    """At equal parameters, three convolutions reach a training accuracy that is at least 2 points higher than that of
    one, on data that are hard to fit (MNIST-1D; in `full` CIFAR-10).
    """
    return less(tables["runs"], "train_accuracy", arm="shallow_hard", than="deep_hard", by=0.02)


on_hard_data = arms_control(
    "on_hard_data", "The same nets on hard data.", {"deep_easy": "deep_hard", "shallow_easy": "shallow_hard"}
)


@claim(
    source="NTU MLDS 2018 homework 1-1, MNIST: 2 of 6 public reports",
    control=on_hard_data,
    assay=trained_on_easy_data,
    expect="refuted",
    because="one convolution fits the digits to the last, and nothing is left for depth to improve",
    p0=0.75,
)
def deeper_cnns_fit_digits_better(tables: Tables) -> Score:
    """On three seeds in four, at equal parameters three convolutions reach a training accuracy on digits that is at
    least half a point higher than that of one.
    """
    return less(tables["runs"], "train_accuracy", arm="shallow_easy", than="deep_easy", by=0.005)


def figure_curves(tables: Tables) -> Figure:
    """Accuracy and loss over epochs, on training and on test data, for both tasks."""
    pairs = {task: (f"deep_{task}", f"shallow_{task}") for task in ("hard", "easy")}
    panels = [panels_over(tables["curves"], LEARNING, arms=pair, title=task) for task, pair in pairs.items()]
    caption = "Three convolutions against one. Lines: medians over the seeds; bands: quartiles."
    return Figure(title="Deep and shallow at equal parameters", caption=caption, panels=tuple(chain(*panels)))


def figure_ends(tables: Tables) -> Figure:
    """Where every seed ends."""
    panels = after_training(tables, LEARNING, arms=ARMS, x_label="net and task")
    return Figure(title="After the last epoch, at equal parameters", caption="Each point is a run.", panels=panels)


def figure_best(tables: Tables) -> Figure:
    """The best epoch against the last."""
    return best_and_last(tables, ARMS)
