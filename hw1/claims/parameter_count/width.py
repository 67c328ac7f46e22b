"""Width: from 61 to 61,210 parameters, everything else equal.

Belief  More parameters lower the training loss; test accuracy rises and saturates, and the gap between training and
        test loss grows.
Source  NTU MLDS 2018 homework 1-3 ("number of parameters v.s. generalization"): training loss falls in 10 of 11 public
        reports, test accuracy does not fall in 9 of 11; Neyshabur, Tomioka, Srebro, ICLR 2015 workshop, arXiv:1412.6614
        (test error goes on falling with the width when the training error is 0).
Here    2,000 examples of MNIST-1D and 2,000 to test on, made anew for each seed; one hidden layer of 1 to 1,200 ReLU
        units in eleven steps of about a doubling (61 to 61,210 parameters), Adam at 0.01 with cosine decay, 800
        updates with batches of 50.
        `full`: CIFAR-10, 20,000 updates with batches of 128, the same widths (3,093 to 3,699,610 parameters).
Limits  One knob, one budget, no restraint. The test loss, unlike test accuracy, gets worse with every doubling from 37
        units up: nets that are wrong grow sure of it. Nothing here says where a net of another kind saturates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hw1.claims.parameter_count._assays import fitted, generalised
from hw1.claims.parameter_count._family import Family, fit
from hw1.claims.parameter_count._figures import best_and_last, family_panel
from hw1.figures import Figure, learning_panels
from hw1.registry import arms_control, assay, assays, claim, table_control
from hw1.statistics import Score, less, trend
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 2
WIDTHS = {f"step_{i}": width for i, width in enumerate((1, 2, 4, 8, 18, 37, 75, 150, 300, 600, 1_200))}
ARMS = tuple(WIDTHS)
SMALLEST, LARGEST = ARMS[0], ARMS[-1]


@dataclass(frozen=True, kw_only=True)
class Setting(Family):
    """Data and training."""

    train: int = 2_000
    test: int = 2_000
    batch: int | None = 50
    updates: int = 800
    lr: float = 1e-2


FAST = Setting()
FULL = replace(FAST, data="cifar10", train=50_000, test=10_000, batch=128, updates=20_000, lr=1e-3, stack=2)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on its own examples; `runs` and `curves` are described in `fit`."""
    return fit(setting, WIDTHS[arm], arm=arm, seeds=seeds, draw=streams_of(run), device=device)


@assay("trained the widest net (train_loss below half of ln 10)")
def the_widest_fits(tables: Tables) -> "pd.Series[float]":
    """The widest net alone: how far narrow ones fall behind is what the claims are about."""
    # 0.03 to 0.04 on 12 development seeds, against 1.15.
    return fitted(tables, LARGEST)


@assay("learned with the widest net (test_accuracy above 0.3, three times chance)")
def the_widest_generalises(tables: Tables) -> "pd.Series[float]":
    """The widest net alone."""
    # 0.57 to 0.60 on 12 development seeds.
    return generalised(tables, LARGEST)


@assay("learned with the widest net (train_loss below half of ln 10, test_accuracy above 0.3, three times chance)")
def the_widest_fits_and_generalises(tables: Tables) -> "pd.Series[float]":
    """A gap to the test loss is one of generalisation where there is some."""
    return assays.least(fitted(tables, LARGEST), generalised(tables, LARGEST))


equal_widths = arms_control("equal_widths", "All nets are of one width in the middle.", dict.fromkeys(ARMS, "step_5"))


@claim(source="NTU MLDS 2018 homework 1-3: 10 of 11 public reports", control=equal_widths, assay=the_widest_fits)
def training_loss_falls_with_parameters(tables: Tables) -> Score:
    """Each doubling of the width lowers the training loss by a tenth of a nat on average, and none raises it by half
    of that.
    """
    runs = tables["runs"].assign(fall=-tables["runs"]["train_loss"])
    return trend(runs, "fall", levels=_levels(), by=0.1, tol=0.05)


@claim(
    source="NTU MLDS 2018 homework 1-3: 9 of 11 public reports; Neyshabur et al. 2015, arXiv:1412.6614",
    control=equal_widths,
    assay=the_widest_generalises,
)
def accuracy_does_not_fall_with_parameters(tables: Tables) -> Score:
    """Over three decades of parameters no doubling lowers the test accuracy by 5 points, and each raises it by at
    least 1 on average, far beyond the width at which all training labels are fitted.
    """
    return trend(tables["runs"], "test_accuracy", levels=_levels(), by=0.01, tol=0.05)


@claim(
    source="NTU MLDS 2018 homework 1-3 (JY: rank correlation 0.8)",
    control=equal_widths,
    assay=the_widest_fits_and_generalises,
)
def the_loss_gap_grows_with_parameters(tables: Tables) -> Score:
    """Without any restraint, test loss less training loss grows with each doubling of the width, by at least a tenth
    of a nat on average.
    """
    return trend(tables["runs"], "loss_gap", levels=_levels(), by=0.1, tol=0.1)


@table_control
def first_doublings_last(tables: Tables) -> Tables:
    """The widths in reverse order: what the first doublings gain is gained by the last."""
    reverse = dict(zip(ARMS, reversed(ARMS), strict=True))
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(arm=runs["arm"].map(reverse), test_accuracy=-runs["test_accuracy"]))


@claim(
    source="NTU MLDS 2018 homework 1-3: saturation near 25,000 to 50,000 parameters on MNIST",
    control=first_doublings_last,
    assay=the_widest_generalises,
)
def accuracy_saturates(tables: Tables) -> Score:
    """The last five doublings of the width gain at least 3 points of test accuracy less than the first five."""
    accuracy = tables["runs"].pivot(index="seed", columns="arm", values="test_accuracy")
    middle = ARMS[len(ARMS) // 2]
    if missing := {SMALLEST, middle, LARGEST} - set(accuracy):
        raise ValueError(f"the table has no arm {', '.join(sorted(missing))}, and gains take all three")
    gains = {"first": accuracy[middle] - accuracy[SMALLEST], "last": accuracy[LARGEST] - accuracy[middle]}
    frame = pd.concat([pd.DataFrame({"seed": g.index, "arm": name, "gain": g}) for name, g in gains.items()])
    return less(frame, "gain", arm="last", than="first", by=0.03)


def figure_parameters(tables: Tables) -> Figure:
    """Accuracy and loss over the number of parameters."""
    runs = tables["runs"]
    return Figure(
        title="Accuracy and loss over the number of parameters",
        caption="Median and quartiles over the seeds. Test accuracy goes on rising where all training labels are "
        "fitted, while the test loss grows.",
        panels=(family_panel(runs, "accuracy", "accuracy"), family_panel(runs, "loss", "loss (nats)", y_log=True)),
    )


def figure_best(tables: Tables) -> Figure:
    """The best measurement against the last."""
    return best_and_last({"test": tables["runs"]})


def figure_curves(tables: Tables) -> Figure:
    """Accuracy and loss over updates for four widths."""
    arms = (ARMS[0], ARMS[3], ARMS[6], LARGEST)
    names = {arm: f"{WIDTHS[arm]} units" for arm in arms}
    curves = tables["curves"][tables["curves"]["arm"].isin(arms)]
    panels = learning_panels(curves.assign(arm=curves["arm"].map(names)), arms=tuple(names.values()), x_label="update")
    return Figure(title="Training", caption="Median and quartiles over the seeds.", panels=panels)


def _levels() -> dict[str, float]:
    return {arm: float(np.log2(width)) for arm, width in WIDTHS.items()}
