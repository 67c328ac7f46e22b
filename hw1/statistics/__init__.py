"""From tables to scores, from scores to verdicts, and how many seeds that takes.

A claim is about a fresh seed: "on more than `p0` of seeds, A beats B by at least the margin". Every kind of claim is
one number per seed, positive where the claim is seen; one exact binomial test on the number of such seeds decides.
"""

from hw1.statistics.association import associated
from hw1.statistics.cards import Card, card
from hw1.statistics.looks import Design, Invalid, Look, Outcome, require_reachable, smallest_n
from hw1.statistics.ordered import peak, trend
from hw1.statistics.planning import (
    chance,
    detectable,
    expected_seeds,
    miss,
    plan,
    predicted_flake,
    predicted_looks,
    predicted_seeds,
)
from hw1.statistics.scores import Score, above, below, less, within
from hw1.statistics.twins import same_arms
from hw1.statistics.verdicts import Verdict, judge, range_in_words

__all__ = [
    "Card",
    "Design",
    "Invalid",
    "Look",
    "Outcome",
    "Score",
    "Verdict",
    "above",
    "associated",
    "below",
    "card",
    "chance",
    "detectable",
    "expected_seeds",
    "judge",
    "less",
    "miss",
    "peak",
    "plan",
    "predicted_flake",
    "predicted_looks",
    "predicted_seeds",
    "range_in_words",
    "require_reachable",
    "same_arms",
    "smallest_n",
    "trend",
    "within",
]
