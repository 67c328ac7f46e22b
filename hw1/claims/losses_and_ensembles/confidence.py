"""How sure nets are, how right they are, and what brings the two together.

Belief  Trained nets are over-confident, large ones more than small ones; a temperature repairs it, and label smoothing
        prevents it and raises the accuracy.
Source  Guo, Pleiss, Sun, Weinberger, ICML 2017, arXiv:1706.04599, abstract and section 4.2 (temperature); Szegedy,
        Vanhoucke, Ioffe, Shlens, Wojna, arXiv:1512.00567, section 7 (label smoothing).
Here    1,000 examples of MNIST-1D and 1,400 to test on, made anew for each seed; 32-32 ReLU units or, `wide`, 96-96,
        Adam at 0.003, 600 updates with batches of 50. `digits`: 300 of scikit-learn's 8 x 8 digits. `smoothed`: a tenth
        of each label is spread over all classes. Over-confidence: mean confidence less accuracy on test examples. The
        temperature is chosen on the first half of them and judged on the second.
        `full`: CIFAR-10, 128-128 units or 512-512, 30 epochs of batches of 128 with Adam at 0.001.
Limits  Over-confidence grows where a net fits labels that it cannot predict: on MNIST-1D nets are right on 4 or 5 of
        10 test examples, on digits on more than 9. On MNIST-1D the narrow net has not fitted all labels at 600 updates.
        With 64-64 units and 256-256 at 1,000 the order of the two turned around (23 of 24 development seeds, no claim).
        What smoothing does to the accuracy is no claim: on digits up by 1.4 points (median of 96 development seeds), by
        more than 0.2 on 88; on MNIST-1D up on 14 of 24. Nor is mixup (Zhang et al., ICLR 2018, arXiv:1710.09412) on the
        accuracy: with shares from Beta(1, 1) it moved by -1.0 to 1.3 points on digits, and on MNIST-1D by 1.0, above a
        point on 6 of 12 (12 development seeds each), while the test loss there fell by 0.63 nats on all twelve.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hw1.claims._columns import beside
from hw1.claims._dense_nets import Training, check_early, fit
from hw1.claims._yardsticks import PerSeed
from hw1.claims.losses_and_ensembles._assays import learned
from hw1.data import Problem
from hw1.figures import Figure, every_seed
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, above, below, less
from hw1.streams import streams_of
from hw1.tables import Tables

if TYPE_CHECKING:
    from hw1.training import Classified

REVISION = 1
NETS = ("plain", "wide", "smoothed")
ARMS = (*NETS, *(f"{net}_digits" for net in NETS))


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, nets and training, and where digits differ."""

    data: str = "mnist1d"
    train: int = 1_000
    test: int = 1_400
    easy_data: str = "digits"
    easy_train: int = 300
    widths: tuple[int, ...] = (32, 32)
    wide: tuple[int, ...] = (96, 96)
    smoothing: float = 0.1
    early: int = 100  # updates
    updates: int = 600


