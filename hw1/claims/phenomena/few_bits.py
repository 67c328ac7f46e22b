"""Trained weights in few bits: how many are free, and for which nets.

Belief  Trained weights can be rounded to eight or four bits at no cost.
Source  The belief: every guide to deployment. Nagel, Fournarakis, Amjad, Bondarenko, van Baalen, Blankevoort,
        arXiv:2106.08295, abstract (eight bits after training with close to floating-point accuracy, fewer by training
        with rounded weights) and section 2 (scales per tensor and per channel).
Here    1,000 of scikit-learn's 8 x 8 digits and all 797 others to test on, drawn anew for each seed; 128-128 ReLU units
        (`wide`) or 8-8 (`narrow`), 500 updates of Adam at 0.003 with batches of 50. Then each weight matrix is rounded
        to 2^b - 1 evenly spaced values, symmetric around 0, the largest weight among them; biases and activations stay
        in float32, and nothing is trained afterwards. One step for a whole matrix or, `per unit`, one for each row.
        `full`: CIFAR-10, 512-512 units or 16-16, 10 epochs of batches of 128 at 0.001.
Limits  Weights alone: activations in few bits cost more. The largest weight sets the step; steps that clip it, or
        training with rounded weights, keep more. Four bits cost the narrow net 3 points, between 0 and 17 (median and
        range of 96 development seeds), which is no claim. On MNIST-1D, where nets are right on half of the examples,
        three bits cost a wide net 7 points, too (48 seeds, 128 units, no claim): what is free depends on the task.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from hw1.claims._dense_nets import Training, fit
from hw1.claims._yardsticks import CHANCE, PerSeed, better_than_chance
from hw1.data import Problem
from hw1.figures import Figure, Panel, bands, strip
from hw1.registry import arms_control, assay, claim, table_control
from hw1.statistics import Score, less, within
from hw1.streams import streams_of
from hw1.tables import Tables, columns_as_arms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hw1.training import Stack

REVISION = 1
ARMS = ("wide", "narrow")
NAMES = {"eight": 8, "six": 6, "five": 5, "four": 4, "three": 3, "two": 2}  # bits of a weight


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, nets and training."""

    train: int = 1_000
    test: int = 797
    widths: tuple[int, ...] = (128, 128)
    narrow: tuple[int, ...] = (8, 8)
    updates: int = 500


