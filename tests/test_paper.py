"""The account is what its command makes of the committed evidence, and no number in it was typed by hand."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hw1.registry import all_claims

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/paper"
PAPER = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
REFUTED = [claim for claim in all_claims() if claim.expect == "refuted" and "fast" in claim.tiers]
NAMES = ("CIFAR-10", "hw1")  # names that have digits


@pytest.fixture(scope="module")
def facts():
    spec = importlib.util.spec_from_file_location("facts", FOLDER / "facts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def seen(facts):
    return facts.verdicts()


def made(place):
    command = [sys.executable, str(FOLDER / "make.py"), "--write", str(place)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


def test_the_page_is_what_the_command_makes_of_what_is_committed(tmp_path):
    done = made(tmp_path / "new.md")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new.md").read_text(encoding="utf-8") == PAPER, (
        "renew it: python docs/paper/make.py --write docs/paper.md"
    )


def test_the_template_has_no_number_of_its_own():
    text = (FOLDER / "paper.md.jinja").read_text(encoding="utf-8")
    typed = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|`[^`]*`", "", text, flags=re.DOTALL)
    for name in NAMES:
        typed = typed.replace(name, "")
    assert re.findall(r"\S*\d\S*", typed) == []
    printed = re.findall(r"\{\{(.*?)\}\}", text)
    assert {number for one in printed for number in re.findall(r"\b\d+\b", one)} <= {"100", "0"}  # per cent; the first


@pytest.mark.parametrize("claim", REFUTED, ids=lambda claim: claim.name)
def test_every_belief_that_fails_is_told_with_its_source(claim, seen):
    if claim.name not in seen:
        pytest.skip("no run of it is on its family's page")
    (row,) = [line for line in PAPER.splitlines() if line.startswith(f"| {claim.sentence} ")]
    assert claim.source in row
    assert f"| {seen[claim.name]['wins']}/{seen[claim.name]['seeds']} |" in row


def test_no_row_of_a_familys_page_is_missed(seen):
    rows = [
        name
        for page in (ROOT / "docs/families").glob("*.md")
        for part in re.split("^(?=### )", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if ", fast)" in part.partition("\n")[0]
        for name in re.findall(r"^\| `(\w+)`: ", part, re.MULTILINE)
    ]
    assert len(rows) > 100
    assert sorted(seen) == sorted(rows)


def test_what_pages_say_of_fresh_seeds_is_read(facts):
    page = (
        "1 of 340 verdicts red.\n"
        "340 verdicts took 12.4 seeds on average, look 2 was taken 10 times (37.2 predicted), look 3 was taken 0 times "
        "(0.272 predicted).\n"
        "1 of 5 blocks on which all 68 claims were judged had a red one; rate of red runs at most 0.66 (95% bound).\n"
    )
    (one,) = facts.flake([page, "no such page"])
    names = ("red", "verdicts", "second", "third_of", "most")
    assert [one[name] for name in names] == ["1", "340", "10", "0.272", "0.66"]
    pages = facts.flake(path.read_text() for path in (ROOT / "docs/evidence").glob("flake*.md"))
    assert sum(int(one["claims"]) for one in pages) == sum("fast" in claim.tiers for claim in all_claims())


def test_what_is_read_from_pages_is_found(facts):
    claims = {claim.name: claim for claim in all_claims()}
    assert facts.pilot()["claims"] > 100
    assert next(one["name"] for one in facts.sabotage()) == "none"
    assert len(facts.sabotage()) == 6
    assert facts.library()["faults"] >= 10
    assert facts.sabotage()[0]["claims"] == sum("fast" in claim.tiers for claim in all_claims())
    assert facts.full(claims, facts.verdicts())["decided"] >= 5
    assert sum(one["is_first"] for one in facts.environments()) == 1


def test_another_page_is_not_written_over(tmp_path):
    other = tmp_path / "mine.md"
    other.write_text("# Mine\n")
    done = made(other)
    assert done.returncode == 1
    assert done.stderr.startswith(f"make.py: --write {other} is a text of another origin and not the account")
    assert done.stderr.count("\n") == 1
    assert other.read_text() == "# Mine\n"
