"""Double descent over the training time: least squares on features of two scales, and a net on partly wrong labels.

Belief  With noise in the labels, the test error over the training time falls, rises, and falls again; so train longer.
Source  The belief: Nakkiran, Kaplun, Bansal, Yang, Barak, Sutskever, ICLR 2020, arXiv:1912.02292, abstract. Why, and
        the condition: Heckel, Yilmaz, ICLR 2021, arXiv:2007.10099, abstract (parts that are learned at different times,
        each with a fall and a rise of its own, and steps that bring them together; linear regression).
Here    Linear: 200 examples and 900 to test on, made anew for each seed; the target is a sum of 120 features, which
        carry a variance of 2, of 20 that carry 1.5, and of noise of deviation 0.7; a linear map that starts at 0, 1,200
        full-batch steps of gradient descent at 0.2 on the squared error. `two_scales`: the 20 have the deviation 0.12
        and the 120 have 1, so that the 20 are learned some 70 times as slowly. `one_scale`: all have 1, which is the
        same as steps for each weight that are scaled to its feature. `net`: 300 of scikit-learn's 8 x 8 digits, a fifth
        of their labels redrawn, and 900 to test on; 32 ReLU units, 300 full-batch updates of Adam at 0.005. Error: the
        squared test error, in `net` the share of wrong classes. Hump: the most by which the error falls, then rises,
        then falls again, over the lowest error of all.
Limits  The slow features were made to be worth waiting for. Until they are learned, what they carry is noise to the
        fast ones, so that the second descent needs no noise besides; it does need many features for so few examples,
        and scales that are far apart. The net is small; large ones on larger data do descend twice (the first source),
        and nothing here says where that begins. On MNIST-1D such nets have no second descent either (12 development
        seeds). Heckel and Yilmaz have also a two-layer net, whose layers are the parts; it is not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hw1.claims._columns import beside
from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.claims.phenomena._regression import Features, regression
from hw1.data import CLASSES, corrupt, problem
from hw1.figures import Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, claim, table_control
from hw1.registry.assays import below as below_by_seed
from hw1.statistics import Score, above, below, less
from hw1.streams import Draw, streams_of
from hw1.tables import Tables, curve

REVISION = 2
LINEAR = ("two_scales", "one_scale")
ARMS = (*LINEAR, "net")
PATIENCE = 20  # measurements without a lower error after which one would stop


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Data, maps and trainings."""

    examples: int = 200  # of the linear arms
    fast_features: int = 120
    slow_features: int = 20
    slow_scale: float = 0.12  # deviation of the slow features; that of the fast ones is 1
    fast_signal: float = 2.0  # variance of the target that the fast features carry
    slow_signal: float = 1.5
    noise: float = 0.7  # deviation of what is added to the target
    lr: float = 0.2
    updates: int = 1_200
    data: str = "digits"  # of the net
    train: int = 300
    test: int = 900  # of all arms
    wrong: float = 0.2  # share of the labels that are redrawn
    widths: tuple[int, ...] = (32,)
    net_lr: float = 5e-3
    net_updates: int = 300
    every: int = 2  # updates between two measurements
    net_every: int = 20
    stack: int = 12

    def features(self, slow_scale: float) -> Features:
        """Features of the linear arms, the slow ones of this deviation."""
        return Features(
            examples=self.examples, test=self.test, fast=self.fast_features, slow=self.slow_features,
            slow_scale=slow_scale, fast_signal=self.fast_signal, slow_signal=self.slow_signal, noise=self.noise,
        )  # fmt: skip


