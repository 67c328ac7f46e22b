"""What the experiments on sensitivity are made of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hw1.claims.sensitivity import artefacts, batch_size, generalisation, optimal_batch
from hw1.claims.sensitivity._answer import BUDGETS, QUANTITIES, answer, five_quantities, over_batches
from hw1.claims.sensitivity._fit import Nets, Reading, _without_nan, fit, geometric, tables_of
from hw1.claims.sensitivity._reading import at, doublings, one_size
from hw1.data import external_data
from hw1.streams import stream
from hw1.tables import Tables

SEEDS, BATCHES = 24, (8, 32, 512)
ARMS = tuple(f"{rule}_{i}" for rule in ("fixed", "linear") for i in (1, 2, 3))
BEST = {"epochs": {"fixed": "fixed_1"}, "updates": {"linear": "linear_2", "fixed": "fixed_3"}}


def stops_of(arms, budgets):
    """Every quantity falls threefold from size to size at equal epochs, and doubles at the other budgets."""
    rows = [
        {"seed": seed, "arm": arm, "budget": budget, "train_loss": 1.0, "test_loss": 2.0, "test_accuracy": 0.5}
        | dict.fromkeys(QUANTITIES, (1 + seed / 100) * (1 / 3 if budget == "epochs" else 2) ** int(arm[-1]))
        for seed in range(SEEDS)
        for arm in arms
        for budget in budgets
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def stops():
    return stops_of(ARMS, ("epochs", "updates"))


def test_the_answer_names_what_each_quantity_does_past_the_best_size(stops):
    figure = answer(stops, BATCHES, BEST, ARMS)
    (table,) = figure.tables
    assert len(table.rows) == len(QUANTITIES) * 3  # of which the best sizes are known
    assert table.rows[0][1:] == ("epochs", "fixed", "8", "0.111 [0.111, 0.111]", "24/24", "falls", "")
    assert table.rows[1][1:] == ("updates", "linear", "32", "2 [2, 2]", "0/24", "rises", "")
    assert table.rows[2][3:] == ("512", "", "", "no larger size", "")
    short = "Rows at test points: at equal epochs 3 of 3 fall and 0 rise; at equal updates 0 of 6 fall and 3 rise."
    assert figure.caption.startswith(short)


def test_the_answer_names_a_peak_between_the_ends(stops):
    risen = stops.assign(train_gradient=stops["train_gradient"].where(stops["arm"] != "fixed_2", 99.0))
    (table,) = answer(risen, BATCHES, BEST, ARMS).tables
    assert [row[-1] for row in table.rows if row[0].startswith("input gradient, training")] == ["32", "", "32"]
    four = pd.concat([stops, stops[stops["arm"] == "fixed_3"].assign(arm="fixed_4")])
    hill = four.assign(
        train_gradient=four["arm"].map({"fixed_1": 1, "fixed_2": 2, "fixed_3": 5, "fixed_4": 1}).fillna(0)
    )
    (table,) = answer(
        hill, (8, 32, 128, 512), {"epochs": {"fixed": "fixed_1"}}, ("fixed_1", "fixed_2", "fixed_3", "fixed_4")
    ).tables
    assert [row[-1] for row in table.rows if row[0].startswith("input gradient, training")] == ["128"]


def test_the_answer_of_few_or_divided_seeds_is_none(stops):
    (few,) = answer(stops[stops["seed"] < 5], BATCHES, BEST, ARMS).tables
    assert few.rows[0][4:] == ("", "5/5", "too few seeds", "too few seeds")
    turned = stops.assign(**{q: np.where(stops["seed"] % 2, stops[q], 1 / stops[q]) for q in QUANTITIES})
    (divided,) = answer(turned, BATCHES, BEST, ARMS).tables
    assert divided.rows[0][5:] == ("12/24", "undecided", "")


@pytest.mark.parametrize(("seeds", "peak"), [(12, "too few seeds"), (13, "16")])
def test_five_sizes_between_the_ends_share_alpha_and_need_a_seed_more_than_the_first_look(seeds, peak):
    """12 seeds that all see one size above both ends have p 2.4e-4; with five candidates 2e-4 is asked for."""
    arms, sizes = tuple(f"fixed_{i}" for i in range(1, 8)), (2, 4, 8, 16, 32, 64, 128)
    stops = stops_of(arms, ("epochs",))
    risen = stops.assign(train_gradient=stops["train_gradient"].where(stops["arm"] != "fixed_4", 99.0))
    (table,) = answer(risen[risen["seed"] < seeds], sizes, {"epochs": {"fixed": "fixed_1"}}, arms).tables
    assert [row[-1] for row in table.rows if row[0].startswith("input gradient, training")] == [peak]


def test_pictures_hold_both_rules_over_the_batch_size(stops):
    figure = over_batches(stops, "updates", BATCHES, BEST, "100 updates")
    assert [panel.y_label.split(":")[0] for panel in figure.panels] == [
        "training loss (nats)",
        "test loss (nats)",
        "test accuracy",
        "sensitivity",
    ]
    assert [series.name for series in figure.panels[2].series] == ["linear rate", "fixed rate"]
    assert figure.panels[3].series[0].x == (8.0, 32.0, 512.0)
    assert figure.panels[0].places == {"best test accuracy, linear rate": 32.0, "best test accuracy, fixed rate": 512.0}
    relative = five_quantities({"one": at(Tables({"stops": stops}), "updates")}, ARMS[:3], BATCHES, "").panels[0]
    assert [series.y for series in relative.series] == [(1.0, 2.0, 4.0)] * len(QUANTITIES)


def test_twins_put_other_stops_under_the_old_names():
    seven = stops_of(batch_size.ARMS, BUDGETS)
    linear = seven["arm"].str.startswith("linear")
    tables = Tables({"stops": seven.assign(logit_jacobian=seven["logit_jacobian"].where(~linear, 99.0))})

    def value(tables, arm, budget):
        rows = at(tables, budget)
        return rows.loc[(rows["arm"] == arm) & (rows["seed"] == 7), "logit_jacobian"].item()

    def twin(control):
        other = control.twin(tables)
        assert len(other["stops"]) == len(seven)
        return other

    assert value(twin(one_size), "linear_3", "epochs") == value(tables, "fixed_4", "epochs") != 99
    assert value(twin(batch_size.at_equal_epochs), "fixed_3", "updates") == value(tables, "fixed_3", "epochs")
    assert value(twin(batch_size.scaled_rates), "fixed_3", "updates") == 99
    assert value(twin(batch_size.fixed_rates), "linear_3", "updates") == value(tables, "fixed_3", "updates")


def test_levels_are_doublings():
    assert doublings(ARMS[:3], BATCHES) == {"fixed_1": 3.0, "fixed_2": 5.0, "fixed_3": 9.0}


def test_a_low_rate_has_a_late_cap_and_a_large_batch_few_updates_in_an_epoch():
    setting = batch_size.FAST
    small, large, slow = (setting.reading(arm) for arm in ("fixed_1", "fixed_7", "linear_1"))
    assert (small.at, large.at) == ({"epochs": 1_920, "updates": 1_500}, {"epochs": 30, "updates": 1_500})
    assert (small.updates, large.updates, slow.updates) == (1_920, 1_500, 6_000)
    assert setting.of("linear_7") == (512, 1.6)
    assert all(b / a < 1.02 for a, b in zip(slow.checks, slow.checks[1:], strict=False))
    assert geometric(0.5, 8, 4) == (1, 2, 4, 8)


def test_sizes_share_start_and_data_and_read_the_same_net_where_they_are_the_same():
    setting = Nets(train=32, test=20, points=10, widths=(5,), stack=2)

    def run(batch, arm):
        draw = lambda seed, purpose: stream("sensitivity tests", seed, purpose)  # noqa: E731
        reading = Reading(at={"start": 1, "end": 6}, level=1e9, checks=(1, 3))
        fitted = fit(setting, reading, batch=batch, lr=1e-9, arm=arm, seeds=range(2), draw=draw, device="cpu")
        return fitted["stops"]

    small, large = run(8, "a"), run(32, "b")
    measured = ["train_loss", "test_loss", "logit_jacobian", "softmax_jacobian", "test_gradient", "train_gradient"]
    np.testing.assert_allclose(small[measured], large[measured], rtol=1e-4)  # a rate of 1e-9 leaves the start as it is
    assert (small["minibatch_gradient"] > large["minibatch_gradient"].mean()).all()  # of 8 examples, not of all
    assert small.loc[small["budget"] == "loss", "update"].tolist() == [1, 1]
    alone = fit(
        setting,
        Reading(at={"end": 6}),
        batch=8,
        lr=1e-9,
        arm="a",
        seeds=[1],
        draw=lambda seed, purpose: stream("sensitivity tests", seed, purpose),
        device="cpu",
    )["stops"]
    np.testing.assert_allclose(alone[measured], small[(small["seed"] == 1) & (small["budget"] == "end")][measured])


def test_numbers_of_a_diverged_net_are_infinite_and_missing_ones_of_another_are_an_error():
    frame = pd.DataFrame({"seed": [1, 2], "arm": "a", "test_loss": [np.nan, 1.0], "diverged": [True, False]})
    assert _without_nan(frame)["test_loss"].tolist() == [np.inf, 1.0]
    with pytest.raises(ValueError, match="a measure of seed 1 in a is NaN, and its training has not diverged"):
        _without_nan(frame.assign(diverged=False))


def test_a_run_is_capped_where_one_of_its_stops_is(stops):
    few = stops[(stops["arm"] == "fixed_1") & (stops["seed"] < 2)].assign(diverged=False)
    reached = few.assign(reached=~((few["seed"] == 1) & (few["budget"] == "updates")))
    runs = tables_of(reached, batch=8, lr=0.1)["runs"]
    assert runs["capped"].tolist() == [False, True]
    assert runs["logit_jacobian"].tolist() == few.loc[few["budget"] == "epochs", "logit_jacobian"].tolist()


SIZES = {"train": 24, "test": 6, "stack": 2}
SEVEN = (2, 3, 4, 6, 8, 12, 24)
CUT = {
    batch_size: {"points": 6, "batches": SEVEN, "epochs": 1, "updates": 3, "checks": 2},
    optimal_batch: {"points": 6, "batches": SEVEN, "epochs": 1},
    generalisation: {"points": 6, "batch": 8, "updates": 3, "checks": 2},
    artefacts: {"batches": SEVEN},
}


@pytest.mark.parametrize("experiment", CUT, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_full_setting_runs_on_images_in_a_folder(experiment, tiny_cifar10):
    setting = replace(experiment.FULL, **{**SIZES, **CUT[experiment]})
    for arm in (experiment.ARMS[0], experiment.ARMS[-1]):
        tables = experiment.run(setting, arm=arm, seeds=[0, 1], device="cpu")
        assert tables["runs"]["seed"].tolist() == [0, 1]
        assert all(np.isfinite(tables[name].select_dtypes("number")).all(axis=None) for name in tables)
    assert external_data(setting)
