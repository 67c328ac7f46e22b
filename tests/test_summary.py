"""What the terminal says of decisions and cards."""

import re

import numpy as np
import pandas as pd

from hw1.manifest.summary import aligned, card_lines, closing, table
from hw1.statistics import Design, above, card, less

RUNS = pd.DataFrame({"seed": np.repeat(range(24), 2), "arm": ["a", "b"] * 24, "loss": [1.0, 3.0] * 24})


def test_columns_are_as_wide_as_their_widest_cell_and_lines_end_without_blanks():
    assert aligned([("claim", "n"), ("a longer claim", "24/24")]) == ["claim           n", "a longer claim  24/24"]


def test_a_card_in_words():
    score = less(RUNS, "loss", arm="a", than="b", by=0.5)
    assert card_lines(card(score, Design()), score) == [
        "  null: seen on 50.0% of relabelings (worst seed 50.0%), false hold 0.00099",
        "  predicted flake 0.0016, 14.4 seeds expected",
        "  1.5 from the margin (difference), inf spreads",
    ]


def test_a_card_of_one_arm_and_its_flags():
    score = above(RUNS.assign(loss=np.arange(48) - 20.0), "loss", arm="a", value=0.0)
    lines = card_lines(card(score, Design()), score)
    assert lines[0] == "  null: its null is the boundary, false hold 0.00099"
    assert lines[-1].startswith("  ! near its margin: ")


def made_verdict(**changes):
    """What the terminal reads of a verdict."""
    return {
        "outcome": "holds",
        "alpha": 0.001,
        "effect_name": "ratio",
        "effect": 2.0,
        "low": 1.5,
        "high": 3.0,
        "wins": 20,
        "n": 24,
        "look": 2,
        "interval_is_range": False,
        "met": None,
        "assay": "",
        **changes,
    }


def made_record(claim, **changes):
    """What the table and the closing lines read of a decision."""
    return {
        "claim": claim,
        "family": "stars",
        "experiment": "signs",
        "expected": "holds",
        "seconds": 3.0,
        "tier": "fast",
        "control": None,
        "as_registered": True,
        "status": "registered",
        "verdict": made_verdict(),
        "registered_looks": True,
        "twin": {"trains": False},
        "table_control": {"right": True},
        "same_arms": None,
        **changes,
    }


def test_the_closing_lines_count_the_controls_that_decide_as_they_must_and_those_not_run():
    trains = {"twin": {"trains": True}, "table_control": None}
    records = [
        made_record("a", same_arms={"right": True}),
        made_record("b", table_control={"right": False}, as_registered=False),
        made_record("c", **trains),
        made_record("c", control="twin", **trains),
        made_record("d", **trains),
    ]
    assert closing(records) == [
        "4 of 5 as registered; chance of any false decision among them at most 0.005 (sum of their alphas)",
        "controls that came out as required: 1 of 2 on tables, 1 of 1 trained, 1 of 1 with all arms the same; "
        "1 trained not run (-m slow)",
    ]
    assert closing(records[-1:])[1] == "controls that came out as required: none was run; 1 trained not run (-m slow)"


def test_the_table_shows_seeds_look_and_how_many_seeds_are_met():
    invalid = made_verdict(outcome="invalid", wins=3, n=48, look=3, met=3, assay="trained (loss below 1)")
    records = [
        made_record("a"),
        made_record("b", verdict=made_verdict(met=21, assay="trained")),
        made_record("c", verdict=made_verdict(met=24, assay="trained")),
        made_record("d", registered_looks=False),
        made_record("e", as_registered=False, verdict=invalid),
    ]
    assert [re.split("  +", line)[2:] for line in table(records)[1:]] == [
        ["holds", "ratio 2 [1.5, 3]", "20/24, look 2", "3 s"],
        ["holds", "ratio 2 [1.5, 3]", "20/24, look 2, 21 met", "3 s"],
        ["holds", "ratio 2 [1.5, 3]", "20/24, look 2", "3 s"],
        ["holds", "ratio 2 [1.5, 3]", "20/24, not the registered looks", "3 s"],
        ["invalid, expected holds", "3 of 48 seeds trained (loss below 1)", "3/48, look 3, 3 met", "3 s"],
    ]


def test_the_closing_lines_name_what_has_no_verdict_other_looks_and_ranges():
    invalid = made_verdict(outcome="invalid", wins=3, n=48, look=3, met=3, assay="trained (loss below 1)")
    records = [
        made_record("a", verdict=made_verdict(n=12, interval_is_range=True)),
        made_record("b", registered_looks=False),
        made_record("c", as_registered=False, verdict=invalid),
    ]
    assert closing(records)[:4] == [
        "2 of 3 as registered; chance of any false decision among them at most 0.003 (sum of their alphas)",
        "no verdict on c [fast]: 3 of 48 seeds trained (loss below 1)",
        "1 judged at one look of their own (--hw1-seeds), not the registered looks",
        "an interval at 12 seeds is their range",
    ]
    assert not any("range" in line or "look" in line for line in closing([made_record("a")]))
