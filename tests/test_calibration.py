"""The page of calibration cards holds a row for every claim, and names what a card warns of."""

import numpy as np
import pandas as pd

from hw1.judging.decisions import Decision, Question
from hw1.registry import find_claim
from hw1.statistics import judge, less, same_arms
from hw1.trust.cards import flagged, markdown, table

RNG = np.random.default_rng(0)
DEEPER = find_claim("deeper_nets_fit_sin_better")


def decision(gap, control=None):
    """A decision on two arms whose means differ by a gap, with noise of 1 and a margin of 1."""
    y = RNG.normal(size=48) + np.tile([0.0, gap], 24)
    runs = pd.DataFrame({"seed": np.repeat(range(24), 2), "arm": ["deep", "shallow"] * 24, "mse": y})
    score = less(runs, "mse", arm="deep", than="shallow", by=1.0)
    return Decision(
        question=Question(DEEPER, "fast"),
        verdict=judge(score, n0=24),
        status="registered",
        table_control=control,
        same_arms=judge(same_arms(score), n0=24),
        seconds=1.0,
        block=1,
        score=score,
    )


FAR, NEAR = decision(9.0), decision(3.0)
UNCONTROLLED = decision(9.0, control=FAR.verdict)


def test_a_row_says_what_the_card_twins_and_control_say():
    head, row = table([FAR])
    assert head.split("  ")[0] == "claim"
    assert [cell.strip() for cell in row.split("  ") if cell][2:7] == [
        "holds 24/24",
        f"{FAR.card.null_wins:.3g}",
        f"{FAR.card.false_hold:.2g}",
        FAR.same_arms.outcome,
        "trains",
    ]


def test_near_margins_and_wrong_controls_are_flagged_below():
    assert flagged([FAR]) == []
    (near,) = flagged([NEAR])
    assert near.startswith("deeper_nets_fit_sin_better: near its margin: 1.")
    (wrong,) = flagged([UNCONTROLLED])
    assert "its control equal_depth must not hold, but holds" in wrong
    assert table([NEAR])[-1] == f"! {near}"


def test_the_page_names_its_command_and_counts_the_flags():
    page = markdown([FAR, NEAR], "python -m hw1 card --all --write FILE", "torch 9")
    assert "Made by `python -m hw1 card --all --write FILE`; torch 9." in page
    assert page.count("\n| deeper_nets_fit_sin_better | 2 | holds 2") == 2
    assert "## Flagged: 1\n\n- deeper_nets_fit_sin_better: near its margin" in page
