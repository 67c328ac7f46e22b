"""A claim in a setting of one's own: the looks it takes, the verdict it gets, and how its control behaves."""

import importlib
import sys
from pathlib import Path

import pytest

import hw1
from hw1.__main__ import main
from hw1.running.results import Results

DESCENT = '''
"""Gradient descent on a square, as another repository would have it: some seeds have learning rate 0."""

from dataclasses import dataclass, replace

import pandas as pd

from hw1.registry import all_claims, assay, claim, table_control, trained_control
from hw1.registry.assays import below
from hw1.statistics import below as hw1_below
from hw1.statistics import less
from hw1.tables import Tables

REVISION = 1
ARMS = ("far", "near")


@dataclass(frozen=True, kw_only=True)
class Setting:
    lr: float = 0.25
    idle: int = 0  # seeds of each twelve whose rate is 0
    worse: int = 0  # seeds of each twelve on which the far start is the near one
    stack: int = 12


FAST = Setting()
FULL = replace(FAST, lr=0.2)


def run(setting, *, arm, seeds, device):
    rows = []
    for seed in seeds:
        near = arm == "near" or seed % 12 >= 12 - setting.worse
        start = x = (1.0 if near else 2.0) + seed / 20_000
        loss, epochs = x * x, 0
        while loss > 0.01 and epochs < 50:
            x -= (setting.lr if seed % 12 >= setting.idle else 0.0) * 2 * x
            loss, epochs = x * x, epochs + 1
        rows.append((seed, arm, start, loss, epochs))
    return Tables({"runs": pd.DataFrame(rows, columns=["seed", "arm", "start", "loss", "epochs"])})


@assay("reached a loss of 0.02")
def reached(tables):
    return below(tables["runs"], "loss", 0.02, ["near"])


@table_control
def same_start(tables):
    """Both start near."""
    runs = tables["runs"]
    near = runs[runs["arm"] == "near"]
    return tables.replaced(runs=pd.concat([near, near.assign(arm="far")]))


@trained_control
def all_near(setting):
    """The far start is near."""
    return replace(setting, worse=12)


@claim(source="arithmetic", control=same_start, assay=reached)
def a_far_start_takes_longer(tables):
    """From a far start the loss takes more epochs to fall."""
    return less(tables["runs"], "epochs", arm="near", than="far", direction_only=True)


@claim(source="folklore", control=all_near, assay=reached, expect="refuted", because="it is far")
def a_far_start_is_as_quick(tables):
    """From a far start at most 4 epochs are needed."""
    return hw1_below(tables["runs"], "epochs", arm="far", value=4.5)
'''


@pytest.fixture
def descent(tmp_path, monkeypatch):
    """A claims package of one experiment."""
    family = tmp_path / "descent_claims" / "squares"
    family.mkdir(parents=True)
    for folder in (family, family.parent):
        (folder / "__init__.py").touch()
    (family / "descent.py").write_text(DESCENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield importlib.import_module("descent_claims.squares.descent")
    for name in [name for name in sys.modules if name.startswith("descent_claims")]:
        del sys.modules[name]


def test_a_setting_in_which_too_little_trained_gives_no_verdict_and_status_2(descent, capsys):
    """With rate 0 nobody gets there: 50 epochs against 50, and no claim about how long it takes is refuted."""
    for name in ("a_far_start_takes_longer", "a_far_start_is_as_quick"):
        options = ["--claims", "descent_claims", "check", name, "--store", ":memory:", "--jobs", "1"]
        assert main([*options, "--set", "lr=0.0"]) == 2
        out = capsys.readouterr().out
        assert "  training: 0 of 48 seeds reached a loss of 0.02: too few to say anything of the claim" in out
        assert "  verdict: none on: epochs, " in out
        assert "  48 seeds of block 0" in out
        assert "refuted:" not in out
        assert main(options) == 0
        assert "  training: 12 of 12 seeds reached a loss of 0.02" in capsys.readouterr().out


def test_another_outcome_than_the_registered_one_is_status_1(descent, capsys):
    options = ["--claims", "descent_claims", "check", "a_far_start_takes_longer", "--store", ":memory:", "--jobs", "1"]
    assert main([*options, "--set", "worse=6", "--looks", "2"]) == 1
    out = capsys.readouterr().out
    assert "  verdict: inconclusive: " in out
    assert "  training: 24 of 24 seeds reached a loss of 0.02" in out


def test_looks_are_taken_until_one_decides_and_as_many_as_may_be(descent):
    whole = hw1.check(descent.a_far_start_takes_longer, jobs=1)
    assert (whole.verdict.outcome, whole.verdict.n, whole.verdict.look) == ("holds", 12, 1)
    assert len(whole.tables["runs"]) == 24
    some = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 2})
    assert (some.verdict.outcome, some.verdict.n, some.verdict.met) == ("holds", 24, 20)
    assert list(some.score.values.index) == list(range(24))
    few = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 2}, looks=1)
    assert (few.verdict.outcome, few.verdict.n) == ("inconclusive", 12)
    late = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 4}, block=7, looks=4)
    assert (late.verdict.n, late.verdict.look, late.verdict.wins) == (96, 4, 64)
    assert "96 seeds of block 7, which you chose" in str(late)
    assert list(late.score.values.index) == list(range(7000, 7096))


def test_seeds_are_one_look_at_all_of_alpha(descent):
    found = hw1.check(descent.a_far_start_takes_longer, jobs=1, seeds=10)
    assert (found.verdict.outcome, found.verdict.spent, found.verdict.sizes) == ("holds", 1e-3, (10,))
    idle = hw1.check(descent.a_far_start_takes_longer, jobs=1, seeds=12, set={"idle": 6})
    assert str(idle.verdict).startswith("no verdict: 6 of 12 seeds reached a loss of 0.02")


def test_the_claims_of_an_installed_package_are_found_by_name(descent, monkeypatch):
    """As `pip install` leaves it: a folder of metadata beside the package."""
    metadata = Path.cwd() / "descent_claims-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: descent-claims\nVersion: 1.0\n")
    with pytest.raises(ValueError, match="no claim 'a_far_start_takes_longer', neither in the package"):
        hw1.check("a_far_start_takes_longer")
    (metadata / "entry_points.txt").write_text("[hw1.claims]\ndescent = descent_claims\n")
    assert hw1.check("a_far_start_takes_longer", jobs=1).claim.name == descent.a_far_start_takes_longer.name
    with pytest.raises(ValueError, match="no claim 'stars', neither in"):
        hw1.check("stars")


def test_seeds_that_cannot_decide_are_refused_before_anything_is_trained(descent, monkeypatch):
    monkeypatch.setattr(Results, "compute", lambda *_: pytest.fail("trained"))
    with pytest.raises(ValueError, match=r"9 seeds cannot reach alpha=0\.001: .* Use at least 10 seeds"):
        hw1.check(descent.a_far_start_takes_longer, jobs=1, seeds=9)


def test_the_control_has_the_mask_of_the_claim_and_the_looks_that_decisions_have(descent):
    some = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 2})
    assert (some.control.outcome, some.control.n, some.control.met) == ("inconclusive", 24, 20)
    assert "  control: same_start behaves: inconclusive, and it must not hold" in str(some)
    twin = hw1.check(descent.a_far_start_is_as_quick, jobs=1, control=True, set={"idle": 0})
    assert (twin.verdict.outcome, twin.control.outcome, twin.control.n) == ("refuted", "holds", 12)
    assert hw1.check(descent.a_far_start_is_as_quick, jobs=1).control is None
