"""A decision is as registered when the verdict and every twin say what they must; otherwise it says which does not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from hw1.judging.answers import Answers
from hw1.judging.decisions import Decision, Question, judged
from hw1.registry import find_claim
from hw1.statistics import Design, judge, less, same_arms
from hw1.statistics.looks import SIZES

DEEPER = find_claim("deeper_nets_fit_sin_better")
RUNS = pd.DataFrame(
    {
        "seed": np.repeat(range(24), 2),
        "arm": ["deep", "shallow"] * 24,
        "mse": np.random.default_rng(0).normal(size=48) + np.tile([0.0, 9.0], 24),
    }
)
SCORE = less(RUNS, "mse", arm="deep", than="shallow", by=1.0)


def made(score=SCORE, design=Design(), **changes):  # noqa: B008 - frozen
    """A decision on a score, as `Answers` makes it."""
    fields = {
        "question": Question(DEEPER, "fast"),
        "verdict": judge(score, design),
        "design": design,
        "status": "registered",
        "table_control": None,
        "same_arms": judge(same_arms(score), design),
        "took": {"deep": 1.0},
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
    assert {question: 1}[Question(DEEPER, "fast")] == 1
    assert len({question, control, Question(DEEPER, "full")}) == 3


def test_the_verdict_its_control_and_the_twin_of_equal_arms_must_all_be_right():
    assert made().as_registered
    swapped = judge(less(RUNS, "mse", arm="shallow", than="deep", by=1.0), Design())
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
    lost = judge(less(RUNS, "mse", arm="shallow", than="deep", by=1.0), Design())
    assert made(score, same_arms=lost).as_registered is right


def seen_on(wins, n=24, met=None):
    """A score that so many of the seeds show, with the claim's assay met on the first so many."""
    shallow = np.where(np.arange(n) < wins, 2.0, 0.5)
    runs = pd.DataFrame({"seed": [*range(n)] * 2, "arm": ["deep"] * n + ["shallow"] * n, "mse": [*[0.0] * n, *shallow]})
    score = less(runs, "mse", arm="deep", than="shallow", by=1.0)
    return score if met is None else score.masked(pd.Series(np.arange(n) < met), "trained (loss below 1)")


def on(wins, n=24, met=None, claim=DEEPER, control=False, design=Design()):  # noqa: B008 - frozen
    """A decision on such a score, or on the claim's trained control."""
    score, question = seen_on(wins, n, met), Question(claim, "fast", control=control)
    return made(score, design, question=question, verdict=judged(question, score, design))


@pytest.mark.parametrize(("wins", "right"), [(17, True), (18, False), (20, False), (0, True)])
def test_a_negative_control_that_three_quarters_of_the_seeds_show_is_wrong_though_it_does_not_hold(wins, right):
    twin = judge(seen_on(wins), Design())
    assert made(table_control=twin).as_registered is right
    decision = on(wins, control=True)
    assert decision.as_registered is right
    if wins == 18:
        words = "is seen on 18 of 24 seeds"
        assert f"its control equal_depth {words} (a control must be seen on less than three quarters)" in str(
            made(table_control=twin)
        )
        assert f"it {words}: a control must be seen on less than three quarters" in str(decision)
        assert "--hw1-looks" not in str(decision)  # it never goes past the claim's look


def test_an_undecided_claim_says_which_look_may_decide():
    assert "24 seeds do not decide: allow 48 with --hw1-looks 3" in str(on(15, design=Design.looking(SIZES, 2)))
    assert "48 seeds do not decide: allow 96 with --hw1-looks 4" in str(on(30, n=48))
    assert "do not decide" not in str(on(24))
    assert "do not decide" not in str(on(15, design=Design.fixed(24)))
    assert "do not decide" not in str(on(6, n=12, design=Design.fixed(12)))
    four = Design.looking(SIZES, 4)
    assert "do not decide" not in str(on(60, n=96, design=four))


def test_an_invalid_decision_says_on_how_many_seeds_the_assay_is_met_and_nothing_of_its_twins():
    twin = judge(seen_on(48, n=48, met=20), Design())
    decision = dataclasses.replace(on(48, n=48, met=20), table_control=twin)
    assert not decision.as_registered
    assert str(decision).startswith(
        "deeper_nets_fit_sin_better [fast] no verdict: 20 of 48 seeds trained (loss below 1): mse, deep below shallow"
    )
    assert "tests nothing" not in str(decision)
    assert decision.same_arms.outcome == "invalid"
    assert decision.nothing_in_same_arms  # no effect was seen in it
    assert "not there" not in str(decision)


def test_a_trained_control_of_which_half_is_met_proves_nothing():
    assert on(2, n=12, met=7, control=True).as_registered
    idle = on(2, n=12, met=6, control=True)
    assert not idle.as_registered
    assert "no verdict: 6 of 12 seeds trained (loss below 1)" in str(idle)
    assert on(0, n=12, control=True).as_registered  # no assay is asked of it


def test_a_twin_that_must_hold_takes_looks_and_must_hold():
    claim = dataclasses.replace(DEEPER, expect="refuted", because="a test")
    assert on(24, claim=claim, control=True).as_registered
    few = on(15, claim=claim, control=True)
    assert not few.as_registered
    assert "allow 96 with --hw1-looks 4" in str(on(30, n=48, claim=claim, control=True))
    refuted = on(0, claim=claim)
    assert refuted.as_registered
    assert not dataclasses.replace(refuted, table_control=few.verdict).as_registered
    assert "its control equal_depth must hold, but inconclusive" in str(
        dataclasses.replace(refuted, table_control=few.verdict)
    )


def test_of_a_control_that_was_not_seen_to_fail_nothing_is_as_registered():
    unseen = dataclasses.replace(made().verdict, outcome="invalid", wins=0)
    assert not made(question=Question(DEEPER, "fast", control=True), verdict=unseen).as_registered


def test_the_looks_are_the_registered_ones_unless_a_number_of_seeds_was_asked_for():
    few = SCORE.matrix.iloc[:12]
    assert made().registered_looks
    assert made(design=Design.looking(Design().sizes, 2)).registered_looks
    assert not made(design=Design.fixed(24)).registered_looks
    assert not made(dataclasses.replace(SCORE, matrix=few), design=Design.fixed(12)).registered_looks


class Looks(Answers):
    """Questions "dear" and "cheap", of which cheap needs a second look; notes what is computed together."""

    def __init__(self, stored):
        self.stored, self.computed, self._decided, self._asked = set(stored), [], {}, set()

    def cells(self, question, look=1):
        return [(question, look)]

    def _complete(self, place):
        return place in self.stored

    def _compute(self, wanted):
        self.computed.append(wanted)
        self.stored |= set(wanted)

    def _process(self, question):
        for look in range(1, 3 if question == "cheap" else 2):
            yield ((question, look),)
        return question


def test_a_second_look_is_computed_beside_the_first_looks_that_are_still_to_come():
    answers = Looks([("cheap", 1)])
    answers.train(["dear", "cheap"])
    assert answers.computed == [[("dear", 1), ("cheap", 2)]]
    answers = Looks([])
    answers.train(["dear", "cheap"])
    assert answers.computed == [[("dear", 1), ("cheap", 1)], [("cheap", 2)]]
