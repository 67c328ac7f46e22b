"""How far narrow and wide nets move from their start, and whether they are linear in their weights on the way.

Belief  Wide nets hardly move: each weight changes so little that training is that of a model linear in its weights.
Source  Chizat, Oyallon, Bach, NeurIPS 2019, arXiv:1812.07956, section 1 (lazy training, and that it is a matter of
        scale); Lee et al., NeurIPS 2019, arXiv:1902.06720, section 2.2 (the linearised net).
Here    500 of scikit-learn's 8 x 8 digits and 500 others to test on, drawn anew for each seed; one hidden layer of 16,
        64 or 256 ReLU units from He's start, 200 updates with batches of 50: SGD at 0.1, or Adam at 0.003. Movement:
        the norm of the change of all weights (`distance`), and the same over the norm at the start (`relative`).
        Linearised: the first-order expansion of the outputs at the weights of the start, taken at those of the end.
Limits  Equal updates at one rate, not equal loss: the wider net has the lower training loss. Small tasks are where nets
        are laziest; that 256 units are nearly linear here says nothing of nets that learn features, as those of
        `transfer` do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw1.claims._dense_nets import Training
from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.figures import Figure, every_seed
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, above, less, trend
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 1
WIDTHS = ("narrow", "middle", "wide")
ARMS = (*WIDTHS, *(f"{width}_adam" for width in WIDTHS))


@dataclass(frozen=True, kw_only=True)
class Setting(Training):
    """Data, nets and training."""

    train: int = 500
    test: int = 500
    widths: tuple[int, ...] = (64,)
    narrow: tuple[int, ...] = (16,)
    wide: tuple[int, ...] = (256,)
    optimizer: str = "sgd"
    lr: float = 0.1
    adam_lr: float = 3e-3
    updates: int = 200


FAST = Setting()


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed, and compare its weights and outputs with those of the start.

    `runs`: seed, arm; train_loss and test_loss (nats), train_accuracy and test_accuracy after the last update; distance
    (norm of the change of all weights) and relative (the same over their norm at the start); agreement, the share of
    test examples that the linearised net puts into the class that the net does; linear_accuracy, its test accuracy.
    `curves`: seed, arm, step (the last update), losses and accuracies.
    """
    from hw1.measures.linearised import linearised
    from hw1.nets.dense import classifiers
    from hw1.training import classify, outputs_of, stack

    draw, (width, _, adam) = streams_of(run), arm.partition("_")
    data = setting.problem(seeds, draw)
    widths = {"narrow": setting.narrow, "wide": setting.wide}.get(width, setting.widths)
    rngs = [draw(seed, "init") for seed in seeds]
    made = classifiers(data, widths, rngs, activation=setting.activation, scheme="he")
    nets = stack(made, device, [draw(seed, "dropout") for seed in seeds])
    start = nets.weights()
    recipe = setting.recipe(**({"optimizer": "adam", "lr": setting.adam_lr} if adam else {}))
    found = classify(nets, data, recipe, seeds=seeds, draw=draw, device=device)
    x = nets.place(data.x_test)
    linear = linearised(nets, start, nets.weights(), x).argmax(-1)
    distance = (nets.weights() - start).norm(dim=1)
    columns = {
        "distance": distance,
        "relative": distance / start.norm(dim=1),
        "agreement": (linear == outputs_of(nets, x).argmax(-1)).double().mean(1),
        "linear_accuracy": (linear == nets.place(data.y_test)).double().mean(1),
    }
    return found.tables(arm, **{name: values.cpu().numpy() for name, values in columns.items()})


@assay("trained the narrow and the wide net by SGD (train_loss below half of ln 10)")
def both_trained(tables: Tables) -> PerSeed:
    """The two that are compared: a net that learns nothing has no reason to move."""
    # At most 0.21 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "narrow", "wide")


@assay("trained all three nets by SGD (train_loss below half of ln 10)")
def all_three_trained(tables: Tables) -> PerSeed:
    """All that are compared: a net that learns nothing has no reason to move."""
    # At most 0.21 on 96 development seeds.
    return loss_below(0.5, tables["runs"], *WIDTHS)


@assay("trained the narrow and the wide net by Adam (train_loss below half of ln 10)")
def both_trained_by_adam(tables: Tables) -> PerSeed:
    """The two that are compared: a net that learns nothing has no reason to move."""
    # At most 0.28 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "narrow_adam", "wide_adam")


@assay("trained the wide net by SGD (train_loss below half of ln 10)")
def wide_trained(tables: Tables) -> PerSeed:
    """The wide net: one that never left its start is its own expansion."""
    # At most 0.061 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "wide")


@assay("trained the narrow net by SGD (train_loss below half of ln 10)")
def narrow_trained(tables: Tables) -> PerSeed:
    """The narrow net: one that never left its start is its own expansion."""
    # At most 0.21 on 96 development seeds.
    return loss_below(0.5, tables["runs"], "narrow")


