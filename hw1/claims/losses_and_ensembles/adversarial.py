"""One signed step in the inputs: what it does to a deep net, to another one, and to a linear one.

Belief  Deep nets are fragile: a small step along the sign of the gradient ruins them while noise of the same size does
        not, it ruins other nets as well, and linear models are sturdier.
Source  Goodfellow, Shlens, Szegedy, ICLR 2015, arXiv:1412.6572, abstract and section 4 (who trace it to nets being too
        linear, and ask why what fools one model fools others).
Here    500 of scikit-learn's 8 x 8 digits and 500 others to test on, drawn anew for each seed; two nets of 64-64 ReLU
        units on the same examples, each with its own start and order, and two linear ones, Adam at 0.003, 500 updates
        with batches of 50. Every pixel of a test image moves by a quarter of the inputs' deviation (`strong`: by half)
        along the sign of its gradient, or by a random sign. All numbers are means over the two nets.
        `full`: CIFAR-10, 512-512 units, 10 epochs of batches of 128 with Adam at 0.001.
Limits  One step, no search: stronger attacks find more. 64 pixels, standardised; moved pixels may leave what ink can
        be. The nets of a seed share their training examples, which helps the transfer. On CIFAR-10 such a step in each
        of 3,072 pixels leaves deep nets 0.6 % and linear ones nothing (two development seeds, no claim).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw1.claims._columns import beside
from hw1.claims._dense_nets import Training, fit
from hw1.claims._yardsticks import PerSeed
from hw1.claims.losses_and_ensembles._assays import learned
from hw1.claims.losses_and_ensembles._members import averaged
from hw1.data import Problem, repeated
from hw1.figures import Figure, Panel, every_seed, strip
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, less, within
from hw1.streams import Draw, Member, members_of, streams_of, streams_of_members
from hw1.tables import Tables

if TYPE_CHECKING:
    from hw1.training import Stack

REVISION = 1
ARMS = ("deep", "linear")
MEMBERS = 2  # nets of a seed and arm


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net, training, and sizes of the step."""

    train: int = 500
    test: int = 500
    updates: int = 500
    step: float = 0.25  # in units of the inputs' deviation
    strong: float = 0.5


FAST = Setting()
FULL = FAST.on_cifar10()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train two nets per seed and move their test inputs.

    `runs`: seed, arm; means over the two of train_loss and test_loss (nats), train_accuracy and test_accuracy after the
    last update; of the test accuracy on moved inputs: attacked, by the net's own gradient; transferred, by the other
    net's; signs, by random signs; attacked_strongly, by its own gradient, further. `curves`: seed, arm, step (update),
    the losses and accuracies.
    """
    draw = streams_of(run)
    nets, of_nets = members_of(seeds, MEMBERS), streams_of_members(draw)
    data = repeated(setting.problem(seeds, draw), MEMBERS)
    widths = setting.widths if arm == "deep" else ()
    found = fit(setting, data, seeds=nets, draw=of_nets, device=device, widths=widths)
    moved = _moved(found.stack, data, setting, nets, of_nets)
    return averaged(found, seeds).tables(arm, **{k: v.reshape(-1, MEMBERS).mean(1) for k, v in moved.items()})


def _moved(
    stack: "Stack", data: Problem, setting: Setting, nets: Sequence[Member], draw: Draw
) -> dict[str, NDArray[np.float64]]:
    """Accuracy of each net on moved test inputs, by name."""
    from hw1.measures.attacks import random_signs, seen_at, signed_gradient
    from hw1.measures.sensitivity import logits

    outputs, x, y = logits(stack), stack.place(data.x_test), stack.place(data.y_test)
    own = signed_gradient(outputs, x, y, setting.step)
    places = {
        "attacked": own,
        "transferred": own.view(-1, MEMBERS, *own.shape[1:]).flip(1).flatten(0, 1),
        "signs": random_signs(x, setting.step, [draw(net, "signs") for net in nets]),
        "attacked_strongly": signed_gradient(outputs, x, y, setting.strong),
    }
    return {name: seen_at(outputs, place, y).accuracy.cpu().numpy().astype(float) for name, place in places.items()}


@assay("learned with the deep nets (test_accuracy at least 10 points above chance)")
def the_deep_nets_learn(tables: Tables) -> PerSeed:
    """A net that guesses has nothing to lose."""
    # At least 0.91 on 96 development seeds.
    return learned(tables, "deep")


@assay("learned with the deep and the linear nets (test_accuracy at least 10 points above chance)")
def all_learn(tables: Tables) -> PerSeed:
    """Nets that guess have nothing to lose."""
    # At least 0.91 on 96 development seeds.
    return learned(tables, "deep", "linear")


@table_control
def signs_attack(tables: Tables) -> Tables:
    """Random signs take the place of those of the gradient, a step of the same size."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(attacked=runs["signs"], transferred=runs["signs"]))


