"""What cannot be read is said in one line that names the way out."""

import dataclasses
import json
import math
import shutil
from pathlib import Path

import pytest

from hw1.__main__ import main
from hw1.manifest.first import converted
from hw1.manifest.records import plain
from hw1.report import ManifestError, read, render, write_page
from hw1.statistics import Card, Verdict

FIRST = Path(__file__).parent / "first_schema.json"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<html>", "is not JSON .*: give the manifest of a run, not its report"),
        ("[1]", "has the schema None, and this hw1 reads 1 and 2: run again, or use the hw1 that wrote it"),
        ('{"schema": 7}', "has the schema 7, and this hw1 reads 1 and 2"),
        ('{"schema": 2, "decisions": []}', "has no decisions: no claim was judged in that run"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(ManifestError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_manifest_of_the_first_schema_is_read_in_todays_fields():
    """It is what a run of the first edition wrote: 24 seeds, .8 of alpha, no assays."""
    written = json.loads(FIRST.read_text(encoding="utf-8"))["decisions"]
    document = read(FIRST)
    assert document["schema"] == 1
    assert "looks" not in document["environment"]
    for old, new in zip(written, document["decisions"], strict=True):
        assert new["verdict"]["sizes"] == [24]
        assert new["verdict"]["spent"] == old["verdict"]["spent"] == 0.8e-3
        assert (new["verdict"]["p"], new["scores"]) == (old["verdict"]["p"], old["scores"])
        today = {field.name for field in dataclasses.fields(Verdict)} | {"p", "interval_is_range"}
        assert {*new["verdict"]} == today
        assert {*new["same_arms"]} == today | {"right"}
        assert new["table_control"] is old["table_control"] is None
        assert {*new["card"]} == {field.name for field in dataclasses.fields(Card)}
        assert new["registered_looks"]


def test_of_the_first_schema_further_looks_are_spent_up_to_them_and_other_seeds_are_marked():
    old = json.loads(FIRST.read_text(encoding="utf-8"))
    first, second = old["decisions"]
    first["verdict"] |= {"look": 2, "n": 48}
    second["note"] = "not the registered n of 24 seeds"
    new = converted({**old, "environment": {**old["environment"], "looks": 3}})
    assert new["decisions"][0]["verdict"]["sizes"] == [24, 48, 96]
    assert new["decisions"][0]["verdict"]["spent"] == pytest.approx(0.9e-3)
    assert [record["registered_looks"] for record in new["decisions"]] == [True, False]


@pytest.mark.parametrize("alpha", ["inf", 10**400, 0, 1.5])
def test_of_the_first_schema_an_alpha_that_is_no_probability_is_refused_in_one_line(tmp_path, alpha):
    old = json.loads(FIRST.read_text(encoding="utf-8"))
    old["decisions"][0]["verdict"]["alpha"] = alpha
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(old))
    with pytest.raises(ManifestError, match=r"decisions\[0\].verdict.alpha is ") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_manifest_of_the_first_schema_has_a_page_pages_and_can_be_compared(tmp_path, capsys):
    write_page(FIRST, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "24 of block 1, look 1 of those allowed, at 24 seeds" in text
    assert "None: the first edition had no assays." in text
    assert "seeds on average" not in text
    assert main(["pages", str(FIRST), "--write", str(tmp_path)]) == 0
    assert "24/24, look 1 |" in (tmp_path / "parameter_count.md").read_text(encoding="utf-8")
    again = shutil.copy(FIRST, tmp_path / "again.json")
    assert main(["compare", str(FIRST), str(again)]) == 0
    assert "the same on every one of 24 seeds" in capsys.readouterr().out


def test_a_missing_file_says_where_manifests_are(tmp_path):
    with pytest.raises(ManifestError, match=r"no.json: there is no such file. Give the manifest of a run, not"):
        read(tmp_path / "no.json")


def test_a_manifest_without_a_field_names_it(manifest, decision, tmp_path):
    document = json.loads(manifest().read_text())
    del document["decisions"][0]["twin"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ManifestError, match=r"lacks 'twin'.*another version of hw1 wrote it"):
        write_page(path, tmp_path / "page.html")


def test_a_page_never_replaces_its_manifest(manifest):
    path = manifest()
    with pytest.raises(ManifestError, match="is the manifest itself"):
        write_page(path, path)


def test_infinities_come_back_as_numbers_and_names_stay_names(manifest, decision, account):
    known = account(arms=["inf", "nan"], setting={"tol": math.inf})
    document = read(manifest(decision(claim="inf", diverged=5), accounts=[known]))
    assert document["decisions"][0]["claim"] == "inf"
    assert document["decisions"][0]["effects"]["1000"] == math.inf
    assert document["experiments"][0]["arms"] == ["inf", "nan"]
    assert document["experiments"][0]["setting"] == {"tol": math.inf}


def test_the_command_writes_beside_the_manifest_or_where_it_is_told(manifest, capsys, tmp_path):
    path = manifest()
    assert main(["report", str(path)]) == 0
    assert main(["report", str(path), "--output", str(tmp_path / "new" / "page.html")]) == 0
    assert (tmp_path / "new" / "page.html").read_bytes() == path.with_suffix(".html").read_bytes()
    assert capsys.readouterr().out.splitlines()[0] == f"report: {path.with_suffix('.html')}"


def test_the_command_says_what_is_wrong_in_one_line(tmp_path, capsys):
    assert main(["report", str(tmp_path / "no.json")]) == 2
    assert capsys.readouterr().err.startswith(f"hw1: {tmp_path / 'no.json'}: there is no such file.")


def test_texts_that_look_like_infinities_stay_texts(tmp_path, decision, account):
    texts = {"python": "inf", "torch": "nan", "hw1": "0", "device": "inf", "block": 1, "numpy": "-inf"}
    told = decision(n=12, sentence="inf", source="nan", note="inf")
    made = {"schema": 2, "date": "2026-01-31", "environment": texts, "decisions": [told], "experiments": [account()]}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(plain(made)))
    found = read(path)
    assert found["environment"] == texts
    assert [found["decisions"][0][name] for name in ("sentence", "source", "note")] == ["inf", "nan", "inf"]
    assert render(found)
