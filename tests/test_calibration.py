"""The page of calibration cards holds a row for every claim, and names what a card warns of."""

import numpy as np
import pandas as pd

from hw1.judging.decisions import Decision, Question
from hw1.registry import find_claim
from hw1.statistics import Design, judge, less, same_arms
from hw1.trust.cards import flagged, markdown, table

RNG = np.random.default_rng(0)
DEEPER = find_claim("deeper_nets_fit_sin_better")


def decision(gap, control=None, n=24, met=None):
    """A decision on two arms whose means differ by a gap, with noise of 1 and a margin of 1."""
    y = RNG.normal(size=2 * n) + np.tile([0.0, gap], n)
    runs = pd.DataFrame({"seed": np.repeat(range(n), 2), "arm": ["deep", "shallow"] * n, "mse": y})
    score = less(runs, "mse", arm="deep", than="shallow", by=1.0)
    if met is not None:
        score = score.masked(pd.Series(np.arange(n) < met), "trained (loss below 1)")
    return Decision(
        question=Question(DEEPER, "fast"),
        verdict=judge(score, Design()),
        design=Design(),
        status="registered",
        table_control=control,
        same_arms=judge(same_arms(score), Design()),
        took={"a": 1.0},
        block=1,
        score=score,
    )


FAR, NEAR = decision(9.0), decision(3.0)
UNCONTROLLED = decision(9.0, control=FAR.verdict)
SOME = decision(9.0, n=12, met=11)


def test_a_row_says_what_the_card_twins_and_control_say():
    head, row, taken = table([FAR])
    assert head.split("  ")[0] == "claim"
    assert [cell.strip() for cell in row.split("  ") if cell][2:9] == [
        "holds 24/24",
        f"{FAR.card.null_wins:.3g}",
        f"{FAR.card.false_hold:.2g}",
        FAR.same_arms.outcome,
        "trains",
        "0.002",
        "14.4",
    ]
    assert taken == "Taken, of 1 claims: look 2 by 1"


def test_a_row_says_on_how_many_seeds_the_assay_is_met_and_the_last_line_how_many_took_further_looks():
    _, row, *_ = table([SOME])
    assert "inconclusive 11/12  11/12" in row
    assert "Taken, of 2 claims: look 2 by 1" in table([SOME, FAR])
    assert "Taken, of 1 claims: one look each" in table([SOME])


def test_near_margins_and_wrong_controls_are_flagged_below():
    assert flagged([FAR]) == []
    (near,) = flagged([NEAR])
    assert near.startswith("deeper_nets_fit_sin_better: near its margin: 1.")
    (wrong,) = flagged([UNCONTROLLED])
    assert "its control equal_depth must not hold, but holds" in wrong
    assert table([NEAR])[-1] == f"! {near}"


def test_the_page_names_its_command_and_counts_the_flags():
    page = markdown([FAR, NEAR, SOME], "python -m hw1 card --all --write FILE", "torch 9")
    assert "Made by `python -m hw1 card --all --write FILE`; torch 9." in page
    assert page.count("\n| deeper_nets_fit_sin_better | 3 | holds 2") == 2
    assert "\n| deeper_nets_fit_sin_better | 3 | inconclusive 11/12 | 11/12 |" in page
    assert "12 seeds, all won, cannot predict less than .017" in page  # test_planning.py has these numbers
    assert "## Flagged: 2\n\n- deeper_nets_fit_sin_better: near its margin" in page
