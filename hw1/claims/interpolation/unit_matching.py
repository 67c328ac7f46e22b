"""Permuting hidden units to match, before two solutions are mixed.

Belief  Solutions from different starts are one solution but for the order of their hidden units: once the units of one
        net are permuted to match the other's, there is no barrier between them.
Source  Ainsworth, Hayase, Srinivasa, ICLR 2023, arXiv:2209.04836 ("Git Re-Basin", weight matching), who find it for
        wide nets and not for narrow ones; Entezari, Sedghi, Saukh, Neyshabur, ICLR 2022, arXiv:2110.06296 (the
        conjecture).
Here    600 of the 8 x 8 digits and 500 to test on, drawn for each seed; two hidden layers of 8 (narrow) or 64
        (wide) ReLU units, SGD with momentum at .1 with cosine decay, batches of 50, 30 epochs. The second net starts
        and is fed differently; its units are matched to the first's, layer by layer with scipy's
        `linear_sum_assignment`, until a pass changes nothing. `permuted_copy`: the second net is the first with its
        units shuffled.
        `full`: CIFAR-10, three layers of 16 or 512, batches of 128 at .02, 30 epochs.
Limits  What stays after matching depends on width and data: on MNIST-1D 64 units keep .35 nats of 2.0, 512 units .06 of
        1.2 (8 development seeds), on CIFAR-10 512 units .97 of 2.6 and 16 units .29 of 1.09 (one). Matching of weights
        only, in dense nets without normalisation layers, whose statistics would have to be taken anew on the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hw1.claims._yardsticks import PerSeed
from hw1.claims.interpolation._assays import solved
from hw1.claims.interpolation._figures import line_panels
from hw1.claims.interpolation._line import Solving, at_ends, heights, line_frame, on_line, solve
from hw1.figures import Figure, every_seed
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, below, less
from hw1.streams import streams_of
from hw1.tables import Tables, columns_as_arms

if TYPE_CHECKING:
    from torch import Tensor

    from hw1.training import Stack

REVISION = 4
ARMS = ("narrow", "wide", "permuted_copy")
CONNECTED = 0.02  # barrier in error below which Frankle et al. 2020 call two nets linearly connected
REBASIN = "Ainsworth, Hayase, Srinivasa 2023, arXiv:2209.04836"


@dataclass(frozen=True, kw_only=True)
class Setting(Solving):
    """Data, nets and training; the widths of narrow and wide nets take the place of `widths`."""

    data: str = "digits"
    widths: tuple[int, ...] = (8, 8)
    wide: tuple[int, ...] = (64, 64)
    epochs: int = 30


FAST = Setting()
FULL = FAST.on_cifar10(widths=(16, 16, 16), wide=(512, 512, 512))


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train two nets per seed and measure the lines between them before and after matching.

    `runs`: seed, arm; loss (nats) and accuracy of both nets on training and test data; with `before_` and `after_`:
    barriers in training and test loss (nats) and in training and test error, and by how much the loss at the middle
    exceeds both ends. `line`: seed, arm ("narrow, matched" for the line after matching), alpha, and the losses and
    accuracies there.
    """
    from hw1.measures.matching import matched

    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    own = replace(setting, widths=setting.wide) if arm == "wide" else setting
    nets, _ = solve(own, data, seeds, draw, layers=True, device=device)
    first = nets.weights()
    if arm == "permuted_copy":
        second = _shuffled(nets, first, [draw(seed, "units") for seed in seeds])
    else:
        others, _ = solve(own, data, seeds, draw, start="other start", order="other order", device=device)
        second = others.weights()
    before = on_line(nets, first, second, data)
    after = on_line(nets, first, matched(nets, first, second), data)
    both = {f"before_{name}": height for name, height in heights(before).items()}
    both |= {f"after_{name}": height for name, height in heights(after).items()}
    runs = pd.DataFrame({"seed": list(seeds), "arm": arm, **at_ends(before), **both})
    lines = [line_frame(seeds, arm, before), line_frame(seeds, f"{arm}, matched", after)]
    return Tables({"runs": runs, "line": pd.concat(lines)})


def _shuffled(nets: "Stack", weights: "Tensor", rngs: Sequence[np.random.Generator]) -> "Tensor":
    from hw1.measures.matching import layers_of, permuted, weights_of

    pairs = zip(layers_of(nets, weights), rngs, strict=True)
    return weights_of([permuted(net, [rng.permutation(len(h.bias)) for h in net[:-1]]) for net, rng in pairs], nets)


def _matching(tables: Tables, arm: str) -> pd.DataFrame:
    """The training loss's barrier of one arm, with before and after as arms."""
    runs = tables["runs"][tables["runs"]["arm"] == arm]
    return columns_as_arms(runs, "barrier", {when: f"{when}_train_barrier" for when in ("before", "after")})


@assay("trained (train_loss of both wide nets below half of ln 10)")
def wide_nets_solved(tables: Tables) -> PerSeed:
    """Nets that never left their starts have nothing to be matched."""
    # At most 0.002 nats on 36 development seeds; half of ln 10 is 1.15.
    return solved(0.5, tables, "wide")


