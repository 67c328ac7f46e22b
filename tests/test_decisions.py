"""A decision is as registered when the verdict and every twin say what they must; otherwise it says which does not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from hw1.judging.decisions import Decision, Question
from hw1.registry import find_claim
from hw1.statistics import Design, judge, less, same_arms

DEEPER = find_claim("deeper_nets_fit_sin_better")
RUNS = pd.DataFrame(
    {
        "seed": np.repeat(range(24), 2),
        "arm": ["deep", "shallow"] * 24,
        "mse": np.random.default_rng(0).normal(size=48) + np.tile([0.0, 9.0], 24),
    }
)
DESIGN = Design()
SCORE = less(RUNS, "mse", arm="deep", than="shallow", by=1.0)


def made(score=SCORE, **changes):
    """A decision on a score, as `Answers` makes it."""
    fields = {
        "question": Question(DEEPER, "fast"),
        "verdict": judge(score, DESIGN),
        "design": DESIGN,
        "status": "registered",
        "table_control": None,
        "same_arms": judge(same_arms(score), DESIGN),
        "seconds": 1.0,
        "block": 1,
        "score": score,
    }
    return Decision(**{**fields, **changes})


def test_a_question_knows_what_it_is_about_and_is_equal_to_another_on_the_same_claim_tier_and_control():
    question, control = Question(DEEPER, "fast"), Question(DEEPER, "fast", control=True)
    assert question.experiment.name == "deep_vs_shallow"
    assert question.setting == question.experiment.setting("fast")
    assert control.setting == DEEPER.control.twin(question.setting) != question.setting
    assert question.looks == (12, 24, 48, 96)
    assert question.status.startswith(("registered", "development: "))
    assert {question: 1}[Question(DEEPER, "fast")] == 1
    assert len({question, control, Question(DEEPER, "full")}) == 3


def test_the_verdict_its_control_and_the_twin_of_equal_arms_must_all_be_right():
    assert made().as_registered
    swapped = judge(less(RUNS, "mse", arm="shallow", than="deep", by=1.0), DESIGN)
    assert not made(verdict=swapped).as_registered
    assert made(table_control=swapped).as_registered
    assert not made(table_control=made().verdict).as_registered


def test_a_claim_that_sees_an_effect_where_all_arms_are_one_is_not_as_registered_and_says_so():
    biased = dataclasses.replace(SCORE, rule=lambda y: abs(y[..., 0] - y[..., 1]) - 0.01)
    decision = made(biased)
    assert decision.verdict.outcome == "holds"
    assert not decision.as_registered
    assert "where all arms are the same, holds: mse, deep below shallow by 1: difference" in str(decision)
    assert str(decision).endswith("the claim sees an effect that is not there")


@pytest.mark.parametrize(("margin", "right"), [({"by": 1.0}, True), ({"direction_only": True}, False)])
def test_refuted_where_all_arms_are_one_is_right_with_a_margin_only(margin, right):
    score = less(RUNS, "mse", arm="deep", than="shallow", **margin)
    lost = judge(less(RUNS, "mse", arm="shallow", than="deep", by=1.0), DESIGN)
    assert made(score, same_arms=lost).as_registered is right


@pytest.mark.parametrize(("wins", "right"), [(17, True), (18, False)])
def test_a_negative_control_is_wrong_from_three_quarters_of_the_seeds_on(wins, right):
    """18 of 24 do not hold (20 would), but more seeds might."""
    runs = RUNS.assign(mse=[0.0, 9.0] * wins + [9.0, 0.0] * (24 - wins))
    twin = judge(less(runs, "mse", arm="deep", than="shallow", by=1.0), DESIGN)
    assert twin.outcome == "inconclusive"
    assert made(table_control=twin).as_registered is right
    assert made(question=Question(DEEPER, "fast", control=True), verdict=twin).as_registered is right


def test_of_a_control_that_was_not_seen_to_fail_nothing_is_as_registered():
    unseen = dataclasses.replace(made().verdict, outcome="invalid", wins=0)
    assert not made(question=Question(DEEPER, "fast", control=True), verdict=unseen).as_registered


def test_the_looks_are_the_registered_ones_unless_a_number_of_seeds_was_asked_for():
    few = SCORE.matrix.iloc[:12]
    assert made().registered_looks
    assert made(design=Design.looking(DESIGN.sizes, 2)).registered_looks
    assert not made(design=Design.fixed(24)).registered_looks
    assert not made(dataclasses.replace(SCORE, matrix=few), design=Design.fixed(12)).registered_looks


def test_undecided_it_names_the_next_look_where_there_is_one():
    runs = RUNS.assign(mse=[0.0, 9.0] * 18 + [9.0, 0.0] * 6)
    score = less(runs, "mse", arm="deep", than="shallow", by=1.0)
    assert str(made(score)).endswith("24 seeds do not decide: add some with --hw1-looks 3")
    assert "--hw1-looks" not in str(made(score, design=Design.fixed(24), verdict=judge(score, Design.fixed(24))))
