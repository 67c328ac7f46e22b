"""The page at the end of a run, on a project of its own whose claims need no torch."""

import json
import re

import pytest

from hw1.registry.headers import header


def test_a_run_of_two_workers_ends_with_the_page_and_their_figures(check, toy):
    result = check("-m", "fast", "-n", "2", "--hw1-report", "out/page.html")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["manifest: *", "report: out/page.html"])
    text = (toy.path / "out/page.html").read_text(encoding="utf-8")
    for part in ("A biased coin against a fair one", "200 tosses.", "share of tails", "a bias of 0.9 leaves 0.1"):
        assert part in text
    assert "python -m pytest &#39;checks/test_biased.py::test_fewer[fast]&#39; -m fast" in text
    (account,) = json.loads((toy.path / ".hw1/manifest.json").read_text())["experiments"]
    assert account["header"] == {
        "Belief": "A coin of bias 0.9 shows more heads than a fair one.",
        "Source": "Arithmetic.",
        "Here": "200 tosses.",
        "Limits": "None.",
    }
    assert account["setting"]["tosses"] == 200
    assert (account["seeds"], account["block"], account["figures"][0]["title"]) == (12, 0, "Tails")


def test_a_broken_figure_is_named_and_stops_nothing(check, toy, monkeypatch):
    monkeypatch.setenv("TOY_FIGURE_FAILS", "1")
    result = check("-m", "fast", "--hw1-report", "page.html")
    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.fnmatch_lines(["figure_tails of biased [[]fast[]] failed: RuntimeError: the pencil broke"])
    assert "RuntimeError: the pencil broke" in (toy.path / "page.html").read_text(encoding="utf-8")


def test_an_interruption_while_figures_are_made_hides_no_verdict(check, toy, monkeypatch):
    monkeypatch.setenv("TOY_FIGURE_INTERRUPTED", "1")
    result = check("-m", "fast", "--hw1-report", "page.html")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "a_biased_coin_shows_fewer_tails * holds *",
            "2 of 2 as registered*",
            "interrupted (Ctrl-C) while figures were made: none are kept; run again for them",
        ]
    )
    assert "a_biased_coin_shows_fewer_tails" in (toy.path / "page.html").read_text(encoding="utf-8")


def test_a_run_without_claims_says_that_there_is_no_page(check, toy):
    result = check("-m", "fast", "-k", "nothing", "--hw1-report", "page.html")
    result.stdout.fnmatch_lines(["hw1: no claim was judged, so there is no report"])
    assert not (toy.path / "page.html").exists()


def test_a_control_that_must_hold_alone_has_no_figures_of_other_tables(check, toy):
    file = toy.path / "toy_claims/coins/biased.py"
    file.write_text(file.read_text().replace("control=swapped", "control=fair_coins"))
    check("-m", "slow", "-k", "mostly and fast-control")
    (account,) = json.loads((toy.path / ".hw1/manifest.json").read_text())["experiments"]
    assert account["figures"] == []


def test_a_control_alone_has_the_figures_of_its_claim_which_is_decided_first(check, toy):
    check("-m", "slow", "-k", "fast-control", "--hw1-report", "page.html")
    (account,) = json.loads((toy.path / ".hw1/manifest.json").read_text())["experiments"]
    assert [figure["title"] for figure in account["figures"]] == ["Tails"]
    (panel,) = account["figures"][0]["panels"]
    assert max(panel["series"][0]["y"]) < 0.2, "of the biased coin, not of the control's fair one"
    text = (toy.path / "page.html").read_text(encoding="utf-8")
    assert re.search(r"Judged under its control <em>fair coins</em>: Both coins are fair", text)


def test_headers_are_read_word_by_word():
    text = "A title\nover two lines.\n\nBelief  One\n        two.\nLimits  Three.\n"
    assert header(text) == {"title": "A title over two lines.", "Belief": "One two.", "Limits": "Three."}
    assert header(None) == {"title": ""}
