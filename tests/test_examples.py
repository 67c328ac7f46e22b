"""Every program under examples/ runs as it stands, from any folder, and the page shows it as it is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted((ROOT / "examples").glob("*.py"))
PAGE = (ROOT / "docs" / "own_setting.md").read_text(encoding="utf-8")


def shown(program):
    """The part of the page about a program: its code, if some is shown, and its output."""
    (part,) = re.findall(
        rf"^\[{program.name}\]\(\.\./examples/{program.name}\).*?(?=^##)", PAGE, re.MULTILINE | re.DOTALL
    )
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    (output,) = [text for language, text in blocks if not language]
    code = [text for language, text in blocks if language == "python"]
    return code, output


def words(output):
    """What does not depend on the processor: all but the numbers behind the verdict, and its outcome."""
    return re.sub(r"^(  verdict: \w+: [^:]*):.*$", r"\1", output, flags=re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_example_prints_what_the_page_shows(program, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "error::FutureWarning", str(program)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1_000)
    assert done.returncode == 0, done.stderr
    assert words(done.stdout) == words(shown(program)[1])
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_page_shows_the_code_that_runs(program):
    text = program.read_text(encoding="utf-8")
    assert all(code in text for code in shown(program)[0])
    assert "hw1.check(" in text
