"""The gradient's norm over a training, with the loss.

Belief  The gradient's norm falls as the loss falls.
Source  NTU MLDS 2018 homework 1-2 ("visualise gradient norm and loss"): norm and loss fall together in 6 of 11 public
        reports and do not in 4, where the norm of single minibatches was recorded. Bottou, Curtis, Nocedal, SIAM Review
        60:223, 2018, arXiv:1606.04838, theorems 4.6 and 4.7 (for strongly convex losses): with a constant rate SGD
        settles at a noise floor proportional to the rate, with a falling one it does not.
Here    1,000 examples of MNIST-1D, anew for each seed; cross-entropy. Four trainings:
        `interpolating`, 40-64-64-10, Adam at 0.01, batches of 100, until the training loss is near 0; `rising`, the
        same net, SGD at 0.1, batches of 100; `constant`, a net of 16 ReLU units, which cannot fit all labels, SGD at
        0.2 with batches of 10; `decaying`, the same along a cosine to 0. 60 epochs each. Norm over the full batch at 30
        points, of every update's minibatch, and its mean over each epoch.
        `full`: 5,000 images of CIFAR-10, 3072-512-512-10, 240 epochs of the arm `interpolating`.
Limits  "The" gradient norm is three quantities: of the update's minibatch, its mean over an epoch, over the full batch.
        The first is mostly noise. The verdicts are about the full batch, but for the floor. Decay of the rate lowers
        the full gradient's norm (0.37 to 0.03) and hardly that of minibatches (2.0 to 1.7): examples go on disagreeing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy  # of which nothing is loaded before it is used

from hw1.claims.gradient_norm._assays import NATS, trained
from hw1.claims.gradient_norm._setup import Nets, evenly
from hw1.figures import Figure, Panel, every_seed, panels_over, spread
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, above, below, less, within
from hw1.streams import streams_of
from hw1.tables import Tables, curve

REVISION = 3
ARMS = ("interpolating", "rising", "constant", "decaying")


class Training(NamedTuple):
    """Net and training of an arm."""

    widths: tuple[int, ...]
    optimizer: str
    lr: float
    batch: int
    epochs: int
    schedule: str = "constant"


@dataclass(frozen=True, kw_only=True)
class Setting(Nets):
    """Data, nets and training."""

    train: int = 1_000
    widths: tuple[int, ...] = (64, 64)
    narrow: tuple[int, ...] = (16,)  # of the arms `constant` and `decaying`
    activation: str = "relu"
    batch: int = 100
    small_batch: int = 10  # of the arms `constant` and `decaying`
    epochs: int = 60
    longer: int = 1  # times as many epochs of the arm `interpolating`
    records: int = 30  # measurements over the full batch
    early: float = 0.1  # share of the training after which the norm is compared with the start
    adam: float = 0.01
    rising: float = 0.1
    noisy: float = 0.2  # rate of `constant`, and of `decaying` at its start

    def of(self, arm: str) -> Training:
        """Net and training of an arm."""
        return {
            "interpolating": Training(self.widths, "adam", self.adam, self.batch, self.epochs * self.longer),
            "rising": Training(self.widths, "sgd", self.rising, self.batch, self.epochs),
            "constant": Training(self.narrow, "sgd", self.noisy, self.small_batch, self.epochs),
            "decaying": Training(self.narrow, "sgd", self.noisy, self.small_batch, self.epochs, "cosine"),
        }[arm]


FAST = Setting()
# 5,000 images, and four times the epochs, so that the wide net can interpolate: on one development seed the loss is
# between 0.02 and 0.13 nats after 20 to 80 epochs, and 0.00008 after 90.
FULL = replace(
    FAST, data="cifar10", longer=4, train=5_000, widths=(512, 512), adam=1e-3, rising=0.02, noisy=0.02, stack=2
)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed.

    `runs`: seed, arm; loss (nats) over all training examples at the end; first_norm, early_norm, last_norm and
    largest_norm, of the gradient over the full batch (nats per unit of weight) at those of the measurements;
    last_over_largest; tau, Kendall's rank correlation of norm and loss over the measurements; third_batch_norm and
    last_batch_norm, the mean norm of minibatch gradients over the third and the last quarter of the updates; diverged.
    `curves`: seed, arm, step (epoch), loss and gradient_norm over the full batch, first_layer_norm and
    last_layer_norm.
    `epochs`: seed, arm, step (epoch), batch_loss and batch_norm, means over the updates of the epoch. Array
    `update_norms`: (seeds, updates), of each update's minibatch.
    """
    from hw1.measures.gradients import UpdateNorms, full_gradient, norms
    from hw1.training import Recipe, classify, cross_entropy, stack

    (widths, optimizer, lr, batch, epochs, schedule), draw = setting.of(arm), streams_of(run)
    updates = epochs * (setting.train // batch)
    recipe = Recipe(optimizer=optimizer, lr=lr, batch=batch, updates=updates, schedule=schedule)
    data = setting.problem(seeds, draw)
    nets = stack(setting.nets(data, seeds, draw, widths=widths), device)
    x, y = nets.place(data.x_train), nets.place(data.y_train)
    record = {"norms": lambda s: norms(s, full_gradient(s, x, y, cross_entropy, per_replica=True))}
    at, seen = evenly(updates, setting.records), UpdateNorms(nets)
    found = classify(
        nets, data, recipe, seeds=seeds, draw=draw, device=device, at=at, sets=("train",), record=record, on_update=seen
    )
    loss, (norm, first, *_, last) = found.curves["train_loss"], np.moveaxis(found.curves["norms"], 2, 0)
    measured = {"loss": loss, "gradient_norm": norm, "first_layer_norm": first, "last_layer_norm": last}
    batch_norms, batch_losses = seen.norms()[:, :, 0].cpu().numpy(), seen.losses().cpu().numpy()
    runs = {**_summary(setting, found.steps, loss, norm), **_quarters(batch_norms), "diverged": found.diverged}
    frames = {
        "runs": pd.DataFrame({"seed": list(seeds), "arm": arm, **runs}),
        "curves": curve(seeds, arm, found.steps * batch / setting.train, **measured),
        "epochs": _epochs(epochs, arm, seeds, batch_losses, batch_norms),
    }
    return Tables(frames, {"update_norms": {arm: batch_norms}})


def _summary(setting: Setting, steps: np.ndarray, loss: np.ndarray, norm: np.ndarray) -> dict[str, np.ndarray]:
    early = np.searchsorted(steps, setting.early * steps[-1])
    largest = norm.max(1)
    return {
        "loss": loss[:, -1],
        "first_norm": norm[:, 0],
        "early_norm": norm[:, early],
        "last_norm": norm[:, -1],
        "largest_norm": largest,
        "last_over_largest": np.where(np.isfinite(largest), norm[:, -1] / largest, np.inf),
        "tau": np.array([scipy.stats.kendalltau(*pair).statistic for pair in zip(norm, loss, strict=True)]),
    }


def _quarters(batch_norms: np.ndarray) -> dict[str, np.ndarray]:
    *_, third, last = np.array_split(np.where(np.isnan(batch_norms), np.inf, batch_norms), 4, axis=1)
    return {"third_batch_norm": third.mean(1), "last_batch_norm": last.mean(1)}


def _epochs(epochs: int, arm: str, seeds: Sequence[int], losses: np.ndarray, norms: np.ndarray) -> pd.DataFrame:
    updates = {"batch_loss": losses, "batch_norm": norms}
    means = {name: values.reshape(len(seeds), epochs, -1).mean(2) for name, values in updates.items()}
    finite = {name: np.where(np.isnan(values), np.inf, values) for name, values in means.items()}
    return curve(seeds, arm, np.arange(1, epochs + 1), **finite)


@assay("trained in all four ways (losses below three quarters of ln 10)")
def all_four_train(tables: Tables) -> "pd.Series[float]":
    """All arms: that the loss falls is what the norm is held against."""
    # `rising` ends highest: 0.97 to 1.11 on 12 development seeds, against 1.73; 2.3 at the start.
    return trained(tables, 0.75 * NATS, *ARMS)


@assay("interpolated (loss of interpolating below a hundredth of ln 10)")
def the_training_interpolates(tables: Tables) -> "pd.Series[float]":
    """The arm `interpolating`, whose loss goes to 0: the premise of its claims."""
    # 0.002 to 0.003 on 12 development seeds, against 0.023.
    return trained(tables, NATS / 100, "interpolating")


@assay("trained at a constant rate (loss of constant below three quarters of ln 10)")
def the_constant_rate_trains(tables: Tables) -> "pd.Series[float]":
    """The arm `constant`."""
    # 0.70 to 0.87 on 12 development seeds, against 1.73.
    return trained(tables, 0.75 * NATS, "constant")


@assay("trained at a constant and at a decaying rate (losses below three quarters of ln 10)")
def constant_and_decaying_rates_train(tables: Tables) -> "pd.Series[float]":
    """The two arms whose last norms are compared."""
    # `decaying` 0.66 to 0.82 on 12 development seeds.
    return trained(tables, 0.75 * NATS, "constant", "decaying")


all_interpolate = arms_control(
    "all_interpolate", "All trainings are the one that ends with a loss near 0.", dict.fromkeys(ARMS, "interpolating")
)


@claim(
    source="NTU MLDS 2018 homework 1-2: 6 of 11 public reports",
    control=all_interpolate,
    assay=all_four_train,
    expect="refuted",
    because="the norm follows the loss only where the loss goes to 0; under SGD at a constant rate it rises for most "
    "of the training, or stays at a floor of minibatch noise",
)
def the_norm_falls_with_the_loss_whatever_the_training(tables: Tables) -> Score:
    """In each of four trainings, which differ in the optimizer, the rate and the batch size, the full gradient's norm
    falls as the loss falls: Kendall's rank correlation over the training is above 0.3.
    """
    taus = tables["runs"].pivot(index="seed", columns="arm", values="tau")[list(ARMS)].min(axis=1)
    frame = pd.DataFrame({"seed": taus.index, "arm": "worst of four", "tau": taus.to_numpy()})
    return above(frame, "tau", arm="worst of four", value=0.3)


a_noisy_training = arms_control(
    "a_noisy_training", "A net that cannot fit all labels, at a constant rate.", {"interpolating": "constant"}
)


@claim(
    source="the public reports whose loss reaches 0 (JY, AC: rank correlations of 0.97 to 1)",
    control=a_noisy_training,
    assay=the_training_interpolates,
)
def the_norm_vanishes_where_training_interpolates(tables: Tables) -> Score:
    """Where the training loss goes to 0, the full gradient's norm ends below a hundredth of its largest value."""
    return below(tables["runs"], "last_over_largest", arm="interpolating", value=0.01)


still_falling = arms_control(
    "still_falling", "The interpolating training, whose norm goes on falling.", {"constant": "interpolating"}
)


@claim(
    source="Bottou, Curtis, Nocedal 2018, arXiv:1606.04838, theorem 4.6",
    control=still_falling,
    assay=the_constant_rate_trains,
)
def at_a_constant_rate_the_minibatch_norm_settles_at_a_floor(tables: Tables) -> Score:
    """At a constant rate, a net that cannot fit all labels keeps its minibatch gradients: their mean norm over the last
    quarter of the updates is within 15 % of that over the third.
    """
    runs = tables["runs"]
    kept = runs.assign(kept=runs["last_batch_norm"] / runs["third_batch_norm"])
    return within(kept, "kept", arm="constant", target=1.0, margin=0.15)


no_decay = arms_control("no_decay", "Both arms keep their rate.", {"decaying": "constant"})


@claim(
    source="Bottou, Curtis, Nocedal 2018, arXiv:1606.04838, theorem 4.7",
    control=no_decay,
    assay=constant_and_decaying_rates_train,
)
def decaying_the_rate_lowers_the_floor(tables: Tables) -> Score:
    """With the rate falling to 0, the full gradient's norm ends at less than half of that at a constant rate."""
    return less(tables["runs"], "last_norm", arm="decaying", than="constant", factor=2)


@table_control
def from_the_top(tables: Tables) -> Tables:
    """The measurement at the start is exchanged for the largest one: from there it cannot rise."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(first_norm=runs["largest_norm"]))


@claim(
    source="Goodfellow, Bengio, Courville 2016, section 8.2.1 and figure 8.1 (the norm grows in a successful training)",
    control=from_the_top,
    assay=the_training_interpolates,
)
def the_norm_rises_before_it_falls(tables: Tables) -> Score:
    """In a training that interpolates, at whose end the full gradient's norm is near 0, it is at least 1.2 times what
    it was at the start after a tenth of the training.
    """
    rows = tables["runs"].query("arm == 'interpolating'").rename(columns=lambda name: name.removesuffix("_norm"))
    return less(rows.melt("seed", ["first", "early"], "arm", "norm"), "norm", arm="first", than="early", factor=1.2)


def figure_full_batch(tables: Tables) -> Figure:
    """Norm and loss over the full batch, in two panels."""
    labels = {"loss": "training loss (nats)", "gradient_norm": "full gradient's norm (nats per unit of weight)"}
    medians = tables["runs"].groupby("arm")["tau"].median()
    taus = ", ".join(f"{arm} {medians[arm]:.2f}" for arm in ARMS)
    return Figure(
        title="Loss and gradient norm over the full batch",
        caption=f"Median and quartiles over the seeds. Kendall's tau of norm and loss, in the median seed: {taus}.",
        panels=panels_over(tables["curves"], labels, arms=ARMS, logs=labels),
    )


def figure_epochs(tables: Tables) -> Figure:
    """Norm and loss of minibatches, as means over the epochs, in two panels."""
    norm = "minibatch gradient's norm (nats per unit of weight)"
    labels = {"batch_loss": "minibatch loss (nats)", "batch_norm": norm}
    return Figure(
        title="Loss and gradient norm per epoch",
        caption="Means over the updates of each epoch; median and quartiles over the seeds. At a constant rate the "
        "norm stays at a floor of minibatch noise.",
        panels=panels_over(tables["epochs"], labels, arms=ARMS, logs=labels),
    )


def figure_updates(tables: Tables) -> Figure:
    """Norm of every update's minibatch gradient, and the full gradient's norm of two layers."""
    layers = {f"{which}_layer_norm": f"full gradient's norm, {which} layer" for which in ("first", "last")}
    series = []
    for arm in ARMS:
        norms = tables.arrays["update_norms"][arm]
        some = evenly(norms.shape[1] - 1, 100)
        series.append(spread(arm, np.array(some) / norms.shape[1], norms[:, some]))
    label = "minibatch gradient's norm (nats per unit of weight)"
    updates = Panel(x_label="share of the training", y_label=label, series=tuple(series), y_log=True)
    return Figure(
        title="Gradient norm per update and per layer",
        caption="Median and quartiles over the seeds; 100 updates of each training are shown.",
        panels=(updates, *panels_over(tables["curves"], layers, arms=ARMS, logs=layers)),
    )


def figure_ends(tables: Tables) -> Figure:
    """Every seed's last norm, and its rank correlation with the loss."""
    runs = tables["runs"]
    last, tau, hundredth = "last norm over the largest", "Kendall's tau of norm and loss", {"a hundredth": 0.01}
    return Figure(
        title="Does the norm fall with the loss?",
        caption="Every seed. It depends on the training: where the loss goes to 0 it does.",
        panels=(
            every_seed(runs, "last_over_largest", last, arms=ARMS, x_label="training", y_log=True, levels=hundredth),
            every_seed(runs, "tau", tau, arms=ARMS, x_label="training", levels={"claimed": 0.3}),
        ),
    )
