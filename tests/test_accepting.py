"""Which claims take what of a user's: found by asking, and the page says so."""

from pathlib import Path

import pytest

from hw1.__main__ import main
from hw1.judging.accepting import accepts
from hw1.registry import find_experiment

PAGE = Path(__file__).parents[1] / "docs" / "accepts.md"


def words(name):
    """What is asked for, and the arms by what is theirs."""
    return {part: list(arms.values()) for part, arms in accepts(find_experiment(name)).items()}


def test_arms_that_differ_only_in_what_they_add_to_any_net_are_one_kind():
    assert words("regularisation")["net"] == [["plain", "dropout", "weight_decay"]]
    assert words("augmentation")["net"] == [["augmented", "plain"]]


def test_arms_of_other_nets_and_optimizers_are_told_apart():
    assert words("deep_vs_shallow") == {"net": [["deep"], ["shallow"]], "optimizer": [["deep", "shallow"]],
                                        "target": [["deep", "shallow"]]}  # fmt: skip
    assert words("random_walk")["optimizer"] == [["training"], ["late_half", "late_end"]]


def test_a_page_is_kept_of_what_is_accepted_and_of_nothing_else(capsys, tmp_path):
    assert main(["list", "--write", str(tmp_path / "page.md")]) == 2
    assert "--write keeps what --accepts lists: give both, or neither" in capsys.readouterr().err


@pytest.mark.slow
def test_the_page_says_what_is_accepted(capsys):
    assert main(["list", "--accepts"]) == 0
    assert capsys.readouterr().out == PAGE.read_text(encoding="utf-8"), (
        "python -m hw1 list --accepts --write docs/accepts.md"
    )
