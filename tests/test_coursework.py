"""The page for a course names what there is, and leads to every family."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hw1.__main__ import _parser
from hw1.judging.requiring import required
from hw1.judging.settings import changed
from hw1.registry import all_claims, experiment_of, experiments_named, find_claim
from hw1.statistics import Design

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/coursework.md").read_text(encoding="utf-8")
LESSONS = [row.split(" | ") for row in re.findall(r"^\| \d+ \|.*$", PAGE, re.MULTILINE)]
BOOKS = [row.split(" | ") for row in re.findall(r"^\| \[[^]]+\]\(https://.*$", PAGE, re.MULTILINE)]
NOTEBOOK = ROOT / "examples/first_claim.ipynb"
FAMILIES = sorted({experiment_of(claim).family for claim in all_claims()})


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson[0].strip("| "))
def test_a_lesson_runs_the_files_of_the_claims_that_it_names(lesson):
    chosen, named = (re.findall(r"`(\w+)`", column) for column in lesson[2:])
    assert set(chosen) == {find_claim(name).score.__module__.rpartition(".")[2] for name in named}


def test_the_commands_can_be_given():
    for command in re.findall(r"python -m hw1 ([^\n`]+)", PAGE):
        options = _parser().parse_args(shlex.split(command.replace("CLAIM", "random_labels_are_memorised")))
        if "experiment" in options:
            assert list(experiments_named(options.experiment))
        if "claim" in options and "FIELD" not in command:
            changed(experiment_of(find_claim(options.claim)).setting("fast"), options.set)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_a_page_that_the_course_leads_to(family):
    assert f"(families/{family}.md#an-exercise)" in PAGE, "the last table of docs/coursework.md has no line for it"
    assert "\n## An exercise\n" in (ROOT / "docs/families" / f"{family}.md").read_text(encoding="utf-8")


def test_links_lead_somewhere_and_the_readme_leads_here():
    for target in re.findall(r"\]\((?!https:)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(docs/coursework.md)" in readme
    assert "(docs/families)" in readme


@pytest.mark.parametrize("row", BOOKS, ids=lambda row: row[0].strip("| ").partition("]")[0][1:])
def test_a_chapter_of_a_book_names_claims_and_which_of_them_are_refuted(row):
    place, question, claims = row
    assert re.search(
        r"\((https://github\.com/udlbook/udlbook/blob/main/Notebooks/|https://d2l\.ai/chapter_)\S+\)$", place
    )
    assert question.endswith("?")
    named = re.findall(r"`(\w+)`( \(refuted\))?", claims)
    assert named
    assert {name: bool(mark) for name, mark in named} == {
        name: find_claim(name).expect == "refuted" for name, _ in named
    }


def test_both_books_are_there():
    assert [sum(book in row[0] for row in BOOKS) for book in ("udlbook", "d2l.ai")] == [17, 10]


def test_the_chances_of_a_grade_are_those_that_the_command_prints():
    """Of the claim that the page grades with, at the looks that are allowed without an option."""
    claim = find_claim(re.search(r"check (\w+) --net", PAGE)[1])
    found = SimpleNamespace(verdict=SimpleNamespace(outcome="holds"), sound=True, design=Design(p0=claim.p0["fast"]))
    assert "\n".join(required(found, "holds")) in PAGE


def cells(kind):
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert document["nbformat"] == 4
    return ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == kind]


def test_the_notebook_is_kept_without_outputs_and_the_page_leads_to_it():
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert not re.search(r'"outputs": \[[^]]', text)
    assert not re.search(r'"execution_count": \d', text)
    assert "(../examples/first_claim.ipynb)" in PAGE
    assert all(find_claim(name) for name in re.findall(r'hw1\.check\("(\w+)"', text))


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom_in_any_folder(tmp_path):
    """Its cells are plain Python, so a process runs them as a kernel does; nbclient would bring 24 packages."""
    # The backend `template` draws nothing and takes every call; what was drawn is asked of the figure itself.
    last = "print('dots', [len(line.get_xdata()) for line in figure.axes[0].lines][0], plt.get_fignums())"
    program = "\n".join([*cells("code"), last])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "template", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error::FutureWarning", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1_000)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("verdict: holds") == 2
    assert "changed: lr 0.01 instead of 0.002" in done.stdout
    assert done.stdout.endswith("dots 12 [1]\n")
    assert not list(tmp_path.iterdir()), "a notebook leaves nothing behind"
