"""The first half minute: what `demo` shows is computed, and holds."""

import pytest

from hw1.__main__ import main
from hw1.commands.demo import CLAIMS
from hw1.registry import find_claim


@pytest.mark.slow
def test_a_belief_that_holds_one_that_fails_and_a_broken_library_that_is_caught(capsys):
    assert main(["demo"]) == 0
    honest, broken = capsys.readouterr().out.split("broken on purpose")
    verdicts = [line.strip() for line in honest.splitlines() if "->" in line]
    assert [line.split(":")[0] for line in verdicts] == ["-> holds", "-> refuted"]
    assert honest.count("as registered") == 2
    assert broken.count("-> its test fails: no verdict, as too few nets trained") == 2


def test_one_of_its_claims_is_registered_to_hold_and_one_is_folklore_of_the_same_experiment():
    holds, fails = map(find_claim, CLAIMS)
    assert (holds.expect, fails.expect) == ("holds", "refuted")
    assert holds.experiment == fails.experiment


def test_it_shows_claims_of_hw1_alone(capsys):
    assert main(["--claims", "hw1.claims", "demo"]) == 2
    assert "demo shows claims of hw1 itself: leave out --claims" in capsys.readouterr().err