@assay("trained (train_loss of both narrow nets below three quarters of ln 10)")
def narrow_nets_trained(tables: Tables) -> PerSeed:
    """Few units do not get as far as many, least of all on CIFAR-10, where they fit half of the images."""
    # At most 0.18 nats on 36 development seeds; three quarters of ln 10 are 1.73.
    return solved(0.75, tables, "narrow")


@assay("trained (train_loss of both nets, narrow and wide, below three quarters of ln 10)")
def both_widths_trained(tables: Tables) -> PerSeed:
    """Wide nets that never left their starts have a low barrier, and that is no finding."""
    return solved(0.75, tables, "narrow", "wide")


@table_control
def not_matched(tables: Tables) -> Tables:
    """The lines after matching are those before."""
    runs = tables["runs"].copy()
    for name in [str(column) for column in runs.columns if str(column).startswith("after_")]:
        runs[name] = runs[name.replace("after_", "before_")]
    return tables.replaced(runs=runs)


ON_CIFAR = (
    "nets of 512 units that fit all of CIFAR-10 keep 0.97 of 2.6 nats, and 29 points of training error, and nets of 16 "
    "keep 0.29 nats (one development seed)"
)


@claim(
    source=f"{REBASIN} (weight matching)",
    control=not_matched,
    assay=wide_nets_solved,
    tiers=("full",),
    because=f"a tenth is left on digits and more on images: {ON_CIFAR}",
)
def matching_units_halves_the_barrier(tables: Tables) -> Score:
    """Between nets of three layers of 512 units that fit CIFAR-10, matching the hidden units leaves at most half of the
    barrier in training loss.
    """
    return less(_matching(tables, "wide"), "barrier", arm="after", than="before", factor=2)


@claim(
    source=f"{REBASIN} (weight matching)",
    control=not_matched,
    assay=wide_nets_solved,
    tiers=("fast",),
    because=ON_CIFAR,
)
def matching_units_lowers_the_barrier(tables: Tables) -> Score:
    """Between nets of two layers of 64 units from different starts, matching the hidden units leaves at most a tenth of
    the barrier in training loss.
    """
    return less(_matching(tables, "wide"), "barrier", arm="after", than="before", factor=10)


@claim(
    source=f"{REBASIN} (weight matching)",
    control=not_matched,
    assay=wide_nets_solved,
    tiers=("fast",),
    because=ON_CIFAR,
)
def matched_wide_nets_are_connected(tables: Tables) -> Score:
    """After matching, the training error on the line between two nets of 64 units rises by less than 2 points."""
    return below(tables["runs"], "after_train_error_barrier", arm="wide", value=CONNECTED)


permuted_copy_for_narrow_nets = arms_control(
    "permuted_copy_for_narrow_nets",
    "The second narrow net is the first with its units shuffled: there is an order that matches exactly.",
    {"narrow": "permuted_copy"},
)


@claim(
    source="Entezari et al. 2022, arXiv:2110.06296 (a conjecture on wide nets, often told of all)",
    control=permuted_copy_for_narrow_nets,
    assay=narrow_nets_trained,
    expect="refuted",
    because="nets of 8 units have not found the same features: no order of units makes one solution of them",
    p0=0.75,
)
def matched_narrow_nets_are_connected(tables: Tables) -> Score:
    """On at least three seeds in four, after matching, the training error on the line between two nets of 8 units rises
    by less than 2 points.
    """
    return below(tables["runs"], "after_train_error_barrier", arm="narrow", value=CONNECTED)


equal_widths = arms_control("equal_widths", "Wide nets in the place of narrow ones.", {"narrow": "wide"})


@claim(
    source=f"{REBASIN} (effect of the width)",
    control=equal_widths,
    assay=both_widths_trained,
    tiers=("fast",),
    because=ON_CIFAR,
)
def matching_is_nearer_for_wide_nets(tables: Tables) -> Score:
    """After matching, nets of 64 units have at most a tenth of the barrier in training loss that nets of 8 have."""
    return less(tables["runs"], "after_train_barrier", arm="wide", than="narrow", factor=10)


def figure_line(tables: Tables) -> Figure:
    """Accuracy and loss along the line, before and after matching."""
    return Figure(
        title="On the line between two solutions, before and after matching",
        caption="Median and quartiles over the seeds. Matching leaves the functions of both nets as they are, and "
        "moves the second net nearer to the first.",
        panels=line_panels(tables, ("narrow", "narrow, matched", "wide", "wide, matched")),
    )


def figure_barriers(tables: Tables) -> Figure:
    """The barrier of every seed, before and after matching."""
    parts = {arm: _matching(tables, arm) for arm in ARMS}
    barriers = pd.concat([part.assign(arm=arm + ", " + part["arm"]) for arm, part in parts.items()])
    return Figure(
        title="Barrier before and after matching",
        caption="Each point is a pair of nets. A shuffled copy is found again exactly (drawn at one millionth).",
        panels=(
            every_seed(
                barriers.assign(barrier=barriers["barrier"].clip(lower=1e-6)),
                "barrier",
                "barrier in training loss (nats)",
                arms=tuple(barriers["arm"].unique()),
                x_label="nets, before and after matching",
                y_log=True,
            ),
        ),
    )
