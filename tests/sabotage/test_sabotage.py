"""The suite sees when the library is broken: each fault that is put in on purpose turns red what should catch it."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FAULTS = runpy.run_path(str(HERE / "faults.py"))["FAULTS"]
PAGE = ROOT / "docs" / "sabotage.md"

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="each fault needs a fork of a process that has loaded torch")


@pytest.fixture(scope="module")
def red():
    """What is red without a fault, and with each of them among those that should be; 2 s of one core for each."""
    command = [sys.executable, str(HERE / "matrix.py"), "--promised", "--json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@forks
@pytest.mark.slow
def test_without_a_fault_nothing_is_red(red):
    assert red["healthy"] == {}


@forks
@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_turns_red_what_should_catch_it(name, red):
    assert set(FAULTS[name].caught_by) <= set(red[name])


def test_each_fault_has_something_that_should_catch_it():
    assert {name for name, fault in FAULTS.items() if not fault.caught_by} == set()


@pytest.mark.parametrize("name", FAULTS)
def test_the_page_has_each_fault_and_what_should_catch_it(name):
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {FAULTS[name].words} |")
    ]
    assert len(rows) == 1, "run: python tests/sabotage/matrix.py --write docs/sabotage.md"
    assert all(f"**{catcher.removeprefix('tests/')}**" in rows[0] for catcher in FAULTS[name].caught_by)
