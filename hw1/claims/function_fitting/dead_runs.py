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

import pandas as pd

from hw1.claims.function_fitting._assays import one_fitted
from hw1.claims.function_fitting._figures import learning, predictions
from hw1.claims.function_fitting._fit import Fitting, Floats, Points, Predict, fit
from hw1.figures import Figure
from hw1.registry import arms_control, assay, claim
from hw1.statistics import Score, above
from hw1.streams import streams_of
from hw1.tables import Tables

REVISION = 2
DEPTHS = {"four_layers": 4, "seven_layers": 7, "twelve_layers": 12, "twenty_layers": 20, "thirty_layers": 30}
ARMS = tuple(DEPTHS)


@dataclass(frozen=True, kw_only=True)
class Setting(Fitting):
    """Nets, data and training."""

    parameters: int = 571  # the sheet's; the widths are 13, 9, 7, 5 and 4
    activation: str = "relu"
    updates: int = 3_000
    lr: float = 1e-3
    schedule: str = "constant"
    stack: int = 12


FAST = Setting()
FULL = replace(FAST, points=1_000, updates=20_000)


def run(setting: Setting, *, arm: str, seeds: Sequence[int], device: str) -> Tables:
    """Train one net per seed.

    `runs`, `curves`: see `fit`; in `runs` also swing (standard deviation of the outputs over the inputs, over the
    target's: 0 where the net is a constant).
    """
    from hw1.nets.dense import widths_for_budget

    net = widths_for_budget(setting.parameters, depth=DEPTHS[arm], inputs=1, outputs=1), setting.activation
    return fit(setting, setting.on, *net, arm=arm, seeds=seeds, draw=streams_of(run), device=device, extra=_swing)


def _swing(predict: Predict, x: Points, y: Points) -> dict[str, Floats]:
    return {"swing": predict(x).std(axis=1) / y.std()}


@assay("fitted the sine with fewer layers (mse of four or of seven layers below half of the target's variance)")
def fewer_layers_fit(tables: Tables) -> "pd.Series[float]":
    """A net of as many parameters in four or in seven layers: either may die."""
    # Four layers live on all of 12 development seeds (87 of 96 in the first edition), seven on 8.
    return one_fitted(tables, "four_layers", "seven_layers")


four_layers_instead = arms_control(
    "four_layers_instead", "The same number of parameters in four layers.", {"thirty_layers": "four_layers"}
)


@claim(source="Lu et al. 2020, arXiv:1903.06733", control=four_layers_instead, assay=fewer_layers_fit)
def thirty_narrow_layers_do_not_train(tables: Tables) -> Score:
    """A ReLU net of thirty layers of four units ends above half the variance of sin 5 pi x: it does not train."""
    return above(tables["runs"], "dead", arm="thirty_layers", value=0.5)


def figure_loss(tables: Tables, setting: Setting) -> Figure:
    """Loss over updates by depth, and every run at its end."""
    caption = f"ReLU nets of about {setting.parameters} parameters on {setting.target}."
    return learning(tables, setting, ARMS, title="The deeper, the more runs die", caption=caption)


def figure_predictions(tables: Tables, setting: Setting) -> Figure:
    """What living and dead nets say."""
    caption = "From twenty layers up most nets are a constant."
    return predictions(tables, setting.on, ARMS, title="What nets of each depth have learned", caption=caption)
