"""What CONTRIBUTING.md shows runs as it stands: a file with an experiment and a claim, its test, and the commands."""

import importlib
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from hw1.__main__ import _parser, main
from hw1.registry import Claim
from hw1.running.pinned import pinned
from hw1.tables import join

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LONGEST = 60  # lines that are not empty, of the file that a reader copies


def shown(words):
    """The block of Python code on the page that contains some words."""
    (block,) = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if words in block]
    return block


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder that the page tells to make; its module is forgotten afterwards."""
    family = tmp_path / "my_claims" / "width"
    family.mkdir(parents=True)
    for folder in (family, family.parent):
        (folder / "__init__.py").touch()
    (family / "digits.py").write_text(shown("REVISION = 1"))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_digits.py").write_text(shown("@judges("))
    for name in ("conftest.py", "pyproject.toml", ".gitignore"):
        shutil.copy(ROOT / "examples" / "own_claims" / name, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("my_claims")]:
        del sys.modules[name]


@pytest.fixture
def experiment(project):
    return importlib.import_module("my_claims.width.digits")


def tables_of(experiment, *arms, **changes):
    setting = experiment.Setting(**changes)
    with pinned():
        return setting, join(experiment.run(setting, arm=arm, seeds=(0, 1, 2), device="cpu") for arm in arms)


def test_the_file_is_short():
    assert sum(1 for line in shown("REVISION = 1").splitlines() if line) <= LONGEST


def test_the_experiment_trains_classifiers_of_digits(experiment):
    _, tables = tables_of(experiment, "wide", epochs=4)
    assert (tables["runs"]["test_accuracy"] > 0.8).all()
    assert tables["curves"]["step"].unique().tolist() == [0, 1, 2, 3, 4]


def test_the_claim_is_seen_and_its_assay_is_met(experiment):
    claimed = experiment.wide_nets_fit_better
    assert isinstance(claimed, Claim)
    setting, tables = tables_of(experiment, "wide", "narrow")
    score = claimed(tables, setting)
    assert score.met.all()
    assert (score.values > 0).all()


def test_on_nets_that_have_not_trained_its_assay_is_not_met_and_its_score_is_a_tie(experiment):
    setting, tables = tables_of(experiment, "wide", "narrow", epochs=1, lr=1e-6)
    score = experiment.wide_nets_fit_better(tables, setting)
    assert not score.met.any()
    assert (score.values == 0).all()


@pytest.mark.parametrize("line", sorted(set(re.findall(r"python -m hw1 ([^\n`|]+)", PAGE))))
def test_the_commands_of_the_page_can_be_given(line):
    assert _parser().parse_args(shlex.split(line, comments=True))


def test_a_package_on_another_way_is_named_before_the_command(project, capsys):
    assert main(["--claims", "my_claims", "list"]) == 0
    assert "wide_nets_fit_better, expected: holds [fast development" in capsys.readouterr().out


@pytest.mark.slow
def test_the_claim_is_registered_and_then_holds_on_its_evidence(project, pytester, monkeypatch):
    """As the page has it, but for the pilot of 96 seeds."""
    monkeypatch.setenv("PYTHONPATH", f"{project}:{ROOT}")
    monkeypatch.chdir(project)
    done = pytester.run(sys.executable, "-m", "hw1", "--claims", "my_claims", "register", "wide_nets_fit_better")
    done.stdout.fnmatch_lines(["trains 4 cells that are not stored: digits 4", "*: registered as holds in fast"])
    judged = pytester.runpytest_subprocess("-m", "fast or slow", "-p", "no:randomly", "-p", "no:cacheprovider")
    judged.stdout.fnmatch_lines(["wide_nets_fit_better *holds*", "2 of 2 as registered*"])
