"""Winning tickets: a small part of a net, trained alone from its own start.

Belief  A dense net holds a small one that, trained alone from the same start, is as good: the mask and the start make
        it, and no other small net is.
Source  Frankle, Carbin, ICLR 2019, arXiv:1803.03635, abstract and section 2. On the mask without its start: Zhou, Lan,
        Liu, Yosinski, NeurIPS 2019, arXiv:1905.01067, abstract.
Here    500 of scikit-learn's 8 x 8 digits and 500 others to test on, drawn anew for each seed; 64-64 ReLU units, 300
        updates of Adam at 0.003 with batches of 50. `fifth`: the largest 20 % of each trained weight matrix are kept,
        all biases too, and trained from their start as long as the dense net was, in the same order of examples
        (ticket); the same mask with a new start (new start); a random mask of that size on the old start (random).
        `twentieth`: 5 %. `in_rounds`: 5 % in five rounds, each of which keeps an equal share and starts again.
Limits  One small net and one task; masks by layer and by magnitude alone. How much is kept decides: after 300 updates
        a fifth is nearly as accurate with any mask, and what tells masks apart there is how soon. A ticket of a fifth
        still has three times the training loss of the dense net (0.015 and 0.005 nats, medians of 96 development
        seeds). The source has wider nets, trains longer and prunes in more rounds; there tickets overtake the dense
        net.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from hw1.claims._dense_nets import Training, check_early, fit
from hw1.claims._yardsticks import CHANCE, PerSeed, better_than_chance
from hw1.data import Problem
from hw1.figures import Figure, Panel, band, strip
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, less, within
from hw1.streams import Draw, streams_of
from hw1.tables import Tables, columns_as_arms, curve

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Classified

REVISION = 1
ARMS = ("fifth", "twentieth", "in_rounds")
NETS = ("dense", "ticket", "new_start", "random")


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training, and what is kept of the weights."""

    train: int = 500
    test: int = 500
    updates: int = 300
    early: int = 40  # updates after which the nets are compared early
    fifth: float = 0.2  # share of each matrix that is kept
    twentieth: float = 0.05
    rounds: int = 5  # of the arm that prunes in rounds


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train a dense net per seed, prune it, and train what is left in three ways.

    `runs`: seed, arm; of the dense net train_loss and test_loss (nats), train_accuracy and test_accuracy after the last
    update; and of all four (dense, ticket, new_start, random) NAME_accuracy, on test examples, and NAME_loss, in
    training, after the last update, and NAME_early, the accuracy on test examples after the early one. `curves`: seed,
    arm, step (update), NAME_accuracy and NAME_loss.
    """
    from hw1.training import drawn_mask

    check_early(setting)
    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    share = setting.fifth if arm == "fifth" else setting.twentieth
    dense, mask = pruned(setting, data, share, setting.rounds if arm == "in_rounds" else 1, seeds, draw, device)
    drawn = drawn_mask(dense.stack, share, [draw(seed, "mask") for seed in seeds])
    ways = {"ticket": (draw, mask), "new_start": (started_anew(draw), mask), "random": (draw, drawn)}
    found = {"dense": dense} | {
        name: trained(setting, data, kept, seeds, own, device) for name, (own, kept) in ways.items()
    }
    return tabled(found, setting, arm)


def pruned(
    setting: Setting, data: Problem, share: float, rounds: int, seeds: Sequence[int], draw: Draw, device: str
) -> "tuple[Classified, Tensor]":
    """The dense nets, trained, and the mask of the weights that are kept after some rounds of training and pruning."""
    from hw1.training import largest

    dense = trained(setting, data, None, seeds, draw, device)
    mask = largest(dense.stack, share ** (1 / rounds))
    for done in range(2, rounds + 1):
        again = trained(setting, data, mask, seeds, draw, device, at=[setting.updates])
        mask = largest(again.stack, share ** (done / rounds))
    return dense, mask


def trained(
    setting: Setting,
    data: Problem,
    kept: "Tensor | None",
    seeds: Sequence[int],
    draw: Draw,
    device: str,
    at: Sequence[int] | None = None,
) -> "Classified":
    """The nets of a seed's start, trained with the weights that are kept; measured early and after each quarter."""
    at = sorted({*setting.each(0.25), setting.early}) if at is None else at
    return fit(setting, data, seeds=seeds, draw=draw, device=device, at=at, kept=kept)


def started_anew(draw: Draw) -> Draw:
    """The same streams but for that of the start."""
    return lambda seed, *purpose: draw(seed, *purpose, *(("anew",) if purpose == ("init",) else ()))


