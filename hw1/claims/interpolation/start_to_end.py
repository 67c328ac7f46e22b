"""From the start of a training straight to its end.

Belief  On the straight line from the initial weights to the trained ones the training loss falls all the way, unless
        the weights moved far, as with large steps of Adam.
Source  Goodfellow, Vinyals, Saxe, ICLR 2015, arXiv:1412.6544; Lucas, Bae, Zhang, Fort, Zemel, Grosse, ICML 2021,
        arXiv:2104.11044: so with SGD; where weights are made to move far from their start, by Adam with large steps
        among others, often not.
Here    600 examples of MNIST-1D, made anew for each seed; two hidden layers of 48 ReLU units, batches of 50, 40 epochs
        with cosine decay: SGD with momentum at .1, and Adam at .03, 30 times its default rate. Measured is the largest
        rise above the lowest loss so far, on 41 points. `from_another_solution`: the line that ends with SGD's net
        begins at a solution from another start.
        `full`: CIFAR-10, three layers of 512 (one development seed).
Limits  Large steps do break the fall where the rate stays constant, and then at the end of the line, where the net is
        noisy rather than behind a barrier: on 4 development seeds with two layers of 128, 1,000 examples and 1,500
        updates at .03 the rise was 0 to .05 nats (median .02), 11 norms from the start. Rates of .1 and more leave nets
        that have not fitted. The test loss rises on the way, by 1.7 nats with SGD and 3.2 with Adam (medians of 8
        development seeds): the nets grow overconfident. A monotone line says nothing of how easy the training was
        (Vlaar and Frankle, ICML 2022, arXiv:2106.16004). Nets without normalisation layers only: with batch
        normalisation the source finds many lines that are not monotone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.claims.interpolation._line import Solving, finite, line_frame, on_line, solve
from hw1.figures import LEARNING, Figure, every_seed, panels_over
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, above, below, less
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 3
ARMS = ("sgd", "adam_large_steps", "from_another_solution")
ALPHAS = np.linspace(0, 1, 41)


@dataclass(frozen=True, kw_only=True)
class Setting(Solving):
    """Data, net and training; the optimizer belongs to the arms."""

    data: str = "mnist1d"
    widths: tuple[int, ...] = (48, 48)
    epochs: int = 40
    large_rate: float = 0.03  # of Adam


FAST = Setting()
FULL = FAST.on_cifar10()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed and measure the line from its start to its end.

    `runs`: seed, arm; rise, the largest rise of the training loss above its lowest value so far (nats); test_rise, the
    same of the test loss; train_loss, train_accuracy, test_loss and test_accuracy at the end; moved, the distance from
    start to end in norms of the start. `line`: seed, arm, alpha, and the losses and accuracies there.
    """
    from hw1.measures.barriers import largest_rise

    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    adam = replace(setting, optimizer="adam", momentum=0.0, lr=setting.large_rate)
    nets, start = solve(adam if arm == "adam_large_steps" else setting, data, seeds, draw, device=device)
    end = nets.weights()
    if arm == "from_another_solution":
        others, _ = solve(setting, data, seeds, draw, start="other start", order="other order", device=device)
        start = others.weights()
    curves = on_line(nets, start, end, data, ALPHAS)
    columns = {
        "rise": largest_rise(curves["train_loss"]),
        "test_rise": largest_rise(curves["test_loss"]),
        **{name: values[:, -1] for name, values in curves.items()},
        "moved": finite(((end - start).norm(dim=1) / start.norm(dim=1)).cpu().numpy()),
    }
    runs = pd.DataFrame({"seed": list(seeds), "arm": arm, **columns})
    return Tables({"runs": runs, "line": line_frame(seeds, arm, curves, ALPHAS)})


@assay("trained (train_loss of sgd below half of ln 10)")
def sgd_trained(tables: Tables) -> PerSeed:
    """Where nothing was trained the loss does not rise on the way, as start and end are one point."""
    # At most 0.05 nats on 36 development seeds; half of ln 10 is 1.15.
    return loss_below(0.5, tables["runs"], "sgd")


