"""Texts and numbers that strangers wrote into a manifest: in every page and in the terminal they stay that."""

import json
import re

import pytest

from hw1.__main__ import main
from hw1.report.families import BEGIN, END
from hw1.report.markdown import cell, code, words

END_OF_LINE = "one\n\ntwo\r\nthree\u2028four\x85five\x0bsix"
HOSTILE = (
    f"{END_OF_LINE} <script>alert(1)</script> </p><!-- {END} [a](javascript:b) ![i](https://x.example/i) <https://x> "
    "\x1b[2J \u202e ``` ` ` | e \\| f \\\\| {{ 1 }} &lt;b>"
)


@pytest.fixture
def hostile(manifest, decision, account):
    """Writes a manifest each text of which is a given one, wherever the schema leaves that to the writer."""

    def make(text, name="made"):
        record = decision(sentence=text, because=text, note=text, limits=text, expected="refuted", source=text)
        record["verdict"] |= {"effect_name": text, "assay": text, "claimed": text}
        record["twin"]["words"] = record["assay"]["words"] = record["scale"]["name"] = text
        redraws = [{"date": text, "to": 3, "reason": text}]
        header = dict.fromkeys(("Belief", "Source", "Here", "Limits", text), text)
        made = account(figures=[], title=text, header=header, redraws=redraws, unrun=[text], setting={text: text})
        names = {"claim": "idle", "family": record["family"], "experiment": "e", "control": None}
        without = [{**names, "tier": text, "reason": text}]
        facts = {"device": text, "torch": text, "python": text, text: text}
        path = manifest(record, accounts=[made], without=without, **facts)
        return path.rename(path.with_name(f"{name}.json"))

    return make


def page(path, folder):
    """The family's page of a manifest."""
    assert main(["pages", str(path), "--write", str(folder)]) == 0
    return (folder / "function_fitting.md").read_text(encoding="utf-8")


def test_a_familys_page_has_the_same_lines_and_cells_whatever_the_texts_are(hostile, tmp_path):
    plain, made = page(hostile("plain"), tmp_path / "a"), page(hostile(HOSTILE), tmp_path / "b")
    assert made.count("\n") == plain.count("\n")
    for one, other in zip(plain.splitlines(), made.splitlines(), strict=True):
        assert other.startswith(re.split("plain|Written", one)[0])
    rows = [line for line in made.splitlines() if line.startswith("| `")]
    assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows] == [6]


def test_a_familys_page_has_no_elements_links_or_signals_from_texts(hostile, tmp_path):
    made = page(hostile(HOSTILE), tmp_path).replace(BEGIN, "").replace(f"\n{END}\n", "\n")
    as_code = made.split("- `idle`")
    assert not re.search(r"<[A-Za-z/!?]|\]\(", as_code[0])
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", made)
    assert as_code[1].startswith(" (one two three four five six &lt;script>")
    assert "````" in as_code[1], "a fence that is longer than any in the text"


def test_a_familys_page_can_be_renewed_whatever_the_texts_are(hostile, tmp_path):
    path = hostile(HOSTILE)
    (tmp_path / "function_fitting.md").write_text(page(path, tmp_path) + "By hand.\n", encoding="utf-8")
    first = page(path, tmp_path)
    assert page(path, tmp_path) == first
    assert first.endswith(f"\n{END}\nBy hand.\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a < b, `c` and *d*", "a < b, `c` and *d*"),
        ("a <b> [c](d) \n e", "a &lt;b> [c]\\(d) e"),
        ("<!-- x -->", "&lt;!-- x -->"),
    ],
)
def test_words_keep_what_claims_use(text, shown):
    assert words(text) == shown


def test_a_stroke_ends_no_cell():
    assert [cell(text) for text in ("a|b", "a\\|b", "a\\\\|b")] == ["a\\|b", "a\\\\\\|b", "a\\\\\\\\\\|b"]


