"""A decision is as registered when the verdict and every twin say what they must; otherwise it says which does not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from hw1.judging.decisions import Decision, Question
from hw1.registry import find_claim
from hw1.statistics import judge, less, same_arms

DEEPER = find_claim("deeper_nets_fit_sin_better")
RUNS = pd.DataFrame(
    {
        "seed": np.repeat(range(24), 2),
        "arm": ["deep", "shallow"] * 24,
        "mse": np.random.default_rng(0).normal(size=48) + np.tile([0.0, 9.0], 24),
    }
)
SCORE = less(RUNS, "mse", arm="deep", than="shallow", by=1.0)


def made(score=SCORE, **changes):
    """A decision on a score, as `Answers` makes it."""
    fields = {
        "question": Question(DEEPER, "fast"),
        "verdict": judge(score, n0=24),
        "status": "registered",
        "table_control": None,
        "same_arms": judge(same_arms(score), n0=24),
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
    assert (question.n0, question.status) == (24, "registered")
    assert {question: 1}[Question(DEEPER, "fast")] == 1
    assert len({question, control, Question(DEEPER, "full")}) == 3


def test_the_verdict_its_control_and_the_twin_of_equal_arms_must_all_be_right():
    assert made().as_registered
    swapped = judge(less(RUNS, "mse", arm="shallow", than="deep", by=1.0), n0=24)
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
    lost = judge(less(RUNS, "mse", arm="shallow", than="deep", by=1.0), n0=24)
    assert made(score, same_arms=lost).as_registered is right
