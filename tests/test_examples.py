"""Every program under examples/ runs as it stands, from the folder of the project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted((ROOT / "examples").glob("*.py"))
NEEDS = {"another_optimizer": "lion_pytorch"}


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_example_runs_and_ends_with_a_finding(program, tmp_path):
    if program.stem in NEEDS:
        pytest.importorskip(NEEDS[program.stem], reason="the example shows an optimizer of this package")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error::FutureWarning", str(program)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1_000)
    assert done.returncode == 0, done.stderr
    assert "in your setting" in done.stdout
    assert "seeds of block 0, development seeds: no evidence" in done.stdout
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


def test_the_page_on_settings_of_ones_own_names_every_example():
    page = (ROOT / "docs" / "own_setting.md").read_text(encoding="utf-8")
    assert all(f"(../examples/{program.name})" in page for program in PROGRAMS)
