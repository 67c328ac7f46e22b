"""A finding tells first whether anything trained, then the verdict, and then what stands against it."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from hw1.judging.findings import Finding
from hw1.judging.requiring import required
from hw1.registry import find_claim
from hw1.statistics import Design, judge, less
from hw1.tables import Tables

CLAIM = find_claim("random_labels_are_memorised")  # its control must not hold
REFUTED = find_claim("past_the_best_batch_size_sensitivity_declines_at_equal_updates")


def runs(wins, n=12):
    """Rows in which `low` is below `high` by 2 on the first seeds, and above it by 1 on the others."""
    rows = [(seed, arm, x) for seed in range(n) for arm, x in (("low", 0.0), ("high", 2.0 if seed < wins else -1.0))]
    return pd.DataFrame(rows, columns=["seed", "arm", "loss"])


def scored(wins, met=12, by=1.0):
    how = {"by": by} if by else {"direction_only": True}
    score = less(runs(wins), "loss", arm="low", than="high", **how)
    return score.masked(pd.Series([seed < met for seed in range(12)]), "trained (loss below 1)")


def finding(wins=12, met=12, control=0, claim=CLAIM, by=1.0, **changes):
    design = Design.looking((12,), 1)
    score = scored(wins, met, by)
    twin = None if control is None else judge(scored(control), design)
    return Finding(
        claim=claim, tier="fast", verdict=judge(score, design), control=twin, setting=None, block=0, score=score,
        design=design,
        tables=Tables({"runs": runs(wins)}), **{"changes": ("lr 1 instead of 2",), "other_data": False, **changes},
    )  # fmt: skip


def test_training_comes_before_the_verdict_then_what_differs_then_the_control():
    assert str(finding(remarks=("Your nets are slow.",))).splitlines() == [
        "random_labels_are_memorised [fast] in your setting",
        "  training: 12 of 12 seeds trained (loss below 1)",
        "    Your nets are slow.",
        "  verdict: holds: loss, low below high by 1: difference 2 [2, 2] (range of 12 seeds), 12/12 seeds, p 0.0002",
        "  changed: lr 1 instead of 2; in its own setting it is registered as holds",
        "  control: labels_never_shown behaves: refuted, and it must not hold",
        "  12 seeds of block 0, development seeds: no evidence",
    ]


def test_without_a_verdict_it_is_said_that_too_few_trained_and_the_control_says_nothing():
    told = str(finding(met=3))
    assert "  training: 3 of 12 seeds trained (loss below 1): too few to say anything of the claim\n" in told
    assert "  verdict: none on: loss, low below high by 1\n" in told
    assert "  control: labels_never_shown says nothing either, as too few nets trained\n" in told


@pytest.mark.parametrize(
    ("control", "told"),
    [
        (None, "labels_never_shown was not trained: ask for it with --control, or control=True"),
        (
            12,
            "labels_never_shown does not behave: holds, seen on 12 of 12 seeds, and it must not hold: the claim",
        ),
        (9, "labels_never_shown does not behave: inconclusive, seen on 9 of 12 seeds, and it must not hold: the claim"),
        (6, "labels_never_shown behaves: inconclusive, and it must not hold"),
    ],
)
def test_a_control_that_comes_out_as_the_claim_is_told(control, told):
    assert f"  control: {told}" in str(finding(control=control))


def test_the_twin_of_a_claim_that_is_refuted_must_hold():
    name = REFUTED.control.name
    assert f"  control: {name} behaves: holds, and it must hold" in str(finding(0, control=12, claim=REFUTED))
    assert f"  control: {name} does not behave: refuted, seen on 0 of" in str(finding(0, control=0, claim=REFUTED))


def test_a_margin_made_for_another_setting_is_told_where_the_claim_does_not_hold():
    told = "    its margin (1) was chosen for other data: in yours a smaller effect may be as real, so read the numbers"
    assert told in str(finding(0, other_data=True))
    assert told in str(finding(6, other_data=True))
    assert "its margin" not in str(finding(12, other_data=True))
    assert "its margin (1) was chosen for its own setting: in yours" in str(finding(0))
    assert "its margin" not in str(finding(0, changes=()))
    assert "its margin" not in str(finding(0, by=0.0))


def test_a_claim_without_an_assay_says_why():
    untrained = find_claim("thirty_narrow_layers_do_not_train")
    one = finding(claim=untrained)
    plain = replace(one, verdict=replace(one.verdict, met=None, assay=""))
    assert f"  training: nothing is asked of it ({untrained.assay.words})" in str(plain)


@pytest.mark.parametrize(
    ("wins", "met", "outcome", "told"),
    [
        (12, 12, "holds", "required: holds; the verdict is holds: passed"),
        (0, 12, "holds", "required: holds; the verdict is refuted: failed"),
        (0, 12, "refuted", "required: refuted; the verdict is refuted: passed"),
        (6, 12, "refuted", "required: refuted; the verdict is inconclusive: failed"),
        (12, 3, "holds", "required: holds; the verdict is none: failed"),
    ],
)
def test_a_required_outcome_came_or_did_not(wins, met, outcome, told):
    assert next(required(finding(wins=wins, met=met), outcome)).strip() == told


def told(outcome):
    return " ".join(" ".join(required(finding(), outcome)).split())


def test_how_often_chance_decides_is_counted_exactly():
    needed = finding().design.looks[0].wins
    sure, usual = (
        sum(math.comb(12, k) * share**k * (1 - share) ** (12 - k) for k in range(needed)) for share in (0.99, 0.9)
    )
    assert f"a net fails with probability {sure:.1g} where 99 % of its seeds show the claim" in told("holds")
    assert f"with {usual:.1g} where 90 % do; by good luck it passes with 0.001 at most" in told("holds")
    assert told("holds").endswith("where no more than 50 % do")
    assert "where 99 % of its seeds contradict it" in told("refuted")