@table_control
def attacks_for_signs(tables: Tables) -> Tables:
    """The signs of the gradient take the place of random ones."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(signs=runs["attacked"]))


@table_control
def a_weaker_step(tables: Tables) -> Tables:
    """The step is half as large."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(attacked_strongly=runs["attacked"]))


equal_nets = arms_control("equal_nets", "Deep nets take the place of linear ones.", {"linear": "deep"})


@claim(
    source="Goodfellow et al. 2015, arXiv:1412.6572, section 4",
    control=signs_attack,
    assay=the_deep_nets_learn,
)
def one_signed_step_ruins_a_deep_net(tables: Tables) -> Score:
    """One step of a quarter of a deviation along the sign of its gradient costs a deep net at least 40 points of
    accuracy on digits (in `full` CIFAR-10).
    """
    columns = {"attacked": ("deep", "attacked"), "clean": ("deep", "test_accuracy")}
    return less(beside(tables["runs"], "accuracy", columns), "accuracy", arm="attacked", than="clean", by=0.4)


@claim(
    source="the control of Goodfellow et al. 2015, arXiv:1412.6572: is it the direction or the size?",
    control=attacks_for_signs,
    assay=the_deep_nets_learn,
)
def random_signs_leave_a_deep_net_alone(tables: Tables) -> Score:
    """Random signs of the same size, a quarter of a deviation, move a deep net's accuracy by less than 4 points, on
    digits (in `full` CIFAR-10).
    """
    columns = {"signs": ("deep", "signs"), "clean": ("deep", "test_accuracy")}
    frame = beside(tables["runs"], "accuracy", columns)
    return within(frame, "accuracy", arm="signs", target="clean", margin=0.04)


@claim(
    source="Goodfellow et al. 2015, arXiv:1412.6572, abstract (across architectures and training sets)",
    control=signs_attack,
    assay=the_deep_nets_learn,
)
def a_step_against_one_deep_net_ruins_another(tables: Tables) -> Score:
    """The step against one deep net costs another, of another start, at least 30 points of accuracy on digits (in
    `full` CIFAR-10).
    """
    columns = {"transferred": ("deep", "transferred"), "clean": ("deep", "test_accuracy")}
    return less(beside(tables["runs"], "accuracy", columns), "accuracy", arm="transferred", than="clean", by=0.3)


@claim(
    source="the belief; against it Goodfellow et al. 2015, arXiv:1412.6572, abstract (it is their linear nature)",
    control=equal_nets,
    assay=all_learn,
    tiers=("fast",),
    because="on CIFAR-10 the step leaves linear nets nothing, and deep ones 0.6 % (two development seeds)",
)
def deep_nets_are_more_fragile_than_linear_ones(tables: Tables) -> Score:
    """A step of a quarter of a deviation along their own gradients leaves deep nets at least 2 points less accurate on
    digits than linear ones.
    """
    return less(tables["runs"], "attacked", arm="deep", than="linear", by=0.02)


@claim(
    source="the same belief at twice the step",
    control=a_weaker_step,
    assay=all_learn,
    expect="refuted",
    tiers=("fast",),
    because="at half a deviation nothing is left of either: the order of two nets that are nearly always wrong turns",
)
def deep_nets_are_more_fragile_than_linear_ones_at_twice_the_step(tables: Tables) -> Score:
    """A step of half a deviation along their own gradients leaves deep nets at least 2 points less accurate on digits
    than linear ones.
    """
    return less(tables["runs"], "attacked_strongly", arm="deep", than="linear", by=0.02)


def figure_steps(tables: Tables) -> Figure:
    """Accuracy on test inputs as they are and moved."""
    runs = tables["runs"]
    moves = ("test_accuracy", "signs", "transferred", "attacked", "attacked_strongly")
    columns = {move: ("deep", move) for move in moves}
    deep = Panel(
        x_label="how the inputs of deep nets were moved",
        y_label="accuracy",
        series=strip(beside(runs, "accuracy", columns), y="accuracy", arms=moves),
        ticks=moves,
    )
    labels = {"attacked": "accuracy after the step", "attacked_strongly": "accuracy after twice the step"}
    both = (every_seed(runs, metric, label, arms=ARMS, x_label="net") for metric, label in labels.items())
    return Figure(
        title="One signed step",
        caption="A step along the sign of the gradient ruins a deep net, even one made for another net, and random "
        "signs do not. Linear nets lose less at this step, and no less at twice the step. Points: seeds.",
        panels=(deep, *both),
    )
