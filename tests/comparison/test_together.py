"""Whether seeds lean one way together: exact under any distribution, and seen where every claim moves a little."""

import numpy as np
import pytest

from hw1.comparison.claims import Change, Compared
from hw1.comparison.together import together

ALIKE = Change(letter="B", kind="alike", signs=None, p=1.0)


def rng(*key):
    return np.random.Generator(np.random.Philox(list(key)))


def claim(name, before, after, experiment="one", first=(1000, 1000)):
    """A claim in two environments, with the scores of consecutive seeds."""
    scores = [
        {str(start + i): float(v) for i, v in enumerate(row)} for start, row in zip(first, (before, after), strict=True)
    ]
    records = {letter: {"revision": 1, "scores": one} for letter, one in zip("AB", scores, strict=True)}
    return Compared(key=("family", experiment, name, "fast", ""), records=records, changes=(ALIKE,))


def test_twelve_seeds_that_all_moved_one_way_have_the_p_of_the_sign_test():
    assert together([claim("x", np.zeros(12), np.ones(12))], draws=99_999) == pytest.approx(2 / 4096, rel=0.2)


def test_nothing_moved_is_p_1():
    assert together([claim("x", np.ones(12), np.ones(12)), claim("y", np.zeros(3), np.zeros(3), "two")]) == 1.0
    assert together([]) == 1.0


def test_claims_of_one_experiment_that_move_together_are_one_piece_of_evidence():
    """Ten copies of a claim say what one does: their seeds change sign together."""
    lean = rng(1).normal(0.8, 1.0, 12)
    once = together([claim("x", np.zeros(12), lean)], draws=9_999)
    assert together([claim(f"x{i}", np.zeros(12), lean) for i in range(10)], draws=9_999) == once


def test_a_small_movement_in_each_of_many_experiments_is_seen_where_no_claim_shows_it_alone():
    moved = [
        claim("x", (z := rng(2, i).normal(size=12)), z + rng(3, i).normal(0.8, 1.0, 12), f"e{i}") for i in range(30)
    ]
    assert together(moved) <= 1e-3


def test_infinite_scores_of_one_sign_did_not_move():
    before, after = np.full(12, np.inf), np.full(12, np.inf)
    assert together([claim("x", before, after)]) == 1.0
    after[0] = 1.0
    assert together([claim("x", before, after)]) == 1.0, "one seed that moved says nothing"


@pytest.mark.parametrize("other_seeds", [False, True], ids=["same seeds", "other seeds"])
def test_the_error_rate_is_what_it_is_said_to_be(other_seeds):
    """400 pairs of environments that are alike: heavy tails, ties, five claims an experiment that share their nets."""

    def alike(run):
        draws = rng(4, run, other_seeds)
        for e in range(6):
            shared = draws.standard_cauchy((2, 12))
            for c in range(5):
                before, after = np.round(shared + draws.normal(size=(2, 12)), 1)
                yield claim(f"c{c}", before, after, f"e{e}", first=(1000, 5000 if other_seeds else 1000))

    found = [together(list(alike(run)), draws=199) for run in range(400)]
    # Of 400, 20 are expected at 0.05 and 8 at 0.02; more than these have probability 0.001 each.
    assert sum(p <= 0.05 for p in found) <= 35
    assert sum(p <= 0.02 for p in found) <= 18
    assert sum(p <= 0.5 for p in found) >= 150, "a p-value that is never small would pass, too"


def test_other_seeds_of_a_distribution_that_moved_are_seen():
    moved = [
        claim("x", rng(5, i).normal(size=12), rng(6, i).normal(1.0, 1.0, 12), f"e{i}", (1000, 7000)) for i in range(10)
    ]
    assert together(moved) <= 1e-3
