"""What the terminal says of decisions and cards."""

import numpy as np
import pandas as pd

from hw1.statistics import above, card, less
from hw1.summary import aligned, card_lines

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
    assert lines[0] == "  null: one arm, so its null is the boundary"
    assert lines[-1].startswith("  ! near its margin: ")
