"""SGD with momentum and Adam, each at its own best rate, and both at the same rate.

Belief  SGD generalises better than Adam.
Source  Wilson, Roelofs, Stern, Srebro, Recht, NIPS 2017, arXiv:1705.08292, abstract (adaptive methods generalise
        worse). Against it: Choi, Shallue, Nado, Lee, Maddison, Dahl, arXiv:1910.05446, abstract (with full tuning,
        adaptive methods never do worse than those that they can approximate).
Here    300 of scikit-learn's 8 x 8 digits, 500 others to choose the rate on and 900 to test on, drawn anew for each
        seed; 64 ReLU units, 200 updates with batches of 50. Each seed trains at six rates, 0.003 to 1 for SGD with
        momentum 0.9 and 0.001 to 0.3 for Adam, and keeps that of the highest accuracy on the 500. `again`: SGD once
        more, tuned from other starts and orders.
Limits  Only the rate is tuned, in steps of a factor of about three. A seed whose best rate is the first or the last of
        a grid does not count, as a better one may lie beyond. Two tuned arms cost a seed twelve trainings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw1.claims._yardsticks import PerSeed, better_than_chance
from hw1.claims.optimisation._tuned import inside, panels
from hw1.claims.optimisation._tuning import Grid, over_grid, require_in, tabled
from hw1.figures import Figure
from hw1.registry import assay, claim, table_control
from hw1.statistics import Score, less, within
from hw1.streams import Draw, streams_of
from hw1.tables import Tables

REVISION = 1
ARMS = ("sgd", "again", "adam")


@dataclass(frozen=True, kw_only=True)
class Setting(Grid):
    """Data, net, training and grids."""

    optimizer: str = "sgd"
    lr: float = 0.003  # a small and a large rate that both grids have
    large_lr: float = 0.3
    momentum: float = 0.9
    rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    adam_rates: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed at each rate of an optimizer's grid.

    `runs`: seed, arm; lr, the rate that the seed chose, at_edge, whether it is the first or the last of the grid, and
    trainings, how many there were; at that rate train_loss and test_loss (nats) and test_accuracy; small and large, the
    test accuracies at the rates that both grids have. `grid`: seed, arm, lr and test_accuracy at every rate.
    """
    draw = streams_of(run)
    adam = arm == "adam"
    other = {"optimizer": "adam", "momentum": 0.0} if adam else {}
    rates = setting.adam_rates if adam else setting.rates
    require_in("adam_rates" if adam else "rates", rates, lr=setting.lr, large_lr=setting.large_lr)
    own = _anew(draw) if arm == "again" else draw
    found = over_grid(setting, rates, lambda lr: {"lr": lr, **other}, seeds=seeds, draw=own, device=device)
    same = {name: found.at("test_accuracy", lr) for name, lr in (("small", setting.lr), ("large", setting.large_lr))}
    return tabled(found, seeds, arm, "lr", **same)


def _anew(draw: Draw) -> Draw:
    """Streams with the same data, but other starts and orders."""
    return lambda seed, purpose: draw(seed, purpose) if purpose == "data" else draw(seed, purpose, "again")


@assay("learned at a best rate of both inside of the grids")
def both_inside(tables: Tables) -> PerSeed:
    """Beyond an edge there may be a better rate."""
    # At least 0.90 on 96 development seeds, of which one chose an edge.
    return inside(tables, "sgd", "adam")


@assay("learned at a best rate inside of the grid, both times")
def inside_twice(tables: Tables) -> PerSeed:
    """As for two optimizers."""
    # At least 0.90 on 96 development seeds, of which none chose an edge.
    return inside(tables, "sgd", "again")


@assay("learned with both at their best rates (test_accuracy at least 10 points above chance)")
def both_learn(tables: Tables) -> PerSeed:
    """At their best rates: how far one falls behind at another rate is what the claim is about."""
    # At least 0.90 on 96 development seeds.
    return better_than_chance(tables["runs"], "sgd", "adam")


@table_control
def untuned(tables: Tables) -> Tables:
    """Adam at a rate that is large for it, and the second SGD at one that is small."""
    runs = tables["runs"]
    tuned = runs["test_accuracy"].mask(runs["arm"] == "adam", runs["large"]).mask(runs["arm"] == "again", runs["small"])
    return tables.replaced(runs=runs.assign(test_accuracy=tuned))


@table_control
def at_the_other_rate(tables: Tables) -> Tables:
    """The small rate in the place of the large one, and the other way around."""
    return tables.replaced(runs=tables["runs"].rename(columns={"small": "large", "large": "small"}))


ONE_TIER = "digits are the data of the laptop's tier; the sources have CIFAR-10 and language"


@claim(
    source="Wilson et al. 2017, arXiv:1705.08292; against it Choi et al. 2019, arXiv:1910.05446",
    control=untuned,
    assay=both_inside,
    expect="refuted",
    tiers=("fast",),
    because="each optimizer has a rate at which digits are learned as well as with the other",
)
def sgd_generalises_better_than_adam(tables: Tables) -> Score:
    """On digits, SGD with momentum at its best of six rates is at least a point more accurate on test examples than
    Adam at its own best.
    """
    return less(tables["runs"], "test_accuracy", arm="adam", than="sgd", by=0.01)


@claim(
    source="the null of such a comparison: one optimizer under two names",
    control=untuned,
    assay=inside_twice,
    tiers=("fast",),
    because=ONE_TIER,
)
def an_optimizer_tuned_twice_is_as_accurate(tables: Tables) -> Score:
    """On digits, SGD with momentum that is tuned twice, from other starts and orders, is within two points of its own
    test accuracy.
    """
    return within(tables["runs"], "test_accuracy", arm="again", target="sgd", margin=0.02)


@claim(
    source="how such a comparison comes out at one rate for all; Choi et al. 2019, arXiv:1910.05446, abstract",
    control=at_the_other_rate,
    assay=both_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def at_a_small_rate_adam_is_more_accurate(tables: Tables) -> Score:
    """On digits, at the rate 0.003 for both, Adam is at least a point more accurate on test examples than SGD with
    momentum after 200 updates.
    """
    return less(tables["runs"], "small", arm="sgd", than="adam", by=0.01)


@claim(
    source="how such a comparison comes out at one rate for all; Choi et al. 2019, arXiv:1910.05446, abstract",
    control=at_the_other_rate,
    assay=both_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def at_a_large_rate_sgd_is_more_accurate(tables: Tables) -> Score:
    """On digits, at the rate 0.3 for both, SGD with momentum is at least five points more accurate on test examples
    than Adam after 200 updates.
    """
    return less(tables["runs"], "large", arm="adam", than="sgd", by=0.05)


def figure_rates(tables: Tables) -> Figure:
    """Test accuracy at the best rates, and over the grids."""
    return Figure(
        title="SGD and Adam over their rates",
        caption="At one rate for both either wins, by the choice of the rate; each at its own best they are alike, and "
        "as near as one of them tuned twice. Points: seeds; lines: medians; bands: quartiles.",
        panels=panels(tables, "lr", "learning rate", ARMS),
    )
