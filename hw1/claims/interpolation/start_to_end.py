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
        `full`: CIFAR-10, three layers of 512 (not run yet).
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
from functools import partial

import numpy as np
import pandas as pd

from hw1.claims.interpolation._line import Training, examples, line_frame, on_line, solve
from hw1.claims.interpolation._line import external_data as external_data  # of the data that `full` reads
from hw1.figures import LEARNING, Figure, Panel, bands, strip
from hw1.registry import claim, table_control
from hw1.statistics import Score, above, below, less
from hw1.streams import stream
from hw1.tables import Tables, in_place_of

REVISION = 2
ARMS = ("sgd", "adam_large_steps", "from_another_solution")
ALPHAS = np.linspace(0, 1, 41)


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, net and training; the optimizer belongs to the arms."""

    data: str = "mnist1d"
    train: int = 600
    test: int = 500
    widths: tuple[int, ...] = (48, 48)
    batch: int = 50
    epochs: int = 40
    lr: float = 0.1
    large_rate: float = 0.03  # of Adam
    stack: int = 24


FAST = Setting()
FULL = replace(
    FAST, data="cifar10", train=50_000, test=10_000, widths=(512, 512, 512), batch=128, lr=0.02, at_once=2_000, stack=1
)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed and measure the line from its start to its end.

    `runs`: seed, arm; rise, the largest rise of the training loss above its lowest value so far (nats); test_rise, the
    same of the test loss; train_loss, train_accuracy, test_loss and test_accuracy at the end; moved, the distance from
    start to end in norms of the start. `line`: seed, arm, alpha, and the losses and accuracies there.
    """
    from hw1.measures.barriers import largest_rise

    draw = partial(stream, "start_to_end", REVISION)
    data = examples(setting, seeds, draw)
    own = _with_adam(setting) if arm == "adam_large_steps" else setting
    nets, start = solve(own, data, seeds, draw, device=device)
    end = nets.weights()
    if arm == "from_another_solution":
        others, _ = solve(own, data, seeds, draw, start="other start", order="other order", device=device)
        start = others.weights()
    curves = on_line(nets, start, end, data, ALPHAS, at_once=setting.at_once)
    moved = ((end - start).norm(dim=1) / start.norm(dim=1)).cpu().numpy()
    runs = pd.DataFrame(
        {
            "seed": list(seeds),
            "arm": arm,
            "rise": largest_rise(curves["train_loss"]),
            "test_rise": largest_rise(curves["test_loss"]),
            **{name: values[:, -1] for name, values in curves.items()},
            "moved": np.where(np.isfinite(moved), moved, np.inf),
        }
    )
    return Tables({"runs": runs, "line": line_frame(seeds, arm, curves, ALPHAS)})


def _with_adam(setting: Setting) -> Setting:
    return replace(setting, optimizer="adam", momentum=0.0, lr=setting.large_rate)


@table_control
def another_solution_for_the_start(tables: Tables) -> Tables:
    """The line begins at a solution from another start, instead of the net's own start."""
    return in_place_of("sgd", "from_another_solution", tables)


@claim(source="Goodfellow, Vinyals, Saxe 2015, arXiv:1412.6544", control=another_solution_for_the_start)
def the_loss_falls_all_the_way_from_start_to_end(tables: Tables) -> Score:
    """On the line from start to end of a training by SGD the training loss nowhere rises by .001 nats."""
    return below(tables["runs"], "rise", arm="sgd", value=0.001)


@table_control
def equal_optimizers(tables: Tables) -> Tables:
    """The nets of SGD take the place of those that Adam trained."""
    return in_place_of("adam_large_steps", "sgd", tables)


@claim(source="Lucas et al. 2021, arXiv:2104.11044 (weights that move far from the start)", control=equal_optimizers)
def large_steps_of_adam_lead_far_away(tables: Tables) -> Score:
    """Adam at 30 times its default rate ends at least 1.4 times as far from its start as SGD."""
    return less(tables["runs"], "moved", arm="sgd", than="adam_large_steps", factor=1.4)


@table_control
def another_solution_for_large_steps(tables: Tables) -> Tables:
    """The line begins at a solution from another start, and is one with a barrier."""
    return in_place_of("adam_large_steps", "from_another_solution", tables)


@claim(
    source="Lucas et al. 2021, arXiv:2104.11044 (adaptive optimizers, large steps)",
    control=another_solution_for_large_steps,
    expect="refuted",
    because="with a rate that decays to 0 the longer way is as monotone; at a constant rate its noisy end rises",
    p0=0.75,
)
def large_steps_of_adam_break_the_fall(tables: Tables) -> Score:
    """On at least three seeds in four the training loss rises by at least .001 nats on the way from start to end of a
    training by Adam at 30 times its default rate, with cosine decay.
    """
    return above(tables["runs"], "rise", arm="adam_large_steps", value=0.001)


def _panels(tables: Tables, what: str) -> tuple[Panel, ...]:
    return tuple(
        Panel(
            x_label="alpha (1: the end of training)",
            y_label=LEARNING[metric],
            series=bands(tables["line"], x="alpha", y=metric, arms=ARMS),
            y_log=what == "loss",
        )
        for metric in (f"train_{what}", f"test_{what}")
    )


def figure_loss(tables: Tables) -> Figure:
    """Loss from start to end."""
    return Figure(
        title="Loss from start to end",
        caption="Median and quartiles over the seeds. Along the lines from a start the training loss falls all the "
        "way, with SGD and with large steps of Adam; between two solutions it does not.",
        panels=_panels(tables, "loss"),
    )


def figure_accuracy(tables: Tables) -> Figure:
    """Accuracy from start to end."""
    return Figure(
        title="Accuracy from start to end",
        caption="Median and quartiles over the seeds.",
        panels=_panels(tables, "accuracy"),
    )


def figure_rises(tables: Tables) -> Figure:
    """The largest rise, and the distance from the start, of every seed."""
    runs = tables["runs"]
    rises = runs.assign(rise=runs["rise"].clip(lower=1e-6))
    return Figure(
        title="Where the loss rises on the way",
        caption="Each point is a net; lines without any rise are drawn at one millionth.",
        panels=(
            Panel(
                x_label="line",
                y_label="largest rise (nats)",
                series=strip(rises, y="rise", arms=ARMS),
                y_log=True,
                ticks=ARMS,
                levels={"margin of the fall": 0.001},
            ),
            Panel(
                x_label="line",
                y_label="distance (norms of the start)",
                series=strip(runs, y="moved", arms=ARMS),
                y_log=True,
                ticks=ARMS,
            ),
        ),
    )