def tabled(found: "dict[str, Classified]", setting: Setting, arm: str) -> Tables:
    """`runs` and `curves` as `run` says."""
    dense = found["dense"]
    curves: dict[str, Any] = {f"{name}_accuracy": one.curves["test_accuracy"] for name, one in found.items()}
    curves |= {f"{name}_loss": one.curves["train_loss"] for name, one in found.items()}
    at_early = list(dense.steps).index(setting.early)
    ends = {name: values[:, -1] for name, values in curves.items()}
    early = {f"{name}_early": curves[f"{name}_accuracy"][:, at_early] for name in found}
    runs = pd.DataFrame({"seed": list(dense.seeds), "arm": arm, **dense.last, **ends, **early})
    return Tables({"runs": runs, "curves": curve(dense.seeds, arm, dense.steps, **curves)})


@assay("learned as the dense net that a fifth is kept of (test_accuracy at least 10 points above chance)")
def dense_nets_learn(tables: Tables) -> PerSeed:
    """The dense net alone, whose weights make the mask: how a part of it does is what the claims are about."""
    # At least 0.91 on 96 development seeds, in all three arms the same net.
    return better_than_chance(tables["runs"], "fifth")


@assay("learned as the dense net that a twentieth is kept of (test_accuracy at least 10 points above chance)")
def dense_nets_of_twentieths_learn(tables: Tables) -> PerSeed:
    """The same net in its other arm."""
    return better_than_chance(tables["runs"], "twentieth")


@assay("learned as the dense net that is pruned in rounds (test_accuracy at least 10 points above chance)")
def dense_nets_in_rounds_learn(tables: Tables) -> PerSeed:
    """The same net where pruning begins with it."""
    return better_than_chance(tables["runs"], "in_rounds")


@assay("learned as the dense nets that a twentieth is kept of (test_accuracy at least 10 points above chance)")
def dense_nets_of_both_learn(tables: Tables) -> PerSeed:
    """At once and in rounds, pruning begins with the trained dense net."""
    return better_than_chance(tables["runs"], "twentieth", "in_rounds")


def _played(tables: Tables, role: str, actor: str) -> Tables:
    """The tables in which one net plays another's part."""
    runs = tables["runs"]
    return tables.replaced(
        runs=runs.assign(**{f"{role}_{what}": runs[f"{actor}_{what}"] for what in ("accuracy", "loss", "early")})
    )


@table_control
def random_for_ticket(tables: Tables) -> Tables:
    """The random mask takes the place of the ticket's."""
    return _played(tables, "ticket", "random")


@table_control
def new_start_for_ticket(tables: Tables) -> Tables:
    """The ticket has a new start as well."""
    return _played(tables, "ticket", "new_start")


@table_control
def random_for_new_start(tables: Tables) -> Tables:
    """Both masks are random."""
    return _played(tables, "new_start", "random")


@table_control
def random_for_dense(tables: Tables) -> Tables:
    """The net with the random mask takes the place of the dense one."""
    return _played(tables, "dense", "random")


a_twentieth = arms_control("a_twentieth", "A twentieth of the weights is kept.", {"fifth": "twentieth"})
a_fifth = arms_control("a_fifth", "A fifth of the weights is kept.", {"twentieth": "fifth"})
at_once = arms_control("at_once", "Both masks are made at once.", {"in_rounds": "twentieth"})
ONE_TIER = "digits and a small net are of the laptop's tier; the source has MNIST and CIFAR-10"
SOURCE = "Frankle and Carbin 2019, arXiv:1803.03635"