FAST = Setting()
Found = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.floating]]


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one linear map or net per seed, and look at its test error on the way.

    `runs`: seed, arm; train_loss after the last update (squared error; in `net` nats, on the labels that were shown);
    last, lowest and stopped, the error at the end, at its lowest, and where it had not fallen for `PATIENCE`
    measurements; hump, the most by which the error falls, rises and falls again, over the lowest. `curves`: seed, arm,
    step (update), error: the squared test error, in `net` the share of wrong classes.
    """
    from hw1.measures.descents import first_stop, hump

    draw = streams_of(run)
    if arm == "net":
        at, errors, losses = _net(setting, seeds=seeds, draw=draw, device=device)
    else:
        slow_scale = 1.0 if arm == "one_scale" else setting.slow_scale
        at, errors, losses = _linear_map(setting, slow_scale, seeds=seeds, draw=draw, device=device)
    lowest, stops = errors.min(1), first_stop(errors, PATIENCE)
    numbers = {
        "train_loss": losses,
        "last": errors[:, -1],
        "lowest": lowest,
        "stopped": np.take_along_axis(errors, stops[:, None], 1)[:, 0],
        "hump": hump(errors) / lowest,
    }
    runs = pd.DataFrame({"seed": list(seeds), "arm": arm, **numbers})
    return Tables({"runs": runs, "curves": curve(seeds, arm, at, error=errors)})


def steps(updates: int, every: int) -> list[int]:
    """Numbers of updates after which to measure, from 0, and the last."""
    if every < 1:
        raise ValueError(f"Every {every} updates there is nothing to measure. Use at least 1.")
    return sorted({*range(0, updates, every), updates})


def _linear_map(setting: Setting, slow_scale: float, *, seeds: Sequence[int], draw: Draw, device: str) -> Found:
    """Steps (T,), squared test errors (K, T) and last training losses (K,) of least squares by gradient descent."""
    from hw1.nets.dense import dense, initialised
    from hw1.training import Recipe, squared, stack, train

    data = regression(setting.features(slow_scale), seeds, draw)
    rngs = [draw(seed, "init") for seed in seeds]
    maps = initialised(lambda: dense((), inputs=data.x_train.shape[-1], outputs=1), rngs, "zeros")
    replicas = stack(maps, device)
    held, there = replicas.place(data.x_test), replicas.place(data.y_test)
    shown, wanted = replicas.place(data.x_train), replicas.place(data.y_train)
    found = train(
        replicas, shown, wanted, Recipe(optimizer="sgd", lr=setting.lr, updates=setting.updates), loss="squared",
        per_replica=True, at=steps(setting.updates, setting.every),
        record={
            "error": lambda nets: squared(nets.forward(held, per_replica=True), there),
            "loss": lambda nets: squared(nets.forward(shown, per_replica=True), wanted),
        },
    )  # fmt: skip
    return found.steps, found.curves["error"].astype(np.float64), found.curves["loss"][:, -1]


def _net(setting: Setting, *, seeds: Sequence[int], draw: Draw, device: str) -> Found:
    """Steps (T,), shares of wrong classes (K, T) and last training losses (K,) of nets on partly wrong labels."""
    from hw1.nets.dense import classifiers
    from hw1.training import Recipe, classify

    data = problem(setting.data, train=setting.train, test=setting.test, rngs=[draw(seed, "data") for seed in seeds])
    labels = zip(data.y_train, seeds, strict=True)
    found = classify(
        classifiers(data, setting.widths, [draw(seed, "init") for seed in seeds]),
        data,
        Recipe(optimizer="adam", lr=setting.net_lr, updates=setting.net_updates),
        seeds=seeds,
        draw=draw,
        device=device,
        at=steps(setting.net_updates, setting.net_every),
        shown=np.stack([corrupt(y, setting.wrong, CLASSES, draw(seed, "labels"))[0] for y, seed in labels]),
    )
    return found.steps, 1 - found.curves["test_accuracy"].astype(np.float64), found.last["train_loss"]


@assay("fitted the target on features of two scales (train_loss below half of its variance)")
def two_scales_are_fitted(tables: Tables, setting: Setting) -> PerSeed:
    """A map that stays at 0 has an error that neither falls nor rises."""
    return _fitted(tables, setting, "two_scales")


@assay("fitted the target on features of one scale (train_loss below half of its variance)")
def one_scale_is_fitted(tables: Tables, setting: Setting) -> PerSeed:
    """A map that stays at 0 has an error that neither falls nor rises."""
    return _fitted(tables, setting, "one_scale")


@assay("fitted the target on features of both kinds (train_loss below half of its variance)")
def both_are_fitted(tables: Tables, setting: Setting) -> PerSeed:
    """Where one is compared with the other, both have to have learned."""
    return _fitted(tables, setting, *LINEAR)


def _fitted(tables: Tables, setting: Setting, *arms: str) -> PerSeed:
    # At most 0.22 on 96 development seeds; half of the variance is 1.75.
    variance = setting.fast_signal + setting.slow_signal + setting.noise**2
    return below_by_seed(tables["runs"], "train_loss", variance / 2, arms)


@assay("memorised the labels that the net was shown (train_loss below half of ln 10)")
def the_net_memorises(tables: Tables) -> PerSeed:
    """Wrong labels that are not learned raise no error."""
    # At most 0.03 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "net")


one_scale = arms_control("one_scale", "All features have one scale.", dict.fromkeys(LINEAR, "one_scale"))
two_scales = arms_control("two_scales", "The features have two scales.", dict.fromkeys(ARMS, "two_scales"))


@table_control
def never_stopped(tables: Tables) -> Tables:
    """Both maps are trained to the end, where they have arrived at the same one."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(lowest=runs["last"]))


