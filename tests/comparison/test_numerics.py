"""First losses beside a reference's: rounding is told from another training, in seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

from hw1.comparison import numerics
from hw1.comparison.first import AT, SEEDS, first_losses
from hw1.comparison.numerics import ROUNDING, Numerics, lines, measured
from hw1.comparison.references import nearest, reference
from hw1.registry import find_experiment

ROOT = Path(__file__).parents[2]
HERE = {"torch": "2.14.1", "python": "3.11.7", "numpy": "2.4.6", "device": "cpu x86_64"}
PLANT = """
import sys
from hw1.__main__ import main
{change}
sys.exit(main(["compare", "--reference", "--first"]))
"""
EPSILON = """
import torch
original = torch._fused_adam_
torch._fused_adam_ = lambda *given, **options: original(*given, **(options | {"eps": 1e-5}))
"""
START = """
from hw1.nets.starts import SCHEMES
SCHEMES["torch"] = SCHEMES["he"]
"""


def found(**apart):
    return Numerics("known", {"environment": HERE}, HERE, apart)


def told(**apart):
    return list(lines(found(**apart)))


def test_equal_losses_moved_nothing():
    assert told(a=[0.0] * 6)[-1] == "nothing moved: every loss is the reference's to the last bit"


def test_rounding_is_said_with_its_size_and_is_no_finding():
    seen = found(a=[0.0, 1e-7, 3e-6, 0.0, 0.0, 0.0], b=[0.0] * 6)
    assert (seen.moved, seen.by_more_than_rounding) == (["a"], [])
    assert seen.conclusion == "numbers moved by rounding alone (at most 3e-06, relatively)"


def test_more_than_rounding_names_the_trainings_worst_first():
    out = told(a=[0.0, 0.0, 0.0, 0.0, 0.0, 2 * ROUNDING], b=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1], c=[0.0] * 6)
    assert [line.split()[0] for line in out[4:6]] == ["b", "a"]
    assert out[-2] == "1 of 3 trainings: the same to the last bit"
    assert out[-1].startswith("more than rounding: 2 of 3 trainings differ; whether verdicts moved: python -m hw1 test")


def test_a_loss_that_is_infinite_on_one_side_is_infinitely_far():
    assert numerics._apart([1.0, float("inf")], [1.0, float("inf")]) == 0.0
    assert numerics._apart([1.0, 1.0], [1.0, float("inf")]) == float("inf")
    assert numerics._apart([2.0, 0.0], [1.0, 0.0]) == 0.5


def test_first_losses_are_those_of_the_training_itself_and_it_is_ended_there():
    ((name, losses),) = first_losses([find_experiment("deep_vs_shallow")])
    assert name == "deep_vs_shallow"
    assert [len(row) for row in losses] == [SEEDS] * len(AT)
    assert losses[0] != losses[-1]


def test_losses_of_one_environment_are_put_beside_no_run_of_another():
    with pytest.raises(ValueError, match=r"the run was made with torch 2\.0\.0.*: make the reference where the run"):
        measured({**numerics.environment(), "torch": "2.0.0"}, [])


def test_an_experiment_that_changed_since_the_reference_is_left_out(monkeypatch):
    base = reference(nearest(numerics.environment()))
    assert numerics._as_then(base, "deep_vs_shallow")
    assert not numerics._as_then(base, "no_such_experiment")
    monkeypatch.setattr(find_experiment("deep_vs_shallow").module, "REVISION", 99)
    assert not numerics._as_then(base, "deep_vs_shallow")


@pytest.mark.slow
@pytest.mark.parametrize("change", [EPSILON, START], ids=["epsilon of Adam", "initialisation"])
def test_a_planted_change_is_more_than_rounding(change):
    done = subprocess.run(
        [sys.executable, "-c", PLANT.format(change=change)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "more than rounding: " in done.stdout
