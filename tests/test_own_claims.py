"""A project of its own with claims of its own: tiers, store, controls, cards and report, as hw1's claims have them."""

import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hw1.__main__ import main
from hw1.registry import all_claims, claims_of, experiment_of, find_claim
from hw1.tables import join

ROOT = Path(__file__).parents[1]
NAMES = ["momentum_needs_fewer_updates", "with_momentum_the_loss_falls_with_every_update"]


@pytest.fixture
def project(pytester, monkeypatch):
    """A copy of the example, as another repository would begin."""
    ignored = shutil.ignore_patterns(".hw1", "__pycache__", ".pytest_cache")
    shutil.copytree(ROOT / "examples" / "own_claims", pytester.path, dirs_exist_ok=True, ignore=ignored)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(pytester.path), str(ROOT)]))
    return pytester


def judged(project, *arguments):
    return project.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", "--hw1-jobs", "1", *arguments)


def by_hand(project, *arguments):
    return project.run(sys.executable, "-m", "hw1", "--claims", "course_claims", *arguments)


@pytest.mark.slow
def test_its_claims_are_judged_on_evidence_with_controls_and_a_page(project):
    result = judged(project, "-m", "fast or slow", "--hw1-report", "page.html")
    result.assert_outcomes(passed=3, skipped=1, deselected=2)
    manifest = json.loads((project.path / ".hw1/manifest.json").read_text())
    seen = {
        (d["claim"], d["control"]): (d["verdict"]["outcome"], d["status"], d["block"]) for d in manifest["decisions"]
    }
    assert seen == {
        (NAMES[0], None): ("holds", "registered", 1),
        (NAMES[0], "well_conditioned"): ("refuted", "registered", 1),
        (NAMES[1], None): ("refuted", "registered", 1),
    }
    assert "Momentum on an ill-conditioned quadratic." in (project.path / "page.html").read_text()
    judged(project, "-m", "fast").stdout.no_fnmatch_line("*computing*")


@pytest.mark.slow
def test_every_command_works_on_them(project):
    by_hand(project, "list").stdout.fnmatch_lines(
        ["optimisation / momentum (revision 2)*", f"  {NAMES[0]}*registered*"]
    )
    card = by_hand(project, "card", NAMES[0], "--block", "0", "--jobs", "1")
    card.stdout.fnmatch_lines([f"{NAMES[0]} [[]fast[]]*", "*predicted flake*"])
    run = by_hand(project, "run", "momentum", "--seeds", "12", "--set", "condition=1.2", "--jobs", "1")
    run.stdout.fnmatch_lines([f"  {NAMES[0]}: refuted*"])
    check = by_hand(project, "check", NAMES[0], "--set", "condition=10.0", "--jobs", "1")
    check.stdout.fnmatch_lines(
        [f"{NAMES[0]} [[]fast[]] in your setting", "  changed: condition 10.0 instead of 100.0; *"]
    )


def test_claims_of_another_package_are_looked_for_only_where_it_is_named(monkeypatch):
    ours = {claim.name for claim in all_claims()}
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "own_claims"))
    with claims_of("course_claims"):
        assert [claim.name for claim in all_claims()] == NAMES
        assert find_claim(NAMES[0]).name == NAMES[0]
        with pytest.raises(ValueError, match="no claim 'deeper_nets_fit_sin_better': there are momentum_needs"):
            find_claim("deeper_nets_fit_sin_better")
    assert {claim.name for claim in all_claims()} == ours


def test_its_claims_are_not_judged_where_momentum_does_not_reach_the_goal(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "own_claims"))
    with claims_of("course_claims"):
        for name in NAMES:
            claim = find_claim(name)
            experiment = experiment_of(claim)
            for updates, met in ((1_000, True), (20, False)):
                setting = replace(experiment.setting("fast"), updates=updates)
                tables = join(
                    experiment.module.run(setting, arm=arm, seeds=(0, 1), device="cpu") for arm in experiment.arms
                )
                assert claim.assay.met(tables, setting).tolist() == [met, met]


def test_a_package_that_is_not_there_is_one_line(capsys):
    assert main(["--claims", "astrology", "list"]) == 2
    assert "no package 'astrology': run this in the folder that holds it" in capsys.readouterr().err