FAST = Setting()
FULL = FAST.on_cifar10(narrow=(16, 16))  # 1.8 million weights and 50,000; two development seeds: 53 and 46 % right


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed and round its weights.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update, in
    float32; BITS_accuracy and BITS_per_unit_accuracy, on test examples, with a step for each matrix and for each of its
    rows, where BITS is eight, six, five, four, three or two. `rounded`: seed, arm, bits, test_accuracy and
    per_unit_accuracy, the same numbers.
    """
    draw = streams_of(run)
    data = setting.problem(seeds, draw)
    widths = setting.narrow if arm == "narrow" else setting.widths
    found = fit(setting, data, seeds=seeds, draw=draw, device=device, widths=widths, at=[setting.updates])
    accuracies = rounded(found.stack, data)
    columns: dict[str, Any] = {f"{name}_accuracy": values for name, values in accuracies.items()}
    by_bits = [
        pd.DataFrame(
            {
                "seed": list(seeds),
                "arm": arm,
                "bits": bits,
                "test_accuracy": accuracies[name],
                "per_unit_accuracy": accuracies[f"{name}_per_unit"],
            }
        )
        for name, bits in NAMES.items()
    ]
    runs = found.tables(arm, **columns)["runs"]
    return Tables({"runs": runs, "rounded": pd.concat(by_bits, ignore_index=True)})


def rounded(stack: "Stack", data: Problem) -> "dict[str, NDArray[Any]]":
    """Test accuracy, (K,), with the weights in each number of bits, with a step for each matrix and for each unit."""
    from hw1.measures.boxes import restored
    from hw1.measures.quantisation import quantised
    from hw1.training import accuracy, outputs_of

    x, y = stack.place(data.x_test), stack.place(data.y_test)
    found = {}
    with restored(stack):
        weights = {
            f"{name}{ending}": quantised(stack, bits, per_unit=bool(ending))
            for name, bits in NAMES.items()
            for ending in ("", "_per_unit")
        }
        for name, few in weights.items():
            stack.load(few)
            found[name] = accuracy(outputs_of(stack, x), y).cpu().numpy()
    return found


@assay("learned in float32 with the wide net (test_accuracy at least 10 points above chance)")
def wide_nets_learn(tables: Tables) -> PerSeed:
    """Before rounding: what is left afterwards is what the claims are about."""
    # At least 0.96 on 96 development seeds.
    return better_than_chance(tables["runs"], "wide")


@assay("learned in float32 with the narrow net (test_accuracy at least 10 points above chance)")
def narrow_nets_learn(tables: Tables) -> PerSeed:
    """Before rounding: what is left afterwards is what the claims are about."""
    # At least 0.87 on 96 development seeds.
    return better_than_chance(tables["runs"], "narrow")


def _in_the_place(tables: Tables, of: str, name: str) -> Tables:
    """The tables in which the accuracy with some bits is that with others."""
    runs = tables["runs"]
    return tables.replaced(runs=runs.assign(**{f"{of}_accuracy": runs[f"{name}_accuracy"]}))


@table_control
def two_for_eight(tables: Tables) -> Tables:
    """Two bits in the place of eight."""
    return _in_the_place(tables, "eight", "two")


@table_control
def two_for_four(tables: Tables) -> Tables:
    """Two bits in the place of four."""
    return _in_the_place(tables, "four", "two")


@table_control
def four_for_two(tables: Tables) -> Tables:
    """Four bits in the place of two."""
    return _in_the_place(tables, "two", "four")


@table_control
def one_step_for_all(tables: Tables) -> Tables:
    """All units of a matrix share one step."""
    return _in_the_place(tables, "two_per_unit", "two")


in_a_narrow_net = arms_control("in_a_narrow_net", "Eight units in each layer.", {"wide": "narrow"})
in_a_wide_net = arms_control("in_a_wide_net", "128 units in each layer.", {"narrow": "wide"})
SOURCE = "Nagel et al., arXiv:2106.08295"


@claim(
    source=f"{SOURCE}, abstract (8 bits after training)",
    control=two_for_eight,
    assay=narrow_nets_learn,
)
def eight_bits_are_free(tables: Tables) -> Score:
    """On digits (in `full` CIFAR-10), even a net of 8-8 units (16-16) has, with its weights in eight bits, a test
    accuracy within 1.5 points of that in float32.
    """
    return _free(tables, "narrow", "eight", 0.015)


@claim(
    source=f"the belief for four bits; against it {SOURCE}, abstract (fewer than 8 bits by training with them)",
    control=two_for_four,
    assay=wide_nets_learn,
)
def four_bits_are_free_for_a_wide_net(tables: Tables) -> Score:
    """On digits (in `full` CIFAR-10), a net of 128-128 units (512-512) has, with its weights in four bits, a test
    accuracy within 2 points of that in float32.
    """
    return _free(tables, "wide", "four", 0.02)


@claim(
    source="the same for three bits",
    control=in_a_narrow_net,
    assay=wide_nets_learn,
    tiers=("fast",),
    because="on CIFAR-10 three bits cost 512-512 units 6 points (two development seeds)",
)
def three_bits_are_nearly_free_for_a_wide_net(tables: Tables) -> Score:
    """On digits, a net of 128-128 units has, with its weights in three bits, a test accuracy within 4 points of that in
    float32.
    """
    return _free(tables, "wide", "three", 0.04)


@claim(
    source="the same for three bits in a narrow net",
    control=in_a_wide_net,
    assay=narrow_nets_learn,
    expect="refuted",
    tiers=("fast",),
    because="errors of few weights into a unit do not average out; in fast alone, as on CIFAR-10 those of many do not "
    "either (two development seeds: 7 points of 16-16 units, 6 of 512-512)",
)
def three_bits_are_nearly_free_for_a_narrow_net(tables: Tables) -> Score:
    """On digits, a net of 8-8 units has, with its weights in three bits, a test accuracy within 4 points of that in
    float32.
    """
    return _free(tables, "narrow", "three", 0.04)


@claim(
    source="the same for two bits: three values for each weight",
    control=four_for_two,
    assay=wide_nets_learn,
)
def two_bits_ruin_a_wide_net(tables: Tables) -> Score:
    """On digits (in `full` CIFAR-10), a net of 128-128 units (512-512) loses at least 10 points of test accuracy when
    its weights are rounded to two bits.
    """
    return less(_nets(tables, "wide"), "accuracy", arm="two", than="float32", by=0.1)


@claim(
    source=f"{SOURCE}, section 2 (per-channel quantisation)",
    control=one_step_for_all,
    assay=wide_nets_learn,
    tiers=("fast",),
    because="on CIFAR-10 a step for each unit gains 4 points at two bits, where 12 % are right (two development seeds)",
)
def a_step_for_each_unit_helps_a_wide_net_at_two_bits(tables: Tables) -> Score:
    """On digits, a net of 128-128 units in two bits is at least 5 points more accurate on test examples with a step for
    each unit than with one for each matrix.
    """
    return less(_nets(tables, "wide"), "accuracy", arm="two", than="two_per_unit", by=0.05)


def _free(tables: Tables, arm: str, name: str, margin: float) -> Score:
    """The accuracy in few bits is within a margin of that in float32."""
    return within(_nets(tables, arm), "accuracy", arm=name, target="float32", margin=margin)


def _nets(tables: Tables, arm: str) -> pd.DataFrame:
    """The net of an arm in float32 and in few bits, as arms of a score."""
    runs = tables["runs"]
    few = {name: f"{name}_accuracy" for name in (*NAMES, "two_per_unit")}
    return columns_as_arms(runs[runs["arm"] == arm], "accuracy", {"float32": "test_accuracy", **few})


def figure_bits(tables: Tables) -> Figure:
    """Test accuracy over bits, and of every seed."""
    label, names = "accuracy on test examples", ("float32", "eight", "four", "three", "two", "two_per_unit")
    over = (
        Panel(
            title=title, x_label="bits of a weight", y_label=label, levels={"chance": CHANCE},
            series=bands(tables["rounded"], x="bits", y=column, arms=ARMS),
        )
        for title, column in (("step per matrix", "test_accuracy"), ("step per unit", "per_unit_accuracy"))
    )  # fmt: skip
    every = (
        Panel(
            title=arm, x_label="weights", y_label=label,
            series=strip(_nets(tables, arm), y="accuracy", arms=names), ticks=names,
        )
        for arm in ARMS
    )  # fmt: skip
    return Figure(
        title="Weights in few bits",
        caption="Eight bits are free, four nearly, three for a wide net alone, and two ruin both; a step for each unit "
        "keeps more. Points: seeds; lines: medians; bands: quartiles.",
        panels=(*over, *every),
    )
