"""Training classifiers on true and wrong labels, many seeds at once: what the experiments of this family share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from hw1.data import CLASSES, Problem, corrupt
from hw1.settings import InEpochs
from hw1.streams import Draw
from hw1.tables import Tables, censored, first_reached

if TYPE_CHECKING:
    from hw1.training import Classified

Labels = NDArray[np.int64]  # (seeds, examples)

FITTED = 0.99  # training accuracy at which a set of labels counts as memorised; Zhang et al. report 99.3 to 100 %
IGNORED = -100  # torch's cross-entropy gives such a label loss 0, and no output is ever right on it


@dataclass(frozen=True, kw_only=True)
class Training(InEpochs):
    """Data, net and training; SGD with momentum as in the source (Zhang et al. 2017, arXiv:1611.03530)."""

    widths: tuple[int, ...] = (128,)  # ReLU units in each hidden layer
    every: int = 1  # epochs between two measurements
    momentum: float = 0.9
    stack: int = 12

    def published(self) -> Self:
        """The same at the published scale: all of CIFAR-10, three layers of 512 (1,735,178 parameters), rate 0.01.

        The source multiplies the rate by 0.95 after each epoch; here it falls to 0 along a cosine in 100 epochs, and in
        60 where nothing holds a net back: one development seed had fitted 99 % of random labels, as the source's nets
        do, after 32 of 60 epochs (test accuracy 11 %, test loss 10.7), and of 40 % random ones after 26 of 40. One CPU
        core trains 9,000 images in a second: 11 minutes for a seed and arm of 100 epochs.
        """
        return replace(
            self, data="cifar10", train=50_000, test=10_000, widths=(512, 512, 512), batch=128, epochs=100, every=2,
            lr=0.01, schedule="cosine",
            stack=4,  # 2 GB of inputs
        )  # fmt: skip


def redrawn(labels: Labels, share: float, seeds: Sequence[int], draw: Draw, purpose: str = "labels") -> Labels:
    """Labels, a share of them redrawn; a larger share redraws the same ones alike, and more."""
    return np.stack([corrupt(y, share, CLASSES, draw(s, purpose))[0] for y, s in zip(labels, seeds, strict=True)])


def memorise(
    setting: Training,
    data: Problem,
    shown: Labels,
    *,
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    also: Mapping[str, Labels] | None = None,
    **changes: Any,
) -> "Classified":
    """Train one ReLU net per seed on the labels that are shown.

    Parameters
    ----------
    also : other labels of the training inputs to measure on, by name; an example of label `IGNORED` adds nothing to the
        sums behind loss and accuracy
    changes : fields of the recipe in which an arm differs
    """
    from hw1.nets.dense import classifiers
    from hw1.training import classify

    nets = classifiers(data, setting.widths, [draw(seed, "init") for seed in seeds])
    return classify(
        nets, data, setting.recipe(**changes), seeds=seeds, draw=draw, device=device,
        at=setting.each(setting.every), shown=shown, also=also,
    )  # fmt: skip


def tabled(found: "Classified", setting: Training, arm: str, **columns: NDArray[np.generic]) -> Tables:
    """`runs` with the last value of each curve, `epochs_to_fit` (and whether it is censored) and further columns;
    `curves` by epoch.
    """
    fitted = first_reached(FITTED, found.curves["train_accuracy"], found.steps // setting.per_epoch)
    times = censored(setting.epochs, epochs_to_fit=fitted)
    return found.tables(arm, per=setting.per_epoch, **times, **columns)
