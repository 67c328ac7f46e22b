"""What the terminal says of decisions and cards."""

import numpy as np
import pandas as pd

from hw1.manifest.summary import aligned, card_lines, closing
from hw1.statistics import above, card, less

RUNS = pd.DataFrame({"seed": np.repeat(range(24), 2), "arm": ["a", "b"] * 24, "loss": [1.0, 3.0] * 24})


def test_columns_are_as_wide_as_their_widest_cell_and_lines_end_without_blanks():
    assert aligned([("claim", "n"), ("a longer claim", "24/24")]) == ["claim           n", "a longer claim  24/24"]


def test_a_card_in_words():
    score = less(RUNS, "loss", arm="a", than="b", by=0.5)
    assert card_lines(card(score, n0=24), score) == [
        "  null: seen on 50.0% of relabelings (worst seed 50.0%), false hold 0.00077",
        "  predicted flake 0.0077; 21 seeds for 0.001",
        "  1.5 from the margin (difference), inf spreads",
    ]


def test_a_card_of_one_arm_and_its_flags():
    score = above(RUNS.assign(loss=np.arange(48) - 20.0), "loss", arm="a", value=0.0)
    lines = card_lines(card(score, n0=24), score)
    assert lines[0] == "  null: its null is the boundary, false hold 0.00077"
    assert lines[-1].startswith("  ! near its margin: ")


def made_record(claim, **changes):
    """What the closing lines read of a decision."""
    return {
        "claim": claim,
        "tier": "fast",
        "control": None,
        "as_registered": True,
        "status": "registered",
        "verdict": {"alpha": 0.001},
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
        "controls that decide as they must: 1 of 2 on tables, 1 of 1 trained, 1 of 1 with all arms the same; "
        "1 trained not run (-m slow)",
    ]
    assert closing(records[-1:])[1] == "controls that decide as they must: none was run; 1 trained not run (-m slow)"
