"""Real trainings in two environments: one that differs in Adam's epsilon is found, one that does not stays quiet."""

import subprocess
import sys
from pathlib import Path

import pytest

from hw1.__main__ import main

ROOT = Path(__file__).parents[2]
EPSILON = """
import torch

original = torch._fused_adam_


def changed(*arguments, **options):
    original(*arguments, **(options | {"eps": 1e-2}))


torch._fused_adam_ = changed
"""


@pytest.fixture(scope="module")
def manifests(tmp_path_factory):
    """Manifests of 12 seeds of `squared_error`, by Adam and by SGD: twice the same, and once with a larger epsilon."""
    folder = tmp_path_factory.mktemp("environments")
    (folder / "epsilon.py").write_text(EPSILON)
    options = [
        *("-q", "-m", "fast", "-p", "no:cacheprovider", "tests/claims/losses_and_ensembles/test_squared_error.py"),
        *("--hw1-seeds", "12", "--hw1-jobs", "1", "--hw1-device", "cpu", "--hw1-store", ":memory:"),
    ]
    for name, more in (("one", []), ("two", []), ("epsilon", ["-p", "epsilon"])):
        path = ["--hw1-manifest", str(folder / f"{name}.json")]
        code = f"import sys; sys.path.insert(0, {str(folder)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
        subprocess.run([sys.executable, "-c", code, *options, *path, *more], cwd=ROOT, check=False)
    return folder


@pytest.mark.slow
def test_another_epsilon_of_adam_changes_verdicts(manifests, capsys):
    assert main(["compare", str(manifests / "one.json"), str(manifests / "epsilon.json")]) == 1
    out = capsys.readouterr().out
    assert "another verdict: 1" in out
    assert "stronger on 12 and weaker on 0 of 12 seeds" in out
    assert "the same numbers: 1" in out, "what SGD trained is not touched"


@pytest.mark.slow
def test_two_runs_of_the_same_are_equal_to_the_last_digit(manifests, capsys):
    assert main(["compare", str(manifests / "one.json"), str(manifests / "two.json"), "--strict"]) == 0
    assert "the same numbers: 3" in capsys.readouterr().out


@pytest.mark.slow
def test_a_reference_of_the_wheel_shows_the_other_epsilon(manifests, capsys):
    assert main(["compare", "--reference", str(manifests / "epsilon.json")]) == 1
    out = capsys.readouterr().out
    assert "another verdict: 2" in out
    assert out.endswith("training moved\n")
