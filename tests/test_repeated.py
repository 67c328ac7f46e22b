"""Seeds that all have the same numbers are one seed, on which there is no verdict; others are judged."""

import numpy as np
import pandas as pd
import pytest

from hw1.judging.answers import Answers
from hw1.judging.decisions import Question
from hw1.judging.repeated import check_seeds_differ
from hw1.registry import find_claim
from hw1.running.results import Results
from hw1.statistics import Invalid
from hw1.tables import Tables

N = 12


def tables(deep, shallow):
    """Runs of two arms with some numbers each, and a column of whole ones."""
    arms = {"deep": deep, "shallow": shallow}
    parts = [pd.DataFrame({"seed": range(N), "arm": arm, "mse": mse, "updates": 40}) for arm, mse in arms.items()]
    return Tables({"runs": pd.concat(parts, ignore_index=True).sample(frac=1, random_state=1)})


def test_seeds_with_the_same_numbers_in_all_arms_are_refused():
    with pytest.raises(Invalid, match="all 12 seeds have the same numbers, so they are one seed"):
        check_seeds_differ(tables([0.125] * N, [0.3] * N))


@pytest.mark.parametrize("shallow", [0.3 + np.spacing(0.3) * (np.arange(N) == 7), np.linspace(0.3, 0.4, N)])
def test_one_bit_of_one_seed_in_one_arm_is_a_difference(shallow):
    check_seeds_differ(tables([0.125] * N, shallow))


@pytest.mark.parametrize("number", [1.0, 0.0, np.inf, np.nan])
def test_whole_numbers_and_those_that_are_none_may_be_the_same_for_all_seeds(number):
    check_seeds_differ(tables([number] * N, [number] * N))


def test_infinite_numbers_do_not_hide_that_the_others_repeat():
    with pytest.raises(Invalid):
        check_seeds_differ(tables([np.inf] * N, [0.3] * N))
    with pytest.raises(Invalid):
        check_seeds_differ(tables([np.nan] * N, [0.3] * N))


def test_two_seeds_are_too_few_to_tell():
    runs = tables([0.125] * N, [0.3] * N)["runs"]
    check_seeds_differ(Tables({"runs": runs[runs["seed"] < 2]}))


def test_a_claim_on_seeds_that_repeat_gets_no_verdict(monkeypatch):
    question, answers = Question(find_claim("deeper_nets_fit_sin_better"), "fast"), Answers(Results(), block=0, seeds=N)
    monkeypatch.setattr(answers.results, "collect", lambda cells, seeds: (tables([0.1] * N, [0.9] * N), 0.0))
    with pytest.raises(Invalid, match="one seed"):
        answers.decide(question)
