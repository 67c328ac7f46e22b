"""What a run showed, for the summary of a CI step and as a badge."""

import json
from xml.etree import ElementTree

import pytest

from hw1.__main__ import main


@pytest.fixture
def summary(manifest, decision, account, capsys):
    """Runs the command on some decisions; gives its status and what it printed."""

    def run(*records, without=(), options=("--markdown",)):
        path = manifest(*records, accounts=[account(figures=[])], without=without)
        status = main(["summary", str(path), *options])
        return status, capsys.readouterr().out

    return run


def surprise(decision):
    record = decision(claim="lions_are_brave", as_registered=False)
    record["verdict"]["outcome"] = "refuted"
    return record


UNANSWERED = {
    "claim": "idle", "family": "stars", "experiment": "e", "control": None, "tier": "full", "reason": "no data",
}  # fmt: skip


def test_where_all_is_as_registered_all_claims_are_folded_away(summary, decision):
    status, out = summary(decision())
    assert status == 0
    assert out.startswith("### hw1: 1 of 1 as registered; chance of any false decision among them at most 0.001")
    assert "Not as registered" not in out
    assert out.index("<details><summary>All 1 verdicts") < out.index("| `")


def test_surprises_and_claims_without_a_verdict_come_first_and_give_status_1(summary, decision):
    status, out = summary(surprise(decision), without=[UNANSWERED])
    assert status == 1
    first = out.partition("<details>")[0]
    assert "#### Not as registered" in first
    assert "| `lions_are_brave` | fast | holds | refuted |" in first
    assert "| `idle` | full |  | no verdict | no data |  |" in first


def test_every_row_of_the_tables_has_the_cells_of_their_header(summary, decision):
    _, out = summary(decision(), without=[UNANSWERED])
    assert {line.count("|") for line in out.splitlines() if line.startswith("|")} == {7}


def test_without_markdown_it_is_the_table_of_the_terminal(summary, decision):
    status, out = summary(decision(), options=())
    assert status == 0
    assert out.startswith("claim ")
    assert "1 of 1 as registered" in out


@pytest.mark.parametrize(("right", "words", "colour"), [(True, "1 of 1", "2e7d32"), (False, "0 of 1", "b3261e")])
def test_a_badge_says_in_words_how_many_are_as_registered(summary, decision, tmp_path, right, words, colour):
    record = decision() if right else surprise(decision)
    summary(record, options=("--badge", str(tmp_path / "b.svg")))
    drawn = ElementTree.parse(tmp_path / "b.svg").getroot()
    texts = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["hw1 claims", f"{words} as registered"]
    assert drawn.get("aria-label") == f"hw1 claims: {words} as registered"
    summary(record, options=("--badge", str(tmp_path / "b.json")))
    told = {"schemaVersion": 1, "label": "hw1 claims", "message": f"{words} as registered", "color": colour}
    assert json.loads((tmp_path / "b.json").read_text()) == told
    assert f"#{colour}" in (tmp_path / "b.svg").read_text()


def test_a_badge_replaces_a_badge_and_nothing_else(summary, decision, tmp_path, manifest, capsys):
    for _ in range(2):
        assert summary(decision(), options=("--badge", str(tmp_path / "b.svg")))[0] == 0
    (tmp_path / "mine.svg").write_text("<svg/>")
    assert summary(decision(), options=("--badge", str(tmp_path / "mine.svg")))[0] == 2
    assert (tmp_path / "mine.svg").read_text() == "<svg/>"
    assert summary(decision(), options=("--badge", str(tmp_path / "b.png")))[0] == 2