@claim(
    source=f"{SOURCE}, abstract (winning tickets train effectively in isolation)",
    control=random_for_ticket,
    assay=dense_nets_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def tickets_learn_sooner_than_random_masks(tables: Tables) -> Score:
    """On digits, after 40 updates, a ticket of a fifth of the weights is at least 5 points more accurate on test
    examples than a random mask of that size on the same start.
    """
    return less(_nets(tables, "fifth", "early"), "early", arm="random", than="ticket", by=0.05)


@claim(
    source=f"{SOURCE}, abstract (connections with initial weights that make training effective)",
    control=new_start_for_ticket,
    assay=dense_nets_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def a_ticket_learns_sooner_from_its_own_start(tables: Tables) -> Score:
    """On digits, after 40 updates, a ticket of a fifth of the weights is at least 5 points more accurate on test
    examples than the same mask with a new start.
    """
    return less(_nets(tables, "fifth", "early"), "early", arm="new_start", than="ticket", by=0.05)


@claim(
    source=f"{SOURCE}, abstract (tickets that learn faster than the original network)",
    control=random_for_dense,
    assay=dense_nets_learn,
    expect="refuted",
    tiers=("fast",),
    because="pruned once, to a fifth, the ticket keeps up with the net that it came from at best",
)
def tickets_learn_sooner_than_the_dense_net(tables: Tables) -> Score:
    """On digits, after 40 updates, a ticket of a fifth of the weights is at least 5 points more accurate on test
    examples than the dense net.
    """
    return less(_nets(tables, "fifth", "early"), "early", arm="dense", than="ticket", by=0.05)


@claim(
    source=f"{SOURCE}, abstract (tickets at less than a fifth of the size match the test accuracy)",
    control=a_twentieth,
    assay=dense_nets_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def a_ticket_of_a_fifth_is_as_accurate_as_the_dense_net(tables: Tables) -> Score:
    """On digits, a ticket of a fifth of the weights ends within 3 points of the dense net's test accuracy."""
    return within(_nets(tables, "fifth", "accuracy"), "accuracy", arm="ticket", target="dense", margin=0.03)


@claim(
    source=f"the same at a twentieth; against it {SOURCE}, section 1 (pruning once)",
    control=a_fifth,
    assay=dense_nets_of_twentieths_learn,
    expect="refuted",
    tiers=("fast",),
    because="so few of the weights, chosen at once, learn too slowly for this training",
)
def a_ticket_of_a_twentieth_is_as_accurate_as_the_dense_net(tables: Tables) -> Score:
    """On digits, a ticket of a twentieth of the weights, pruned at once, ends within 3 points of the dense net's test
    accuracy.
    """
    return within(_nets(tables, "twentieth", "accuracy"), "accuracy", arm="ticket", target="dense", margin=0.03)


@claim(
    source=f"{SOURCE}, abstract (other small nets are hard to train from the start)",
    control=a_twentieth,
    assay=dense_nets_learn,
    expect="refuted",
    tiers=("fast",),
    because="a fifth of the weights is enough for digits, whichever it is",
)
def of_fifths_only_tickets_end_accurate(tables: Tables) -> Score:
    """On digits, a ticket of a fifth of the weights ends at least 5 points more accurate on test examples than a random
    mask of that size.
    """
    return _beats_random_masks(tables, "fifth")


@claim(
    source=f"{SOURCE}, abstract (other small nets are hard to train from the start)",
    control=a_fifth,
    assay=dense_nets_of_twentieths_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def of_twentieths_only_tickets_end_accurate(tables: Tables) -> Score:
    """On digits, a ticket of a twentieth of the weights ends at least 5 points more accurate on test examples than a
    random mask of that size.
    """
    return _beats_random_masks(tables, "twentieth")


@claim(
    source="Zhou et al. 2019, arXiv:1905.01067, abstract (masks are good even without training)",
    control=random_for_new_start,
    assay=dense_nets_in_rounds_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def a_tickets_mask_helps_without_its_start(tables: Tables) -> Score:
    """On digits, the mask of a ticket of a twentieth of the weights, pruned in rounds, ends with a new start at least 5
    points more accurate on test examples than a random mask of that size.
    """
    nets = _nets(tables, "in_rounds", "accuracy")
    return less(nets, "accuracy", arm="random", than="new_start", by=0.05)


@claim(
    source=f"{SOURCE}, section 1 (pruning in rounds finds tickets at smaller sizes than pruning once)",
    control=at_once,
    assay=dense_nets_of_both_learn,
    tiers=("fast",),
    because=ONE_TIER,
)
def pruning_in_rounds_finds_better_tickets(tables: Tables) -> Score:
    """On digits, a ticket of a twentieth of the weights that was pruned in five rounds ends at least a point more
    accurate on test examples than one that was pruned at once.
    """
    return less(tables["runs"], "ticket_accuracy", arm="twentieth", than="in_rounds", by=0.01)


def _beats_random_masks(tables: Tables, arm: str) -> Score:
    """A ticket ends more accurate than a random mask of its size."""
    return less(_nets(tables, arm, "accuracy"), "accuracy", arm="random", than="ticket", by=0.05)


def _nets(tables: Tables, arm: str, what: str) -> pd.DataFrame:
    """The nets of an arm as arms of a score, by accuracy, early accuracy or loss."""
    runs = tables["runs"]
    return columns_as_arms(runs[runs["arm"] == arm], what, {name: f"{name}_{what}" for name in NETS})


def figure_ends(tables: Tables) -> Figure:
    """Test accuracy of every net after training."""
    panels = (
        Panel(
            title=arm,
            x_label="net",
            y_label="accuracy on test examples",
            series=strip(_nets(tables, arm, "accuracy"), y="accuracy", arms=NETS),
            ticks=NETS,
        )
        for arm in ARMS
    )
    return Figure(
        title="Tickets after training",
        caption="Where a fifth of the weights is kept, nearly any fifth will do; of a twentieth the ticket is far "
        "ahead, and further when it was pruned in rounds. Points: seeds.",
        panels=tuple(panels),
    )


def figure_curves(tables: Tables) -> Figure:
    """Test accuracy of every net over updates."""
    panels = (
        Panel(
            title=str(arm),
            x_label="update",
            y_label="accuracy on test examples",
            series=tuple(band(curves, name, x="step", y=f"{name}_accuracy") for name in NETS),
            levels={"chance": CHANCE},
        )
        for arm, curves in tables["curves"].groupby("arm", sort=False)
    )
    return Figure(
        title="Tickets in training",
        caption="A ticket learns sooner than the same mask with a new start, and this sooner than a random mask. "
        "Lines: medians over the seeds; bands: quartiles.",
        panels=tuple(panels),
    )
