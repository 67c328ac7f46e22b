"""The pilot admits claims by the flake and the seeds that it predicts over all looks; its page names its command."""

import numpy as np
import pandas as pd
import pytest

from hw1.registry import find_claim
from hw1.statistics import Design, less
from hw1.trust.pilot import Pilot, markdown, table, together

DEEPER = find_claim("deeper_nets_fit_sin_better")


def piloted(wins, met=96):
    """The pilot of a claim that is seen on so many of 96 seeds, and whose assay is met on the first so many."""
    rows = [
        (s, arm, (2.0 if s < wins else 0.5) if arm == "shallow" else 1.0)
        for s in range(96)
        for arm in ("deep", "shallow")
    ]
    runs = pd.DataFrame(rows, columns=["seed", "arm", "mse"])
    score = less(runs, "mse", arm="deep", than="shallow", by=0.25)
    return Pilot.of(DEEPER, score.masked(pd.Series(np.arange(96) < met), "trained (loss below 1)"), Design())


def test_94_wins_of_96_are_admitted_and_93_are_not():
    good, poor = piloted(94), piloted(93)
    assert (good.admitted, poor.admitted) == (True, False)
    assert good.seeds == pytest.approx(15.1, abs=0.05)
    assert poor.flake < 0.002  # it is the cost that keeps it out
    assert poor.seeds == pytest.approx(16.2, abs=0.05)
    assert [line.split()[-1] for line in table([good, poor])[1:3]] == ["yes", "no"]


def test_a_claim_whose_looks_are_predicted_to_miss_is_not_admitted_however_few_seeds_they_take():
    """On 1 of 96 seeds won the claim is refuted soon."""
    lost = piloted(1)
    assert lost.seeds < 15
    assert lost.flake > 0.99
    assert not lost.admitted


def test_a_pilot_whose_assay_is_met_on_half_of_its_seeds_is_invalid_and_never_admitted():
    idle = piloted(96, met=48)
    assert not idle.admitted
    assert "48/96  48/96" in table([idle])[1]
    assert table([idle])[1].endswith("no: invalid")


def test_the_looks_of_all_claims_are_predicted_together():
    one, other = piloted(96), piloted(90)
    second, third = (one.looks[k] + other.looks[k] for k in (1, 2))
    words = f"look 2 by {second:.2g}, look 3 by {third:.2g}"
    assert together([one, other]) == f"predicted on a fresh block, of 2 claims: {words}"
    assert 0 < one.looks[2] < one.looks[1] < other.looks[1] < 1


def test_the_page_names_its_command_and_holds_every_claim_its_assay_and_the_cost():
    page = markdown(
        [piloted(94), piloted(93, met=95)], {"deep_vs_shallow": 44.4}, "python -m hw1 pilot --write FILE", "torch 9"
    )
    assert "Made by `python -m hw1 pilot --write FILE` on 96 development seeds (block 0); torch 9." in page
    assert "| deeper_nets_fit_sin_better | holds | 94/96 | 96/96 | difference 1 [1, 1] | 4e-05 | 15.1 | yes |" in page
    assert "| deeper_nets_fit_sin_better | holds | 93/96 | 95/96 | difference 1 [1, 1] | 0.0002 | 16.2 | no |" in page
    assert "Predicted on a fresh block, of 2 claims: look 2 by 0.6, look 3 by 0.0074." in page
    assert "| deep_vs_shallow | 44 |" in page