all_narrow = arms_control("all_narrow", "Nets of all widths are narrow.", {"middle": "narrow", "wide": "narrow"})
narrow_by_adam = arms_control("narrow_by_adam", "The wide net is narrow.", {"wide_adam": "narrow_adam"})
narrow_for_wide = arms_control("narrow_for_wide", "The wide net is narrow.", {"wide": "narrow"})
wide_for_narrow = arms_control("wide_for_narrow", "The narrow net is wide.", {"narrow": "wide"})
by_sgd = arms_control("by_sgd", "Both are trained by SGD.", {f"{width}_adam": width for width in WIDTHS})
# Doublings of width, negated, as the movement falls with them.
DOUBLINGS = {"wide": -8, "middle": -6, "narrow": -4}
ONE_TIER = "digits are the data of the laptop's tier; theorems about wide nets have no scale of their own"


@claim(
    source="Chizat et al. 2019, arXiv:1812.07956, section 1",
    control=all_narrow,
    assay=all_three_trained,
    tiers=("fast",),
    because=ONE_TIER,
)
def relative_movement_falls_with_the_width(tables: Tables) -> Score:
    """Over 16, 64 and 256 units, SGD at 0.1 on digits changes the weights by a share of their norm that falls by at
    least 0.08 with each doubling of the width, and at each step.
    """
    return trend(tables["runs"], "relative", levels=DOUBLINGS, by=0.08, tol=0.0)


@claim(
    source="the same belief with another optimizer",
    control=narrow_by_adam,
    assay=both_trained_by_adam,
    tiers=("fast",),
    because=ONE_TIER,
)
def relative_movement_falls_with_the_width_by_adam_too(tables: Tables) -> Score:
    """Adam at 0.003 on digits changes the weights of 16 units by a share of their norm that is at least 1.5 times that
    of 256 units.
    """
    return less(tables["runs"], "relative", arm="wide_adam", than="narrow_adam", factor=1.5)


@claim(
    source="the belief taken by its word: each seed's whole distance, not its share",
    control=narrow_for_wide,
    assay=both_trained,
    tiers=("fast",),
    because=ONE_TIER,
)
def wide_nets_stay_nearer_to_their_start_by_sgd(tables: Tables) -> Score:
    """By SGD at 0.1 on digits 16 units end at least 1.1 times as far from their start as 256 units."""
    return less(tables["runs"], "distance", arm="wide", than="narrow", factor=1.1)


@claim(
    source="the same with another optimizer, seen in the pilot of this experiment",
    control=by_sgd,
    assay=both_trained_by_adam,
    expect="refuted",
    tiers=("fast",),
    because="a step of Adam moves each weight as far as the rate says, so that more weights go farther together",
)
def wide_nets_stay_nearer_to_their_start_by_adam(tables: Tables) -> Score:
    """By Adam at 0.003 on digits 16 units end at least 1.1 times as far from their start as 256 units."""
    return less(tables["runs"], "distance", arm="wide_adam", than="narrow_adam", factor=1.1)


@claim(
    source="Lee et al. 2019, arXiv:1902.06720, section 2.2",
    control=narrow_for_wide,
    assay=wide_trained,
    tiers=("fast",),
    because=ONE_TIER,
)
def a_wide_net_is_nearly_linear_in_its_weights(tables: Tables) -> Score:
    """After SGD at 0.1 on digits the linearised net of 256 units puts at least 95 % of the test examples into the class
    that the net itself does.
    """
    return above(tables["runs"], "agreement", arm="wide", value=0.95)


@claim(
    source="the same belief of a narrow net",
    control=wide_for_narrow,
    assay=narrow_trained,
    expect="refuted",
    tiers=("fast",),
    because="16 units change by two thirds of their norm, too far for an expansion at the start",
)
def a_narrow_net_is_nearly_linear_in_its_weights(tables: Tables) -> Score:
    """After SGD at 0.1 on digits the linearised net of 16 units puts at least 95 % of the test examples into the class
    that the net itself does.
    """
    return above(tables["runs"], "agreement", arm="narrow", value=0.95)


def figure_movement(tables: Tables) -> Figure:
    """Relative movement, distance and agreement with the linearised net."""
    labels = {
        "relative": "relative change of the weights",
        "distance": "distance from the start",
        "agreement": "agreement with the linearised net",
    }
    panels = (every_seed(tables["runs"], name, label, arms=ARMS, x_label="net") for name, label in labels.items())
    return Figure(
        title="Movement of narrow and wide nets",
        caption="The share by which weights change falls with the width, the distance only by SGD; the wide net is "
        "nearly linear in its weights, the narrow one is not. Points: seeds.",
        panels=tuple(panels),
    )