FAST = Setting()
FULL = FAST.on_cifar10(widths=(128, 128), wide=(512, 512), early=390, updates=11_700)  # 30 epochs


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed.

    `runs`: seed, arm; train_loss and test_loss (nats, of the labels as they are), train_accuracy and test_accuracy
    after the last update; over_confidence on all test examples, and early_over_confidence after `early` updates;
    temperature; error and tempered_error, the size of the over-confidence on the second half of the test examples,
    without and with the temperature. `curves`: seed, arm, step (update), the losses and accuracies.
    """
    check_early(setting)
    draw, net = streams_of(run), arm.partition("_")[0]
    here = _on_digits(setting) if arm.endswith("_digits") else setting
    data = here.problem(seeds, draw)
    options = _smoothed(setting) if net == "smoothed" else {}
    found = fit(
        here, data, seeds=seeds, draw=draw, device=device, widths=setting.wide if net == "wide" else None,
        at=sorted({*setting.each(0.2), setting.early}), record=_outputs(data, device), **options,
    )  # fmt: skip
    return _tabled(found, data, arm, setting.early)


def _on_digits(setting: Setting) -> Setting:
    """The same on the easy data, of which there are 1,797."""
    rest = 1_797 - setting.easy_train
    return replace(setting, data=setting.easy_data, train=setting.easy_train, test=min(setting.test, rest))


def _smoothed(setting: Setting) -> dict[str, Any]:
    """The loss with smoothed labels."""
    from hw1.training import smoothed

    return {"loss": smoothed(setting.smoothing)}


def _outputs(data: Problem, device: str) -> dict[str, Any]:
    """Outputs on the test examples, (K, n, classes)."""
    import torch

    from hw1.training import outputs_of

    x = torch.from_numpy(data.x_test).to(device)
    return {"outputs": lambda stack: outputs_of(stack, x.to(stack.dtype))}


def _tabled(found: "Classified", data: Problem, arm: str, early: int) -> Tables:
    """The curves without the outputs, and what these say of confidence."""
    from hw1.measures.probabilities import over_confidence, probabilities

    outputs = found.curves["outputs"]
    then = outputs[:, found.steps.tolist().index(early)]
    columns: dict[str, Any] = {
        "over_confidence": over_confidence(probabilities(outputs[:, -1]), data.y_test),
        "early_over_confidence": over_confidence(probabilities(then), data.y_test),
        **_tempered(outputs[:, -1], data.y_test),
    }
    curves = {name: values for name, values in found.curves.items() if name != "outputs"}
    return replace(found, curves=curves).tables(arm, **columns)


def _tempered(outputs: NDArray[np.floating], labels: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """The best temperature on the first half of the examples, and the errors on the second."""
    from hw1.measures.calibration import best_temperature
    from hw1.measures.probabilities import over_confidence, probabilities

    half = labels.shape[1] // 2
    chosen = best_temperature(outputs[:, :half], labels[:, :half]).value
    rest, y = outputs[:, half:], labels[:, half:]
    errors = {"error": probabilities(rest), "tempered_error": probabilities(rest, chosen)}
    return {"temperature": chosen} | {name: np.abs(over_confidence(p, y)) for name, p in errors.items()}


@assay("learned as a narrow net (test_accuracy at least 10 points above chance)")
def the_narrow_net_learns(tables: Tables) -> PerSeed:
    """A net that guesses may be sure of it or not."""
    # At least 0.38 on 96 development seeds.
    return learned(tables, "plain")


@assay("learned as narrow and as wide nets (test_accuracy at least 10 points above chance)")
def both_widths_learn(tables: Tables) -> PerSeed:
    """Nets that guess may be sure of it or not."""
    # At least 0.38 on 96 development seeds.
    return learned(tables, "plain", "wide")


@assay("learned as narrow and as wide nets on digits (test_accuracy at least 10 points above chance)")
def both_widths_learn_digits(tables: Tables) -> PerSeed:
    """Nets that guess may be sure of it or not."""
    # At least 0.91 on 96 development seeds.
    return learned(tables, "plain_digits", "wide_digits")


@assay("learned with labels as they are and smoothed (test_accuracy at least 10 points above chance)")
def both_labels_teach(tables: Tables) -> PerSeed:
    """Nets that guess may be sure of it or not."""
    # At least 0.37 on 96 development seeds.
    return learned(tables, "plain", "smoothed")


@assay("learned digits with labels as they are and smoothed (test_accuracy at least 10 points above chance)")
def both_labels_teach_digits(tables: Tables) -> PerSeed:
    """Nets that guess may be sure of it or not."""
    # At least 0.91 on 96 development seeds.
    return learned(tables, "plain_digits", "smoothed_digits")


@assay("learned as a wide net (test_accuracy at least 10 points above chance)")
def the_wide_net_learns(tables: Tables) -> PerSeed:
    """A net that guesses may be sure of it or not."""
    # At least 0.41 on 96 development seeds.
    return learned(tables, "wide")


@table_control
def early_for_late(tables: Tables) -> Tables:
    """Over-confidence is taken early."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(over_confidence=runs["early_over_confidence"]))