def test_code_is_fenced_by_more_marks_than_it_has():
    assert [code(text) for text in ("a b", "a `b` c", "``")] == ["`a b`", "`` a `b` c ``", "``` `` ```"]


def test_pages_of_html_have_only_the_elements_of_ours(hostile, tmp_path):
    def elements(text, command):
        path = hostile(text, "hostile")
        others = [hostile("plain")] if command == "compare" else []
        main([command, *map(str, [*others, path]), "--output", str(tmp_path / "page.html")])
        return re.findall(r"<(\w+)", (tmp_path / "page.html").read_text(encoding="utf-8").replace("<br", ""))

    for command in ("report", "compare"):
        made = set(elements(HOSTILE, command))
        assert made
        assert made - set(elements("plain", command)) <= {"strong", "a"}  # what differs is bold, addresses are links
        assert "script" not in made


def test_pages_of_a_site_have_only_the_elements_of_ours(hostile, tmp_path):
    def elements(text):
        folder = tmp_path / f"site{len(text)}"
        assert main(["site", str(folder), str(hostile(text))]) == 0
        pages = [page.read_text(encoding="utf-8") for page in sorted(folder.rglob("*.html"))]
        return set(re.findall(r"<(\w+)", "".join(pages)))

    made = elements(HOSTILE)
    assert len(made) > 30
    assert made - elements("plain") <= {"strong"}  # what differs from the registration is bold


def test_the_summary_of_a_step_has_the_same_lines_and_elements_whatever_the_texts_are(hostile, capsys):
    def said(text):
        main(["summary", str(hostile(text)), "--markdown"])
        return capsys.readouterr().out

    plain, made = said("plain"), said(HOSTILE)
    assert made.count("\n") == plain.count("\n")
    assert re.findall(r"<\w+", made) == re.findall(r"<\w+", plain) == ["<details", "<summary"]
    assert "](" not in made
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in made.splitlines() if row.startswith("|")} == {7}


def test_a_comparison_has_one_line_for_each_claim_in_a_terminal(hostile, capsys):
    main(["compare", str(hostile("plain", "a")), str(hostile("plain", "b"))])
    plain = capsys.readouterr().out
    main(["compare", str(hostile("plain", "a")), str(hostile(HOSTILE, "b"))])
    made = capsys.readouterr().out
    assert made.count("\n") <= plain.count("\n") + 3  # a title for what now differs
    assert "\x1b" not in made


def test_a_fact_that_one_environment_lacks_is_not_recorded_there(manifest, decision, tmp_path):
    paths = [manifest(decision()).rename(tmp_path / "a.json"), manifest(decision(), weather="fine")]
    assert main(["compare", *map(str, paths), "--output", str(tmp_path / "page.html")]) == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<th scope="row">weather</th><td>not recorded</td><td>fine</td>' in text


def test_a_question_that_stands_twice_in_a_manifest_counts_once(manifest, decision, account, tmp_path):
    reason = {"claim": "idle", "tier": "fast", "control": None, "family": "f", "experiment": "e", "reason": "no data"}
    path = manifest(decision(), decision(), accounts=[account(figures=[])] * 2, without=[reason, reason])
    assert len(json.loads(path.read_text())["decisions"]) == 2
    assert main(["report", str(path)]) == 0
    assert "1 of 2 claims came out as expected; 1 without" in path.with_suffix(".html").read_text(encoding="utf-8")
    assert page(path, tmp_path).count("### Deep against shallow") == 1


def test_names_of_other_languages_have_anchors_of_their_own(manifest, decision):
    path = manifest(*(decision(f"{name}_is_deep") for name in ("ä", "ö", "深")))
    assert main(["report", str(path)]) == 0
    text = path.with_suffix(".html").read_text(encoding="utf-8")
    anchors = re.findall(r'<h4 id="([^"]+)"', text)
    assert len(set(anchors)) == 3
    assert all(f'href="#{anchor}"' in text for anchor in anchors)
