"""A site from manifests made by hand: what its pages say, that they lead to each other, and what it writes over."""

import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from hw1.__main__ import main
from hw1.judging.settings import changed
from hw1.manifest.reading import ManifestError
from hw1.manifest.records import document, plain, write
from hw1.registry import experiments, readers
from hw1.report import read
from hw1.report.site import joined, site, write_site
from hw1.report.site.claims import _field, folded
from hw1.writing import OutputError

VOID = {"meta", "link", "img", "input", "br"}
# What asks nothing of any other place: a page's own files, and links that a reader follows.
ASKING = {("link", "href"), ("script", "src"), ("img", "src"), ("form", "action"), ("source", "srcset")}


class Page(HTMLParser):
    """Its tags with their attributes, its text, and whether all that is opened is closed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag, attribute):
        return [found[attribute] for name, found in self.tags if name == tag and attribute in found]


@pytest.fixture
def written(tmp_path, account):
    """Writes manifests by name, each of some decisions, and gives them as they are read."""

    def make(accounts=None, without=(), **manifests):
        found = {}
        for name, decisions in manifests.items():
            path = tmp_path / f"{name}.json"
            known = accounts or [account(figures=[], tier=tier) for tier in {one["tier"] for one in decisions}]
            environment = {
                "python": "3.13.1",
                "torch": "2.14.1",
                "hw1": "0.2.0",
                "device": f"cpu of {name}",
                "block": 1,
            }
            environment["looks"] = 4 if name == "full" else 3
            date = f"2026-01-{len(found) + 1:02}T23:59:59+00:00"
            write(path, document(decisions, environment, known, date=date, without=without))
            found[str(path)] = read(path)
        return found

    return make


@pytest.fixture
def files(written):
    """The files of a site of some manifests."""

    def make(**manifests):
        return site(joined(written(**manifests)))

    return make


@pytest.fixture
def rich(files, decision, account):
    """A site of two families, both scales, a surprise, a figure and a trained control of another run."""
    control = decision(ratio=1.0, control="equal_depth", expected="does not hold", as_registered=True)
    return files(
        fast=[
            decision(),
            decision("a_surprise", ratio=0.5),
            decision("élan_vital", ratio=2.2, sentence="Nets have <b>.", family="another_family", experiment="lost"),
        ],
        full=[decision(ratio=8.0, tier="full")],
        slow=[control],
        accounts=[account(), account(tier="full", figures=[])],
        without=[{"claim": "never_seen", "family": "f", "experiment": "e", "tier": "fast", "control": None,
                  "test": "t", "reason": "no data"}],
    )  # fmt: skip


def test_every_claim_has_its_page_and_a_card_with_sentence_verdict_picture_and_link(rich):
    page = Page(rich["index.html"])
    for name in ("deeper_nets_fit_better", "a_surprise", "élan_vital"):
        assert f"claims/{name}.html" in rich
        assert f"claims/{name}.html" in page.all("a", "href")
    assert page.text.count("At equal parameters, deep nets fit at least twice as well.") == 2
    assert "✓ holds in fast 23/24 seeds" in page.text
    assert "✓ holds in full 24/24 seeds" in page.text
    assert "✗ refuted ▲ expected: holds" in page.text
    assert "23 of 24 seeds show the claim, 1 contradict it" in page.all("img", "alt")
    assert "Never seen fast no data" in page.text
    assert "3 claims, each trained on many seeds" in page.text
    assert "2 of 4 verdicts as expected, and 1 more asked for and not given; the chance" in page.text
    assert "<b>" not in rich["index.html"], "what a manifest says is text"


def test_a_page_holds_belief_control_assay_limits_and_both_scales(rich):
    text = Page(rich["claims/deeper_nets_fit_better.html"]).text
    for part in (
        "Belief Deeper nets fit sin better.",
        "Source Telgarsky, COLT 2016, PMLR 49:1517",
        "Evidence, on a laptop (fast)",
        "Evidence, at the published scale (full)",
        "The claim holds: 23 of 24 seeds show it, where 20 are enough.",
        "Here the claim is ✗ refuted , as it should : 2 of 24 seeds show it",  # the control, of another run
        "Assay None: nothing need be learned.",
        "Limits The learning rate belongs to the claim.",
        "Run of 2026-01-02 with torch 2.14.1, Python 3.13.1, on cpu of full.",
        "Error and fit",
        "python -m hw1 check deeper_nets_fit_better --set lr=0.002",
        "python -m hw1 check deeper_nets_fit_better --tier full --set lr=0.002",
        "-m full --hw1-looks 4 Every seed of",  # as that run was asked
        "-m fast Every seed of",
    ):
        assert part in text, part
    alone = Page(rich["claims/a_surprise.html"]).text
    assert "No run at the published scale (tier full)" in alone
    assert "No run at the published scale" not in text


def test_filters_are_pages_and_a_claim_stands_under_each_of_its_verdicts(files, decision):
    made = files(fast=[decision(), decision("b", ratio=0.5, family="g", experiment="e")],
                 full=[decision(ratio=0.5, tier="full")])  # fmt: skip

    def shown(name):
        return sorted(re.findall(r'<h3><a href="\.\./claims/(\w+)\.html"', made[name]))

    assert shown("verdicts/holds.html") == ["deeper_nets_fit_better"]
    assert shown("verdicts/refuted.html") == ["b", "deeper_nets_fit_better"]
    assert shown("families/g.html") == shown("families/g.refuted.html") == ["b"]
    assert shown("families/function_fitting.holds.html") == ["deeper_nets_fit_better"]
    assert "families/g.holds.html" not in made
    page = Page(made["families/g.html"])
    assert "✗ refuted 1" in page.text
    assert "holds 0" in page.text, "what is not there is said, and is no link"
    assert [found["href"] for tag, found in page.tags if "aria-current" in found] == [
        "../families/g.html",
        "../families/g.html",
    ]


def test_every_link_is_relative_and_leads_to_a_file_and_a_place_in_it(rich):
    pages = {name: Page(text) for name, text in rich.items() if name.endswith(".html")}
    for name, page in pages.items():
        ids = page.all("a", "id") + [found["id"] for _, found in page.tags if "id" in found]
        assert len(ids) == len(set(ids)), name
        for tag, found in page.tags:
            for attribute in ("href", "src", "action"):
                target = found.get(attribute, "")
                outside = target.startswith("https:")
                assert not (outside and (tag, attribute) in ASKING), f"{name} asks for {target}"
                if attribute in found and not outside:
                    assert (tag, leads(name, target, pages, rich)) == (tag, "")
        for one in re.findall(r'aria-labelledby="([^"]+)"', rich[name]):
            assert set(one.split()) <= set(ids), one


def leads(name, target, pages, files):
    """Empty, or what is wrong with a link of a page."""
    place, _, anchor = target.partition("#")
    if not place:
        return "" if anchor in [found.get("id") for _, found in pages[name].tags] else f"{name}: no #{anchor}"
    parts = []
    for part in (PurePosixPath(name).parent / unquote(place)).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "" if "/".join(parts) in files else f"{name}: no {target}"


def test_pictures_are_files_of_their_own_by_day_and_by_night_with_every_seed(rich):
    drawn = {name: ElementTree.fromstring(text) for name, text in rich.items() if name.endswith(".svg")}
    svg = "{http://www.w3.org/2000/svg}"
    assert {"figures/deep_vs_shallow.fast.1.1.svg", "seeds/deeper_nets_fit_better.full.svg"} <= drawn.keys()
    for name, root in drawn.items():
        style = root.find(f"{svg}style").text
        assert "prefers-color-scheme: dark" in style, name
        assert all(f"{used}:" in style for used in re.findall(r"var\((--\w+)\)", rich[name])), name
        assert len(rich[name]) < 60_000, name
    seeds = rich["seeds/deeper_nets_fit_better.fast.svg"]
    assert len(re.findall(r'class="(?:won|lost|tie)"', seeds)) == 24
    assert ".won {" in seeds, "colours of the dots come with the file"


def test_the_same_manifests_give_the_same_bytes_in_any_order_of_reading(files, decision, account, tmp_path):
    some = {"accounts": [account()], "fast": [decision(), decision("a_surprise", ratio=0.5)]}
    for name in ("one", "two"):
        write_site(tmp_path / name, files(**some))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_earlier_site_is_renewed_and_what_others_put_there_stays(files, decision, tmp_path):
    folder = tmp_path / "docs" / "site"
    write_site(folder, files(fast=[decision(), decision("old_claim")]))
    (folder / "CNAME").write_text("example.org")
    assert (folder / "claims/old_claim.html").exists()
    write_site(folder, files(fast=[decision()]))
    assert not (folder / "claims/old_claim.html").exists()
    assert not (folder / "seeds/old_claim.fast.svg").exists()
    assert (folder / "CNAME").read_text() == "example.org"
    assert json.loads((folder / "hw1-site.json").read_text())["files"] == sorted(
        {*contents(folder)} - {"CNAME", "hw1-site.json"}
    )


def test_a_folder_of_something_else_is_left_as_it_is(files, decision, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/index.html").write_text("<!doctype html><title>Mine</title>")
    with pytest.raises(OutputError, match=r"mine is not empty and holds no earlier site: it was left as it is; name a"):
        write_site(tmp_path / "mine", files(fast=[decision()]))
    assert contents(tmp_path / "mine") == {"index.html": b"<!doctype html><title>Mine</title>"}


def test_a_page_that_somebody_replaced_is_not_written_over_and_no_other_page_is(files, decision, tmp_path):
    write_site(tmp_path / "s", files(fast=[decision()]))
    (tmp_path / "s/style.css").write_text("/* mine */")
    before = contents(tmp_path / "s")
    with pytest.raises(OutputError, match=r"style.css is a text of another origin and not a part of a site of hw1"):
        write_site(tmp_path / "s", files(fast=[decision(), decision("b")]))
    assert contents(tmp_path / "s") == before


def test_a_list_that_names_files_outside_removes_none(files, decision, tmp_path):
    write_site(tmp_path / "s", files(fast=[decision()]))
    (tmp_path / "kept.html").write_text("<!doctype html><title>hw1: kept</title>")
    listed = {"hw1 site": 1, "files": ["../kept.html", str(tmp_path / "kept.html"), "notes.txt"]}
    (tmp_path / "s/hw1-site.json").write_text(json.dumps(listed))
    (tmp_path / "s/notes.txt").write_text("kept")
    write_site(tmp_path / "s", files(fast=[decision()]))
    assert (tmp_path / "kept.html").exists()
    assert (tmp_path / "s/notes.txt").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"hw1 site": 2, "files": []}', '{"hw1 site": 1, "files": [1]}'])
def test_a_folder_whose_list_is_damaged_is_left_as_it_is(files, decision, tmp_path, text):
    (tmp_path / "s").mkdir()
    (tmp_path / "s/hw1-site.json").write_text(text)
    with pytest.raises(OutputError, match=r"hw1-site.json.*name a new folder$"):
        write_site(tmp_path / "s", files(fast=[decision()]))
    assert contents(tmp_path / "s") == {"hw1-site.json": text.encode()}


def test_one_claim_decided_differently_in_two_manifests_is_refused_and_the_same_is_one(written, decision):
    made = written(a=[decision()], b=[decision(ratio=0.5)])
    with pytest.raises(
        ManifestError, match=r"deeper_nets_fit_better \[fast\] has other scores in .*b\.json than in .*a"
    ):
        joined(made)
    assert len(joined(written(a=[decision()], b=[decision()]))["decisions"]) == 1


def test_claims_of_one_name_in_two_packages_are_refused(written, decision):
    with pytest.raises(
        ManifestError, match=r"is a claim of function_fitting/deep_vs_shallow and of other/deep_vs_shal"
    ):
        joined(written(a=[decision()], b=[decision(family="other")]))
    with pytest.raises(ManifestError, match=r"[Ss]ame\.fast\.svg would be one file on some disks: rename"):
        site(joined(written(a=[decision("same"), decision("Same")])))


def test_words_are_found_without_capitals_and_accents_as_the_script_folds_them():
    assert folded("Élan  VITAL élan") == "elan vital"
    script = (Path(__file__).parents[2] / "hw1/report/templates/site/search.js").read_text()
    assert 'normalize("NFKD")' in script
    assert unicodedata.normalize("NFKD", "É") == "E\N{COMBINING ACUTE ACCENT}"


def test_what_is_searched_holds_belief_and_source(rich):
    (words,) = [w for w in Page(rich["index.html"]).all("li", "data-words") if "deeper_nets_fit_better" in w]
    assert {"telgarsky,", "sin", "holds", "full", "function"} <= set(words.split())


def test_the_commands_of_every_claim_of_ours_change_a_field_of_its_setting():
    for experiment in experiments().values():
        for tier in {tier for claim in readers(experiment) for tier in claim.tiers}:
            setting = experiment.setting(tier)
            named = _field(plain(vars(setting)))
            assert named, experiment.name
            assert changed(setting, [named]) == setting


def test_the_command_writes_a_site_and_refuses_in_one_line(written, decision, tmp_path, capsys, account):
    (name,) = written(fast=[decision()], accounts=[account(module="their_claims.family.deep", figures=[])])
    assert main(["site", str(tmp_path / "s"), name]) == 0
    assert capsys.readouterr().out == f"site: {tmp_path}/s/index.html, {len(contents(tmp_path / 's')) - 1} files\n"
    page = (tmp_path / "s/claims/deeper_nets_fit_better.html").read_text()
    assert "python -m hw1 --claims their_claims check deeper_nets_fit_better --set lr=0.002" in page
    for words in ([str(tmp_path), name], [name, name], [str(tmp_path / "new"), str(tmp_path / "no.json")]):
        assert main(["site", *words]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "new").exists()
