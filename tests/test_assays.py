"""An assay turns off the seeds on which a claim could not have been seen, and no others."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hw1.claims.function_fitting._assays import one_fitted
from hw1.judging.decisions import Question, design_of, judged
from hw1.registry import (
    assay,
    assays,
    claim,
    find_claim,
    find_experiment,
    no_assay,
    table_control,
    trained_control,
    untrained_control,
)
from hw1.running.pinned import pinned
from hw1.statistics import less
from hw1.tables import Tables, join

SEEDS, HALF = range(12), range(6, 12)


def table(**columns):
    """`runs` of two arms, a and b, of three seeds."""
    runs = pd.DataFrame({"seed": [0, 1, 2, 0, 1, 2], "arm": list("aaabbb"), **columns})
    return Tables({"runs": runs})


@pytest.fixture(scope="module")
def arms():
    """Deep and shallow nets of 12 seeds on an easy target, and the deep ones at a rate of 0; half a second."""
    from hw1.training import Recipe

    experiment = find_experiment("deep_vs_shallow")
    easy = replace(
        experiment.setting("fast"),
        target="sin 2 pi x",
        low=0.0,
        points=32,
        shallow=(1,),
        updates=100,
        lr=0.02,
    )

    def run(arm, seeds):
        return experiment.module.run(easy, arm=arm, seeds=seeds, device="cpu")

    with pinned(), pytest.MonkeyPatch.context() as patched:
        trained = {"deep": run("deep", SEEDS[:6]), "deep_too": run("deep", HALF), "shallow": run("shallow", SEEDS)}
        patched.setattr(Recipe, "lr_at", lambda recipe, update: 0.0)
        return easy, {**trained, "untrained": run("deep", HALF)}


def test_the_half_of_an_arm_that_never_trained_is_turned_off_and_nothing_else(arms):
    setting, parts = arms
    tables = join([parts["deep"], parts["untrained"], parts["shallow"]])
    deeper = find_claim("deeper_nets_fit_sin_better")
    assert (deeper.scored(tables, setting).values[list(HALF)] < 0).all()  # they would have been counted against it
    score = deeper(tables, setting)
    assert score.met[score.met].index.tolist() == list(SEEDS[:6])
    assert (score.values[list(HALF)] == 0).all()
    pd.testing.assert_series_equal(score.values[:6], deeper.scored(tables, setting).values[:6])


def test_a_claim_is_not_judged_where_half_of_its_seeds_never_trained(arms):
    setting, parts = arms
    question = Question(find_claim("deeper_nets_fit_sin_better"), "fast")

    def verdict(*names):
        tables = join([parts[name] for name in (*names, "shallow")])
        return judged(question, question.claim(tables, setting), design_of(question, looks=1))

    assert verdict("deep", "deep_too").met == 12
    half = verdict("deep", "untrained")
    assert (half.outcome, half.met) == ("invalid", 6)
    assert str(half).startswith("no verdict: 6 of 12 seeds fitted the sine with the deep net (mse below half of")


@pytest.mark.parametrize("measure", [assays.below, assays.above])
@pytest.mark.parametrize("arms_named", [("a", "b"), ()])
def test_a_seed_of_which_something_was_not_measured_is_not_met(measure, arms_named):
    losses = [0.1, 0.1, 0.1, 0.2, np.nan, 0.2]
    runs = table(loss=losses)["runs"]
    value = 1.0 if measure is assays.below else 0.0
    assert (measure(runs, "loss", value, arms_named) > 0).tolist() == [True, False, True]
    shorter = runs.drop(index=5)
    assert (measure(shorter, "loss", value, ("a", "b")) > 0).tolist() == [True, False, False]


@table_control
def columns_swapped(tables):
    """Loss and its twin change places."""
    return tables.replaced(runs=tables["runs"].assign(loss=tables["runs"]["other"]))


@trained_control
def unchanged(setting):
    """The same."""
    return setting


@untrained_control("nothing trains here")
def without_training(setting):
    """Nothing."""
    return setting


@assay("trained a (loss below 1)")
def a_trains(tables):
    """The arm a."""
    return assays.below(tables["runs"], "loss", 1.0, ["a"])


def a_claim(control, asked=a_trains):
    @claim(source="a paper", control=control, assay=asked)
    def a_is_lower(tables):
        """The loss of a is lower by 0.1."""
        return less(tables["runs"], "loss", arm="a", than="b", by=0.1)

    return a_is_lower


# On seed 1 the arm a has not trained.
LOSSES = table(loss=[0.5, 2.0, 0.5, 1.0, 3.0, 1.0], other=[2.0, 0.5, 0.5, 3.0, 1.0, 1.0])


def test_a_control_on_the_tables_has_the_seeds_of_its_claim():
    score = a_claim(columns_swapped).of_control(LOSSES, None)
    assert score.met.tolist() == [True, False, True]
    assert score.values.tolist() == pytest.approx([0.9, 0, 0.4])


def test_a_trained_control_is_asked_for_itself_unless_its_point_is_that_nothing_trains():
    assert a_claim(unchanged).of_control(LOSSES, None).values.tolist() == pytest.approx([0.4, 0, 0.4])
    assert a_claim(without_training).of_control(LOSSES, None).values.tolist() == pytest.approx([0.4, 0.9, 0.4])
    assert without_training.unassayed == "nothing trains here"


def test_without_an_assay_every_seed_counts():
    free = a_claim(unchanged, asked=no_assay("nothing is trained"))
    assert free.assay.name == "none"
    assert free(LOSSES, None).met is None
    assert free(LOSSES, None).values.tolist() == pytest.approx([0.4, 0.9, 0.4])
    with pytest.raises(ValueError, match="no_assay needs its reason: say why the claim presupposes no training"):
        no_assay(" ")


def test_the_helpers_give_the_least_over_arms_and_the_distance_to_the_threshold():
    runs = table(loss=[1.0, 2.0, 3.0, 2.0, 0.0, 4.0], accuracy=[0.1, 0.5, 0.9, 0.2, 0.4, 0.8])["runs"]
    assert assays.below(runs, "loss", 2.5).tolist() == [0.5, 0.5, -1.5]
    assert assays.below(runs, "loss", 2.5, ["a"]).tolist() == [1.5, 0.5, -0.5]
    assert assays.above(runs, "accuracy", 0.25).tolist() == pytest.approx([-0.15, 0.15, 0.55])
    both = assays.least(assays.below(runs, "loss", 2.5, ["a"]), assays.above(runs, "accuracy", 0.25, ["b"]))
    assert both.tolist() == pytest.approx([-0.05, 0.15, -0.5])
    with pytest.raises(ValueError, match=r"an assay asks for arm 'c', and there are \['a', 'b'\]"):
        assays.below(runs, "loss", 2.5, ["a", "c"])


def test_either_of_two_nets_that_fits_is_enough():
    tables = table(dead=[True, False, True, True, True, False])
    assert (one_fitted(tables, "a", "b") > 0).tolist() == [False, True, True]


def test_a_loss_that_is_infinite_or_was_not_measured_is_not_met():
    tables = table(loss=[0.5, np.inf, np.nan, 1.0, 1.0, 1.0])
    assert a_trains.met(tables, None).tolist() == [True, False, False]
    measured = assays.below(tables["runs"], "loss", 2.0, ["b"])
    unmeasured = assays.below(tables["runs"], "loss", 1.0, ["a"])
    assert (assays.least(measured, unmeasured) > 0).tolist() == [True, False, False]


@pytest.mark.parametrize(
    "numbers",
    [
        pd.Series([1.0, 1.0], index=[0, 1]),
        pd.Series([1.0, 1.0, 1.0, 1.0], index=[0, 1, 2, 2]),
        np.ones(3),
        1.0,
    ],
)
def test_an_assay_that_does_not_give_one_number_for_each_seed_is_refused(numbers):
    @assay("did something")
    def wrong(tables):
        return numbers

    with pytest.raises(ValueError, match="the assay wrong must give one number for each seed: a Series with the seeds"):
        wrong.met(LOSSES, None)


def test_an_assay_may_read_the_setting():
    @assay("ended below the setting's level")
    def below_the_level(tables, setting):
        return assays.below(tables["runs"], "loss", setting["level"], ["a"])

    assert below_the_level.met(LOSSES, {"level": 3.0}).all()
    assert not below_the_level.met(LOSSES, {"level": 0.1}).any()