ONE_TIER = "least squares on a hundred examples has no larger scale of its own"


@claim(
    source="Heckel and Yilmaz 2021, arXiv:2007.10099, abstract (linear regression, differently scaled features)",
    control=one_scale,
    assay=two_scales_are_fitted,
    tiers=("fast",),
    because=ONE_TIER,
)
def on_features_of_two_scales_the_test_error_descends_twice(tables: Tables) -> Score:
    """In least squares by gradient descent on features of two scales, the test error falls, rises and falls
    again, by at least 10 % of its lowest value.
    """
    return above(tables["runs"], "hump", arm="two_scales", value=0.1)


@claim(
    source="Heckel and Yilmaz 2021, arXiv:2007.10099, abstract (scaled step sizes)",
    control=two_scales,
    assay=one_scale_is_fitted,
    tiers=("fast",),
    because=ONE_TIER,
)
def steps_scaled_to_the_features_remove_the_second_descent(tables: Tables) -> Score:
    """On the same features, scaled to one deviation, the test error has no hump of 5 % of its lowest value."""
    return below(tables["runs"], "hump", arm="one_scale", value=0.05)


@claim(
    source="Heckel and Yilmaz 2021, arXiv:2007.10099, abstract (better early stopping)",
    control=never_stopped,
    assay=both_are_fitted,
    tiers=("fast",),
    because=ONE_TIER,
)
def steps_scaled_to_the_features_improve_early_stopping(tables: Tables) -> Score:
    """The lowest test error over the training is at least 1.1 times as high with features of two scales as with the
    same features scaled to one deviation.
    """
    return less(tables["runs"], "lowest", arm="one_scale", than="two_scales", factor=1.1)


@claim(
    source="the belief that one should stop when the error rises, where it descends twice",
    control=one_scale,
    assay=two_scales_are_fitted,
    tiers=("fast",),
    because=ONE_TIER,
)
def stopping_at_the_first_rise_misses_the_second_descent(tables: Tables) -> Score:
    """On features of two scales, stopping when the test error has not fallen for 40 updates ends at least 1.2 times as
    high as the error gets later.
    """
    both = {name: ("two_scales", name) for name in ("lowest", "stopped")}
    return less(beside(tables["runs"], "error", both), "error", arm="lowest", than="stopped", factor=1.2)


@claim(
    source="the belief, after Nakkiran et al. 2020, arXiv:1912.02292, abstract, for a net that is small",
    control=two_scales,
    assay=the_net_memorises,
    expect="refuted",
    tiers=("fast",),
    because="this net learns the wrong labels last, and nothing after them that would help",
)
def with_wrong_labels_the_test_error_descends_twice(tables: Tables) -> Score:
    """On digits of which a fifth of the labels is redrawn, the test error of a net of 32 units falls, rises and falls
    again, by at least 10 % of its lowest value.
    """
    return above(tables["runs"], "hump", arm="net", value=0.1)


@claim(
    source="the condition of the above: what early stopping is for",
    control=two_scales,
    assay=the_net_memorises,
    tiers=("fast",),
    because=ONE_TIER,
)
def with_wrong_labels_training_on_costs(tables: Tables) -> Score:
    """On digits of which a fifth of the labels is redrawn, the test error of a net of 32 units ends at least 1.5 times
    as high as it was at its lowest.
    """
    both = {name: ("net", name) for name in ("lowest", "last")}
    return less(beside(tables["runs"], "error", both), "error", arm="lowest", than="last", factor=1.5)


def figure_descents(tables: Tables) -> Figure:
    """Errors over the training, and the hump of every seed."""
    runs, curves = tables["runs"], tables["curves"]
    from_1 = curves.assign(step=curves["step"] + 1)  # the first fall is fast, and 0 has no logarithm
    over: dict[str, Any] = {"x_label": "update + 1", "x_log": True}
    linear = panels_over(from_1, {"error": "squared test error"}, arms=LINEAR, **over)
    net = panels_over(from_1, {"error": "share of wrong classes"}, arms=("net",), **over)
    return Figure(
        title="Double descent over the training time",
        caption="On features of two scales the test error descends once for each of them. Scaled to one, they are "
        "learned together, and stopping is better. A net that learns wrong labels has no second descent here. Lines: "
        "medians; bands: quartiles; points: seeds.",
        panels=(*linear, *net, every_seed(runs, "hump", "hump over lowest error", arms=ARMS)),
    )
