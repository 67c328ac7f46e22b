"""Training images that are shifted at random, and a modern recipe for CIFAR-10.

Belief  Random shifts and mirror images of the training data make a classifier better and less sensitive to where an
        object is; a modern recipe classifies CIFAR-10 to 90 % and above.
Source  Krizhevsky, Sutskever, Hinton, NIPS 2012, section 4.1; Shorten and Khoshgoftaar 2019, J. Big Data 6:60; Jordan
        2024, arXiv:2404.00498 (airbench94: 94.0 % after 9.9 epochs, with batch normalisation and an average over shifts
        and mirror images of a test image; his gist without normalisation says 90.6 % after 11, see `_whitened`).
Here    400 of scikit-learn's 8 x 8 digits and 700 others to test on, drawn anew for each seed: patches of 2 x 2 are
        whitened, then four convolutions of 16, 16, 32 and 32 filters with GELU and two max-poolings (17,746
        parameters); SGD with Nesterov's momentum of 0.85, labels smoothed by 0.2, the learning rate up to 0.05 and down
        in straight lines, 12 epochs of batches of 40. In the augmented arm each image of each update is shifted by up
        to 1 pixel along both axes. Tested on the images as they are and on each shifted by one pixel, as in `pooling`.
        `full`: CIFAR-10, 64, 256 and 256 filters (1,971,650 parameters), shifts by up to 2 pixels and mirror images,
        rates up to 0.1, 11 epochs of batches of 384. Seen: docs/cifar10.md.
Limits  A digit is not mirrored, as that changes what it is. On images as they are the augmented net is worse on digits
        (94.1 % against 95.9, medians of 96 development seeds): in 12 epochs it fits 97 % of its training images, the
        other all. From `full` against the source: the whitening filters are trained, the rate is a fifth of the gist's
        (a narrower net diverges at three fifths), test images are not averaged, no lookahead.
        One development seed reached 85.1 % after 11 epochs, not 90.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hw1.claims._yardsticks import PerSeed, better_than_chance, loss_below
from hw1.claims.image_classifier._figures import best_and_last, shifts
from hw1.claims.image_classifier._fit import AT_ONCE, Training, tabled
from hw1.claims.image_classifier._shifts import after_shifts
from hw1.data import SHAPES
from hw1.figures import Figure, learning_panels
from hw1.registry import Published, arms_control, assay, claim, table_control
from hw1.statistics import Score, above, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 3
ARMS = ("augmented", "plain")
PUBLISHED = {
    "a_modern_recipe_reaches_80_percent_in_11_epochs": Published(
        0.906, 0.906, "Jordan, gist 5248bffd: 90.6 % in the mean"
    )
}


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training."""

    data: str = "digits"
    train: int = 400
    test: int = 700
    widths: tuple[int, ...] = (16, 32)  # filters of each pair of convolutions
    shift: int = 1  # pixels at most, in training
    flip: bool = False
    batch: int = 40
    epochs: int = 12
    optimizer: str = "sgd"
    lr: float = 0.05
    momentum: float = 0.85
    weight_decay: float = 5e-4
    smoothing: float = 0.2  # share of a label that is spread over all classes
    schedule: str = "triangle"


FAST = Setting()
FULL = replace(
    FAST, data="cifar10", train=50_000, test=10_000, widths=(64, 256, 256), shift=2, flip=True, batch=384, epochs=11,
    every=2, lr=0.1, stack=1,
)  # fmt: skip


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed on its own images; `runs` and `curves` are described in `tabled`, and what `runs` says
    of shifted images in `after_shifts`.
    """
    from hw1.claims.image_classifier._whitened import whitened_nets
    from hw1.training import classify, smoothed

    draw, shape = streams_of(run), SHAPES[setting.data]
    data = setting.problem(seeds, draw)
    shift, flip = (setting.shift, setting.flip) if arm == "augmented" else (0, False)
    nets = whitened_nets(setting.widths, shape, data, [draw(seed, "init") for seed in seeds], shift=shift, flip=flip)
    recipe = setting.recipe(nesterov=True, weight_decay=setting.weight_decay)
    found = classify(
        nets, data, recipe, seeds=seeds, draw=draw, device=device, loss=smoothed(setting.smoothing),
        at=setting.each(setting.every), at_once=AT_ONCE,
    )  # fmt: skip
    return tabled(found, setting, arm, **after_shifts(found.stack, data, shape))


@assay("learned the images as they are (test_accuracy of augmented and plain at least 10 points above chance)")
def unshifted_images_learned(tables: Tables) -> PerSeed:
    """What is asked of shifted images presupposes it of the others."""
    # 0.91 to 0.96 on 36 development seeds.
    return better_than_chance(tables["runs"], "augmented", "plain")


@assay("trained on the images as they are (train_loss of plain below half of ln 10)")
def plain_net_trained(tables: Tables) -> PerSeed:
    """The same net can be trained at all; whether the recipe leads far is the claim."""
    # 0.24 to 0.28 nats on 36 development seeds; half of ln 10 is 1.15.
    return loss_below(0.5, tables["runs"], "plain")


not_augmented = arms_control(
    "not_augmented", "The net that saw the images as they are takes the place of the other.", {"augmented": "plain"}
)


@claim(
    source="Shorten and Khoshgoftaar 2019, J. Big Data 6:60, section on translation",
    control=not_augmented,
    assay=unshifted_images_learned,
)
def shifts_in_training_help_against_shifts(tables: Tables, setting: Setting) -> Score:
    """A net whose training images were shifted at random is right on more test images that are shifted by one pixel: on
    at least 10 points more on digits, and 1 point on CIFAR-10.
    """
    by = 0.01 if setting.data == "cifar10" else 0.1
    return less(tables["runs"], "shifted_accuracy", arm="plain", than="augmented", by=by)


@table_control
def before_training(tables: Tables) -> Tables:
    """The nets as they start."""
    start = tables["curves"].query("step == 0")[["seed", "arm", "test_accuracy"]]
    return tables.replaced(runs=tables["runs"].drop(columns="test_accuracy").merge(start, on=["seed", "arm"]))


@claim(
    source="Jordan 2024, arXiv:2404.00498 and gist 5248bffd (90.6 % after 11 epochs without normalisation)",
    control=before_training,
    assay=plain_net_trained,
    tiers=("full",),
    because="digits are classified to 94 % and above by anything; on CIFAR-10 one development seed reached 85.1 %",
)
def a_modern_recipe_reaches_80_percent_in_11_epochs(tables: Tables) -> Score:
    """A small VGG net without normalisation, trained on shifted and mirrored images with a fast schedule, is right on
    more than 80 % of CIFAR-10's test images after 11 epochs.
    """
    return above(tables["runs"], "test_accuracy", arm="augmented", value=0.8)


def figure_shifts(tables: Tables) -> Figure:
    """Accuracy on the test images as they are and shifted by one pixel."""
    caption = "The augmented net loses little when an image moves by one pixel."
    return shifts(tables, ARMS, "training images", caption)


def figure_curves(tables: Tables) -> Figure:
    """Accuracy and loss over epochs."""
    panels = learning_panels(tables["curves"], arms=ARMS)
    return Figure(title="Training", caption="Median and quartiles over the seeds, unshifted images.", panels=panels)


def figure_best(tables: Tables) -> Figure:
    """The best epoch against the last."""
    return best_and_last(tables, ARMS)
