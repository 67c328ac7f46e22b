"""The page for a course names what there is, and leads to every family."""

import re
import shlex
from pathlib import Path

import pytest

from hw1.__main__ import _parser
from hw1.judging.settings import changed
from hw1.registry import all_claims, experiment_of, experiments_named, find_claim

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/coursework.md").read_text(encoding="utf-8")
LESSONS = [row.split(" | ") for row in re.findall(r"^\| \d+ \|.*$", PAGE, re.MULTILINE)]
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
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(docs/coursework.md)" in readme
    assert "(docs/families)" in readme