@assay("trained (train_loss of adam_large_steps below half of ln 10)")
def adam_trained(tables: Tables) -> PerSeed:
    """Where nothing was trained the loss does not rise on the way, as start and end are one point."""
    # At most 0.04 nats on 36 development seeds.
    return loss_below(0.5, tables["runs"], "adam_large_steps")


@assay("trained (train_loss of sgd and adam_large_steps below half of ln 10)")
def both_trained(tables: Tables) -> PerSeed:
    """Far from the start is an end of training, and not a divergence."""
    return loss_below(0.5, tables["runs"], "sgd", "adam_large_steps")


another_solution_for_the_start = arms_control(
    "another_solution_for_the_start",
    "The line begins at a solution from another start, instead of the net's own start.",
    {"sgd": "from_another_solution"},
)


@claim(
    source="Goodfellow, Vinyals, Saxe 2015, arXiv:1412.6544", control=another_solution_for_the_start, assay=sgd_trained
)
def the_loss_falls_all_the_way_from_start_to_end(tables: Tables) -> Score:
    """On the line from start to end of a training by SGD the training loss nowhere rises by .001 nats."""
    return below(tables["runs"], "rise", arm="sgd", value=0.001)


equal_optimizers = arms_control(
    "equal_optimizers", "The nets of SGD take the place of those that Adam trained.", {"adam_large_steps": "sgd"}
)


@claim(
    source="Lucas et al. 2021, arXiv:2104.11044 (weights that move far from the start)",
    control=equal_optimizers,
    assay=both_trained,
)
def large_steps_of_adam_lead_far_away(tables: Tables) -> Score:
    """Adam at 30 times its default rate ends at least 1.4 times as far from its start as SGD."""
    return less(tables["runs"], "moved", arm="sgd", than="adam_large_steps", factor=1.4)


another_solution_for_large_steps = arms_control(
    "another_solution_for_large_steps",
    "The line begins at a solution from another start, and is one with a barrier.",
    {"adam_large_steps": "from_another_solution"},
)


@claim(
    source="Lucas et al. 2021, arXiv:2104.11044 (adaptive optimizers, large steps)",
    control=another_solution_for_large_steps,
    assay=adam_trained,
    expect="refuted",
    because="with a rate that decays to 0 the longer way is as monotone; at a constant rate its noisy end rises",
    p0=0.75,
)
def large_steps_of_adam_break_the_fall(tables: Tables) -> Score:
    """On at least three seeds in four the training loss rises by at least .001 nats on the way from start to end of a
    training by Adam at 30 times its default rate, with cosine decay.
    """
    return above(tables["runs"], "rise", arm="adam_large_steps", value=0.001)


def figure_line(tables: Tables) -> Figure:
    """Accuracy and loss from start to end."""
    return Figure(
        title="From start to end",
        caption="Median and quartiles over the seeds. Along the lines from a start the training loss falls all the "
        "way, with SGD and with large steps of Adam; between two solutions it does not.",
        panels=panels_over(tables["line"], LEARNING, arms=ARMS, x="alpha", x_label="alpha (1: the end of training)"),
    )


def figure_rises(tables: Tables) -> Figure:
    """The largest rise, and the distance from the start, of every seed."""
    runs = tables["runs"].assign(rise=tables["runs"]["rise"].clip(lower=1e-6))
    margin = {"margin of the fall": 0.001}
    return Figure(
        title="Where the loss rises on the way",
        caption="Each point is a net; lines without any rise are drawn at one millionth.",
        panels=(
            every_seed(runs, "rise", "largest rise (nats)", arms=ARMS, x_label="line", y_log=True, levels=margin),
            every_seed(runs, "moved", "distance (norms of the start)", arms=ARMS, x_label="line", y_log=True),
        ),
    )
