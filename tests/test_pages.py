"""The families' pages: people's words stay, a run's results are renewed."""

import re
import shlex
from pathlib import Path

import pytest

from hw1.__main__ import _parser
from hw1.judging.settings import changed
from hw1.registry import experiments, experiments_named
from hw1.report.families import BEGIN, END, update

PAGES = sorted((Path(__file__).parents[1] / "docs/families").glob("*.md"))


@pytest.fixture
def manifest():
    verdict = {
        "outcome": "refuted",
        "effect_name": "ratio",
        "effect": 0.5,
        "low": 0.4,
        "high": 0.6,
        "wins": 3,
        "n": 24,
        "look": 2,
        "met": None,
        "assay": "",
        "interval_is_range": False,
    }
    decision = {
        "family": "stars",
        "experiment": "signs",
        "tier": "fast",
        "control": None,
        "claim": "lions_are_brave",
        "sentence": "Lions | are brave.",
        "because": "nobody saw one",
        "expected": "refuted",
        "registered_looks": True,
        "verdict": verdict,
    }
    account = {"family": "stars", "experiment": "signs", "tier": "fast", "title": "Signs.", "header": {"Belief": "So."}}
    return {
        "date": "2026-01-31T23:59:59+00:00",
        "environment": {"block": 1, "torch": "2.14.1", "python": "3.11.7", "device": "cpu x"},
        "decisions": [decision, {**decision, "control": "no_lions"}],
        "experiments": [account],
    }


def test_a_page_is_begun_with_every_claim_of_the_family_once(manifest, tmp_path):
    (path,) = update(tmp_path / "new", manifest, "python -m hw1 pages M")
    text = path.read_text()
    assert path.name == "stars.md"
    assert "### Signs (`signs`, fast)" in text
    assert text.count("`lions_are_brave`: Lions \\| are brave. *Why: nobody saw one.*") == 1  # not its control
    assert "| refuted | refuted | ratio 0.5 [0.4, 0.6] | 3/24, look 2 |" in text
    assert "Written by `python -m hw1 pages M`; each experiment" in text
    assert "- **Run.** 2026-01-31: block 1 of seeds, torch 2.14.1, Python 3.11.7, cpu x.\n" in text


def test_a_row_says_where_the_interval_is_a_range_and_where_there_is_no_verdict(manifest, tmp_path):
    (first, *_), seen = manifest["decisions"], manifest["decisions"][0]["verdict"]
    early = {**seen, "wins": 0, "n": 12, "look": 1, "interval_is_range": True}
    unseen = {**seen, "outcome": "invalid", "met": 5, "n": 48, "look": 3, "assay": "trained (loss below 1)"}
    manifest["decisions"] = [{**first, "verdict": verdict} for verdict in (early, unseen)]
    (path,) = update(tmp_path, manifest, "")
    assert "| refuted | ratio 0.5 [0.4, 0.6] (range of 12 seeds) | 0/12, look 1 |" in path.read_text()
    assert "| invalid | 5 of 48 seeds trained (loss below 1) | 3/48, look 3, 5 met |" in path.read_text()


def test_a_page_counts_the_redraws_of_an_experiment(manifest, tmp_path):
    (path,) = update(tmp_path, manifest, "")
    assert "redraw" not in path.read_text()
    manifest["experiments"][0]["revision"] = 2
    list(update(tmp_path, manifest, ""))
    assert "- **Seeds.** 1 redraw so far.\n" in path.read_text()


def test_a_page_says_why_a_setting_that_nobody_had_run_is_another(manifest, tmp_path):
    (path,) = update(tmp_path, manifest, "")
    assert "**Setting.**" not in path.read_text()
    manifest["experiments"][0]["unrun"] = ["2026-01-31: too dear", "2026-02-28: too dear still"]
    list(update(tmp_path, manifest, ""))
    why = "2026-01-31: too dear; 2026-02-28: too dear still"
    said = f"chosen after the claims were first registered, before anyone had run it ({why})"
    assert f"- **Setting.** {said}.\n" in path.read_text()


def test_what_people_wrote_stays(manifest, tmp_path):
    path = tmp_path / "stars.md"
    path.write_text(f"# Stars\n\nWhy.\n\n{BEGIN}\nold\n{END}\n\n## An exercise\n")
    list(update(tmp_path, manifest, ""))
    text = path.read_text()
    assert text.startswith(f"# Stars\n\nWhy.\n\n{BEGIN}\n")
    assert text.endswith(f"{END}\n\n## An exercise\n")
    assert "old" not in text
    list(update(tmp_path, manifest, ""))
    assert path.read_text() == text


def test_an_experiment_that_was_not_run_keeps_what_an_earlier_run_showed(manifest, tmp_path):
    (account,) = manifest["experiments"]
    (path,) = update(tmp_path, manifest, "")
    (first,) = sections(path)
    other = {**manifest, "date": "2026-02-01", "experiments": [{**account, "experiment": "moons", "title": "Moons."}]}
    other["without_verdict"] = [{**manifest["decisions"][0], "reason": "no data"}]
    list(update(tmp_path, other, ""))
    moons, signs, without = sections(path)
    assert moons.startswith("### Moons (`moons`, fast)")
    assert "2026-02-01" in moons
    assert signs == first
    assert without.startswith("### Without a verdict in the run of 2026-02-01")
    list(update(tmp_path, manifest, ""))
    assert sections(path) == [moons, first], "what had no verdict is said of the last run alone"


def sections(path):
    held = path.read_text().partition(BEGIN)[2].partition(END)[0]
    return [part.rstrip() for part in re.split("^(?=### )", held, flags=re.MULTILINE)[1:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_shows_every_experiment_of_its_family_and_none_that_is_gone(page):
    shown = {re.search(r"\(`(\w+)`, \w+\)$", part.partition("\n")[0])[1] for part in sections(page)}
    assert shown == {one.name for one in experiments().values() if one.family == page.stem}


def test_a_page_without_marks_is_left_alone(manifest, tmp_path):
    (tmp_path / "stars.md").write_text("# Mine\n")
    with pytest.raises(ValueError, match=r"stars.md has no lines <!-- what the last run showed: begin -->"):
        list(update(tmp_path, manifest, ""))
    assert (tmp_path / "stars.md").read_text() == "# Mine\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page_can_be_given(page):
    """Names, options and fields of settings are there; what they train is not run."""
    text = page.read_text(encoding="utf-8")
    assert BEGIN in text
    assert END in text
    commands = re.findall(r"python -m hw1 ([^\n`]+)", text.partition(BEGIN)[0] + text.partition(END)[2])
    assert commands, "the page gives no command outside of the marks, such as python -m hw1 check CLAIM --set lr=0.01"
    for command in commands:
        options = _parser().parse_args(shlex.split(command))
        if "experiment" in options:
            asked = [one for one in experiments_named(options.experiment) if options.tier in one.tiers]
            assert asked
            for experiment in asked:
                changed(experiment.setting(options.tier), options.set)