@table_control
def no_temperature(tables: Tables) -> Tables:
    """The temperature is 1."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(tempered_error=runs["error"]))


equal_widths = arms_control("equal_widths", "Both nets are narrow.", {"wide": "plain"})
hard_data = arms_control("hard_data", "The nets learn MNIST-1D.", {f"{net}_digits": net for net in NETS})
labels_as_they_are = arms_control(
    "labels_as_they_are",
    "No labels are smoothed.",
    {"smoothed": "plain", "smoothed_digits": "plain_digits"},
)
ONE_TIER = "it is about digits, which are easy"


@claim(
    source="Guo et al. 2017, arXiv:1706.04599, abstract",
    control=early_for_late,
    assay=the_narrow_net_learns,
)
def trained_nets_are_over_confident(tables: Tables) -> Score:
    """After 600 updates on MNIST-1D (in `full` 30 epochs of CIFAR-10), a net's mean confidence is at least 10 points
    above its test accuracy.
    """
    return above(tables["runs"], "over_confidence", arm="plain", value=0.1)


@claim(
    source="the belief has it of trained nets; when it begins was seen in the pilot of this experiment",
    control=early_for_late,
    assay=the_narrow_net_learns,
)
def over_confidence_comes_with_training(tables: Tables) -> Score:
    """On MNIST-1D, a net's over-confidence grows by at least 5 points from the 100th update to the 600th (in `full` on
    CIFAR-10, from the first epoch to the 30th).
    """
    columns = {"early": ("plain", "early_over_confidence"), "late": ("plain", "over_confidence")}
    return less(
        beside(tables["runs"], "over_confidence", columns), "over_confidence", arm="early", than="late", by=0.05
    )


@claim(
    source="Guo et al. 2017, arXiv:1706.04599, abstract (depth and width)",
    control=equal_widths,
    assay=both_widths_learn,
)
def wide_nets_are_more_over_confident(tables: Tables) -> Score:
    """After 600 updates on MNIST-1D, which the narrow net has not fitted yet, the over-confidence of 96-96 units is
    at least 5 points above that of 32-32 (in `full` 30 epochs of CIFAR-10, 512-512 and 128-128).
    """
    return less(tables["runs"], "over_confidence", arm="plain", than="wide", by=0.05)


@claim(
    source="the same belief where both nets have fitted every label",
    control=hard_data,
    assay=both_widths_learn_digits,
    expect="refuted",
    tiers=("fast",),
    because="on digits both nets have fitted every label and are right on more than 9 of 10: little is left to be "
    "wrong about",
)
def wide_nets_are_more_over_confident_on_digits(tables: Tables) -> Score:
    """After 600 updates on digits, which both have fitted, the over-confidence of 96-96 units is at least 2 points
    above that of 32-32.
    """
    return less(tables["runs"], "over_confidence", arm="plain_digits", than="wide_digits", by=0.02)


@claim(
    source="Guo et al. 2017, arXiv:1706.04599, abstract and section 4.2",
    control=no_temperature,
    assay=the_wide_net_learns,
)
def one_temperature_repairs_over_confidence(tables: Tables) -> Score:
    """On MNIST-1D (in `full` CIFAR-10), one temperature from held-out examples takes at least three quarters of a wide
    net's over-confidence away.
    """
    columns = {"tempered": ("wide", "tempered_error"), "as_trained": ("wide", "error")}
    return less(beside(tables["runs"], "error", columns), "error", arm="tempered", than="as_trained", factor=4)


@claim(
    source="the belief; Szegedy et al., arXiv:1512.00567, section 7 (against nets that become too confident)",
    control=labels_as_they_are,
    assay=both_labels_teach,
)
def label_smoothing_lowers_over_confidence(tables: Tables) -> Score:
    """On MNIST-1D (in `full` CIFAR-10), smoothing a tenth of each label lowers the over-confidence by at least 5
    points.
    """
    return less(tables["runs"], "over_confidence", arm="smoothed", than="plain", by=0.05)


@claim(
    source="the reverse of the belief, seen in the pilot of this experiment",
    control=labels_as_they_are,
    assay=both_labels_teach_digits,
    tiers=("fast",),
    because=ONE_TIER,
)
def label_smoothing_makes_nets_under_confident_on_digits(tables: Tables) -> Score:
    """On digits, smoothing a tenth of each label leaves the mean confidence at least 5 points below the accuracy."""
    return below(tables["runs"], "over_confidence", arm="smoothed_digits", value=-0.05)


def figure_confidence(tables: Tables) -> Figure:
    """Over-confidence of every net, without and with a temperature, and accuracy."""
    labels = {
        "over_confidence": "mean confidence less accuracy",
        "tempered_error": "its size with the best temperature",
        "test_accuracy": "accuracy on test examples",
    }
    return Figure(
        title="Confidence and accuracy",
        caption="On data that are hard nets grow sure of wrong answers, the wide one sooner; on digits both are nearly "
        "right about themselves, and smoothing makes them under-confident. One temperature mends all of them. Points: "
        "seeds.",
        panels=tuple(every_seed(tables["runs"], name, label, arms=ARMS) for name, label in labels.items()),
    )
