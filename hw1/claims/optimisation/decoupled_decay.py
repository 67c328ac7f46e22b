"""Weight decay by AdamW and by an L2 term in Adam, each at its own best strength and at the same number.

Belief  AdamW is better than Adam with an L2 term.
Source  Loshchilov, Hutter, ICLR 2019, arXiv:1711.05101, abstract (decoupled decay improves Adam's generalisation).
Here    300 of scikit-learn's 8 x 8 digits, 500 others to choose the strength on and 900 to test on, drawn anew for each
        seed; 64 ReLU units, 200 updates of Adam at 0.01 with batches of 50. Each seed trains without decay and at
        six strengths, 0.0001 to 0.1 for the L2 term and 0.01 to 10 for AdamW, whose decay is multiplied by the rate,
        and keeps that of the highest accuracy on the 500.
Limits  A short training at a constant rate; the source has long ones with schedules that restart. A seed whose best
        strength is the last of a grid does not count. Neither kind gains much: without any decay the accuracy is a
        quarter of a point lower (mean of 48 development seeds, at the best strength for all of them).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw1.claims._yardsticks import PerSeed, better_than_chance
from hw1.claims.optimisation._tuned import inside, panels
from hw1.claims.optimisation._tuning import Grid, over_grid, require_in, tabled
from hw1.figures import Figure
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 1
ARMS = ("l2", "decoupled")


@dataclass(frozen=True, kw_only=True)
class Setting(Grid):
    """Data, net, training and grids."""

    lr: float = 0.01
    same: float = 0.1  # a strength that both grids have
    l2: tuple[float, ...] = (0.0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1)
    decoupled: tuple[float, ...] = (0.0, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0)


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed at each strength of a kind of weight decay.

    `runs`: seed, arm; weight_decay, the strength that the seed chose, at_edge, whether it is the first or the last of
    the grid, and trainings, how many there were; with it train_loss and test_loss (nats) and test_accuracy; same, the
    test accuracy at the strength that both grids have. `grid`: seed, arm, weight_decay and test_accuracy at every
    strength.
    """
    kind = "adamw" if arm == "decoupled" else setting.optimizer
    grid = setting.decoupled if arm == "decoupled" else setting.l2
    require_in(arm, grid, same=setting.same)
    found = over_grid(
        setting,
        grid,
        lambda strength: {"optimizer": kind, "weight_decay": strength},
        seeds=seeds,
        draw=streams_of(run),
        device=device,
    )
    return tabled(found, seeds, arm, "weight_decay", same=found.at("test_accuracy", setting.same))


@assay("learned at a best strength of both that is not the largest of its grid")
def both_inside(tables: Tables) -> PerSeed:
    """Beyond the largest there may be a better one; below none there is nothing."""
    # At least 0.91 on 96 development seeds, of which none chose the largest.
    return inside(tables, *ARMS)


@assay("learned with both at their best strengths (test_accuracy at least 10 points above chance)")
def both_learn(tables: Tables) -> PerSeed:
    """At their best strengths: how far one falls behind at another is what the claim is about."""
    # At least 0.91 on 96 development seeds.
    return better_than_chance(tables["runs"], *ARMS)


@table_control
def l2_untuned(tables: Tables) -> Tables:
    """The L2 term at a strength that is large for it."""
    runs = tables["runs"]
    return tables.replaced(
        runs=runs.assign(test_accuracy=runs["test_accuracy"].mask(runs["arm"] == "l2", runs["same"]))
    )


no_l2 = arms_control("no_l2", "Both nets decay as AdamW does.", {"l2": "decoupled"})
ONE_TIER = "digits are the data of the laptop's tier; the source has CIFAR-10 and ImageNet32"


@claim(
    source="Loshchilov and Hutter 2019, arXiv:1711.05101, abstract",
    control=l2_untuned,
    assay=both_inside,
    expect="refuted",
    tiers=("fast",),
    because="each has a strength with which digits are learned as well as with the other",
)
def adamw_generalises_better_than_adam_with_l2(tables: Tables) -> Score:
    """On digits, AdamW at its best of seven strengths is at least two points more accurate on test examples than Adam
    with an L2 term at its own best.
    """
    return less(tables["runs"], "test_accuracy", arm="l2", than="decoupled", by=0.02)


@claim(
    source="Loshchilov and Hutter 2019, arXiv:1711.05101, abstract (for adaptive methods the two are not the same)",
    control=no_l2,
    assay=both_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def at_the_same_strength_adamw_is_more_accurate(tables: Tables) -> Score:
    """On digits, with a decay of 0.1 for both, AdamW is at least a point more accurate on test examples than Adam with
    an L2 term.
    """
    return less(tables["runs"], "same", arm="l2", than="decoupled", by=0.01)


def figure_strengths(tables: Tables) -> Figure:
    """Test accuracy at the best strengths, and over the grids."""
    return Figure(
        title="AdamW and Adam with an L2 term",
        caption="The same number means different strengths; each at its own best, the two are alike. Points: seeds; "
        "lines: medians; bands: quartiles.",
        panels=panels(tables, "weight_decay", "weight decay", ARMS),
    )
