"""Deep nets that do not train at all.

Belief  The deeper the net, the likelier that training fails.
Source  Lu, Shin, Su, Karniadakis, Commun. Comput. Phys. 28 (2020) 1671, arXiv:1903.06733: narrow ReLU nets are born
        constant with a probability that goes to 1 with depth; NTU MLDS 2018, homework 1-1, where one public copy's deep
        net stays at the target's variance for all of its 20,000 epochs.
Here    sin 5 pi x on 64 points of [-1, 1], ReLU nets of equal width with 4 to 30 hidden layers at about 571 parameters,
        torch's initial weights, 3,000 full-batch updates of Adam at 1e-3. A run is dead when it ends above half the
        target's variance.
Limits  In between nothing is certain: of 96 development seeds 9 are dead with 4 layers, 22 with 7, 44 with 12 and 93
        with 20. He's initial weights, larger than torch's by the square root of 6, leave 18 of 24 dead with 20 layers,
        and 3 of 24 with 4 and with 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hw1.claims.function_fitting._figures import dead_counts, final_panel, loss_panel, prediction_panels, variance
from hw1.claims.function_fitting._fit import Floats, Predict, fit
from hw1.claims.function_fitting._twins import recast
from hw1.figures import Figure
from hw1.registry import claim, table_control
from hw1.statistics import Score, above
from hw1.tables import Tables

REVISION = 1
DEPTHS = {"four_layers": 4, "seven_layers": 7, "twelve_layers": 12, "twenty_layers": 20, "thirty_layers": 30}
ARMS = tuple(DEPTHS)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Nets, data and training."""

    target: str = "sin 5 pi x"
    points: int = 64
    parameters: int = 571  # the sheet's; the widths are 13, 9, 7, 5 and 4
    activation: str = "relu"
    updates: int = 3_000
    lr: float = 1e-3
    level: float = 0.1  # mean squared error to be reached; the target's variance is 0.5
    stack: int = 24


FAST = Setting()
FULL = replace(FAST, points=1_000, updates=20_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed.

    `runs`, `curves`: see `fit`; in `runs` also swing (standard deviation of the outputs over the inputs, over the
    target's: 0 where the net is a constant).
    """
    from hw1.data import TARGETS, grid
    from hw1.nets.dense import widths_for_budget
    from hw1.training import Recipe

    x = grid(setting.points)

    def measured(predict: Predict) -> dict[str, Floats]:
        return {"swing": predict(x).std(axis=1) / TARGETS[setting.target](x).std()}

    return fit(
        "dead_runs",
        REVISION,
        target=setting.target,
        points=setting.points,
        widths=widths_for_budget(setting.parameters, depth=DEPTHS[arm], inputs=1, outputs=1),
        activation=setting.activation,
        recipe=Recipe(optimizer="adam", lr=setting.lr, updates=setting.updates),
        loss="squared",
        level=setting.level,
        arm=arm,
        seeds=seeds,
        device=device,
        extra=measured,
    )


@table_control
def four_layers_instead(tables: Tables) -> Tables:
    """The same number of parameters in four layers."""
    return recast(tables, {"thirty_layers": "four_layers"})


@claim(source="Lu et al. 2020, arXiv:1903.06733", control=four_layers_instead)
def thirty_narrow_layers_do_not_train(tables: Tables) -> Score:
    """A ReLU net of thirty layers of four units ends above half the variance of sin 5 pi x: it does not train."""
    return above(tables["runs"], "dead", arm="thirty_layers", value=0.5)


def figure_loss(tables: Tables, setting: Setting) -> Figure:
    """Loss over updates by depth, and every run at its end."""
    levels = {"half the variance": variance(setting.target, setting.points) / 2}
    return Figure(
        title="The deeper, the more runs die",
        caption=(
            f"ReLU nets of about {setting.parameters} parameters on {setting.target}; above the line a run counts as "
            f"dead: {dead_counts(tables, ARMS)}."
        ),
        panels=(loss_panel(tables, ARMS, levels=levels), final_panel(tables, ARMS, levels=levels)),
    )


def figure_predictions(tables: Tables, setting: Setting) -> Figure:
    """What living and dead nets say."""
    return Figure(
        title="What nets of each depth have learned",
        caption="The target, and median and quartiles over the seeds: from twenty layers on most nets are a constant.",
        panels=prediction_panels(tables, ARMS, target=setting.target),
    )
