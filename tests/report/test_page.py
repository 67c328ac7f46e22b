"""The page of a manifest made by hand: what it says, that it is whole, and that it asks nothing of the network."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from hw1.report import write_page
from hw1.statistics import Design

VOID = {"meta", "br", "hr", "img", "input", "link", "wbr"}
INLINE = {"a", "code", "em", "span", "strong", "time"}
WRITE = """
import sys
from pathlib import Path
from hw1.report import write_page
write_page(*map(Path, sys.argv[1:]))
assert "torch" not in sys.modules
"""


class Page(HTMLParser):
    """Checks nesting while it reads, and keeps what the tests ask for."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag not in INLINE:
            self.texts.append(" ")

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())

    def all(self, attribute):
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]


def words(text):
    return Page(text).text


@pytest.fixture
def rich(page, decision, account):
    """A page with every kind of decision, figure and account."""
    twin = {"name": "swapped", "trains": False, "words": "The arms change their names."}
    good = {**decision()["verdict"], "name": "swapped", "right": True}
    return page(
        decision(),
        decision(ratio=1.0, control="equal_depth", expected="does not hold", as_registered=True),
        decision("a_surprise", ratio=0.5),
        decision("a_close_call", ratio=2.2, status="development: not registered", block=0, note="not the registered n"),
        decision("folklore", ratio=0.5, expected="refuted", as_registered=True, because="too slow a sine", twin=twin,
                 table_control=good),
        decision("some_diverge", diverged=5, tier="full"),
        decision("elsewhere", family="another_family", experiment="lost"),
        accounts=[account(), account(tier="full", figures=[{"name": "figure_x", "error": "KeyError: 'mse'"}])],
    )  # fmt: skip


def test_it_holds_what_a_reader_asks_of_a_claim(page):
    text = words(page())
    for part in (
        "1 of 1 claim came out as expected",
        "At equal parameters, deep nets fit at least twice as well.",
        "✓ holds as expected",
        "The claim holds: 23 of 24 seeds show it, where 20 are enough.",
        "Median over the seeds, mse: shallow / deep: 6.72 [3.37, 10.6].",
        "Exact binomial test, p = 0.000245, error rate 0.00098 per side over all looks up to look 2.",
        "Telgarsky, COLT 2016, PMLR 49:1517",
        "24 of block 1, look 2 of those allowed, at 12, 24 and 48 seeds; fast tier, revision 3, registered",
        "Assay None: nothing need be learned.",
        "2 of 24 seeds show the claim when all arms are replicates of one: ✗ refuted, as it should",
        "Seen on 47.9 % of relabelings; false holds: 0.000463.",
        "Predicted flake rate 0.0163, 18.8 seeds on average until a decision.",
        "75 s of computing time",
        "The learning rate belongs to the claim.",
        "python -m pytest 'tests/claims/test_depth.py::test_deeper_nets_fit_better[fast]' -m fast",
        "Not run here: it trains nets of its own, under -m slow",
    ):
        assert part in text, part


def test_it_holds_what_a_reader_asks_of_an_experiment_and_of_the_run(page, account):
    text = words(page(accounts=[account()]))
    for part in (
        "Deep against shallow on a sine.",
        "Belief Deeper nets fit sin better.",
        "Seeds 2 redraws so far",
        "Median and quartiles over the seeds. 24 seeds, block 1.",
        "mean squared error; median [quartiles] over the seeds",
        "deep 14, 14, 14",
        "python -m hw1 run deep_vs_shallow --tier fast --set FIELD=VALUE",
        "The run ended on 2026-01-31 at 23:59:59 UTC",
        "torch 2.14.1",
        "is at most 0.001: the sum of their error rates",
        "It does not mean",
    ):
        assert part in text, part


def test_a_surprise_says_so_in_words_and_not_in_colour_alone(page, decision):
    text = words(page(decision(ratio=0.5)))
    assert "0 of 1 claim came out as expected" in text
    assert "✗ refuted ▲ expected: holds" in text
    assert "The claim is refuted: 24 of 24 seeds contradict it" in text


def test_why_a_claim_has_one_scale_is_no_reason_of_what_is_expected(page, decision):
    reason = "digits are small"
    text = words(page(decision(because=reason)))
    assert "Expected holds Scale the small one alone: digits are small" in text
    assert "the published one alone: digits are small" in words(page(decision(because=reason, tier="full")))
    refuted = words(page(decision(ratio=0.5, expected="refuted", as_registered=True, because=reason)))
    assert "Expected refuted: digits are small" in refuted
    assert "one alone" not in refuted


def test_an_interval_that_is_the_range_of_the_seeds_says_so(page, decision):
    text = words(page(decision(n=12)))
    assert "12 of 12 seeds show it, where 12 are enough." in text
    assert "(range of 12 seeds)" in text
    assert "error rate 0.00025 per side." in text
    assert "12 of block 1, look 1 of those allowed, at 12, 24 and 48 seeds; " in text
    assert "range of" not in words(page(decision()))


def test_the_assay_stands_with_the_claim_and_the_share_of_seeds_that_are_met(page, decision):
    text = words(page(decision(trained=21)))
    assert "Assay 21 of 24 seeds (87.5 %) trained (mse below 1); a seed on which it is not met counts as a tie." in text
    assert "Assay 24 of 24 seeds (100 %) trained (mse below 1). " in words(page(decision(trained=24)))


def test_a_claim_of_which_nothing_could_be_seen_has_no_verdict_and_no_effect(page, decision):
    made = page(decision(trained=3, design=Design.looking((12, 24))))
    text = words(made)
    assert "0 of 1 claim came out as expected" in text
    assert "∅ invalid ▲ expected: holds" in text
    assert "No verdict: only 3 of 24 seeds trained (mse below 1), and on the others the effect could not have" in text
    assert "Anything about a claim that is invalid: on half of its seeds or more" in text
    assert "Median over the seeds" not in text
    assert 'id="show-invalid"' in made
    healthy = page(decision())
    assert 'id="show-invalid"' not in healthy
    assert "claim that is invalid" not in words(healthy)


def test_one_look_of_another_number_of_seeds_is_marked(page, decision):
    made = decision(design=Design.fixed(24), note="one look of 24 seeds, not the registered looks")
    text = words(page(made, looks=1, seeds=24))
    assert "23/24, not the registered looks" in text
    assert "24 of block 1, one look of 24 seeds at the full error rate, not the registered looks;" in text
    assert "-m fast --hw1-seeds 24 " in text
    assert "--hw1-looks" not in text
    assert "-m fast --hw1-looks 4 " in words(page(decision(), looks=4))


def test_an_inconclusive_claim_is_not_called_false(page, decision):
    text = words(page(decision(ratio=2.2)))
    assert "24 seeds do not decide: 15 show the claim (20 would decide for it)" in text
    assert "That is not evidence that it is false." in text


def test_the_card_of_a_claim_near_its_margin_warns(page, decision):
    text = words(page(decision(ratio=2.2)))
    assert "⚠ Near its margin: 0.3 spreads away, 2 are wanted." in text


def test_a_development_claim_is_marked_where_it_is_named(page, decision):
    made = page(decision(status="development: not registered", block=0))
    assert made.count('<span class="tag">development</span>') == 3
    assert "; fast tier, revision 3, development: not registered" in words(made)


def test_a_trained_control_stands_with_its_claim(page, decision):
    control = decision(ratio=1.0, control="equal_depth", expected="does not hold", as_registered=True)
    made = page(decision(), control)
    assert made.count("<article") == 1
    shown = "Here the claim is ✗ refuted, as it should: 2 of 24 seeds show it, ratio 1.12 [0.562, 1.77]."
    assert shown in words(made)
    alone = words(page(control))
    assert "Judged under its control equal depth: Both arms have one hidden layer." in alone


def test_a_control_that_behaves_wrongly_is_named(page, decision):
    twin = {"name": "swapped", "trains": False, "words": "w"}
    bad = {**decision()["verdict"], "name": "swapped", "right": False}
    assert "✓ holds, ▲ but must not hold" in words(page(decision(table_control=bad, twin=twin, as_registered=False)))
    assert "✓ holds ▲ but its control fails" in words(page(decision(table_control=bad, twin=twin, as_registered=False)))
    idle = decision(expected="refuted", ratio=0.5, table_control={**bad, "outcome": "refuted"}, twin=twin)
    assert "✗ refuted, ▲ but must hold" in words(page(idle))


def test_an_effect_where_all_arms_are_one_is_named(page, decision):
    seen = {**decision()["verdict"], "right": False}
    text = words(page(decision(same_arms=seen, as_registered=False)))
    assert (
        "23 of 24 seeds show the claim when all arms are replicates of one: ✓ holds, ▲ but there is no effect" in text
    )


def test_infinite_seeds_stand_at_the_end_and_are_counted(page, decision):
    made = page(decision(diverged=5))
    assert "5 seeds beyond the axis (infinite or zero), drawn as triangles at its end." in words(made)
    assert "Median over the seeds, mse: shallow / deep: 7.96 [4.92, ∞]." in words(made)
    assert not re.search(r"[\s\"](nan|inf)[\s\"]", made, re.IGNORECASE)


def test_a_figure_that_failed_leaves_its_error_in_its_place(page, account):
    broken = {"name": "figure_twice", "title": "Twice", "caption": "", "panels": [{"series": []}]}
    text = words(page(accounts=[account(figures=[{"name": "figure_x", "error": "KeyError: 'mse'"}, broken])]))
    assert "This figure could not be made. KeyError: 'mse'" in text
    assert text.count("This figure could not be made.") == 2


def test_a_table_of_an_experiment_stands_open_and_its_texts_stay_texts(page, account):
    table = {
        "caption": "What was found",
        "head": ["quantity", "ratio"],
        "rows": [["<loss>", "inf"], ["norm", "2 [1, 3]"]],
    }
    figure = {"name": "figure_answer", "title": "The answer", "caption": "In rows.", "panels": [], "tables": [table]}
    html = page(accounts=[account(figures=[figure])])
    assert "What was found quantity ratio <loss> inf norm 2 [1, 3] In rows." in words(html)
    assert "The numbers of “The answer”" not in words(html), "there is no picture whose numbers could be asked for"


def test_an_experiment_of_a_process_that_died_still_shows_its_claims(page):
    assert "says nothing about the experiment" in words(page(accounts=[]))


def test_elements_are_nested_and_every_link_has_its_place(rich):
    page = Page(rich)
    places = page.all("id")
    assert len(places) == len(set(places))
    inside = [link[1:] for link in page.all("href") if link.startswith("#")]
    named = [name for names in page.all("aria-labelledby") for name in names.split()]
    clipped = re.findall(r"url\(#([^)]*)\)", rich)
    assert len(inside) > 20
    assert set(inside) | set(named) | set(clipped) <= set(places)


def test_nothing_is_fetched_and_nothing_runs(rich):
    page = Page(rich)
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "base"} == set()
    assert not page.all("src")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith(("on", "xmlns"))]
    assert "@import" not in rich
    assert "url(" not in re.sub(r"url\(#", "", rich)
    outside = {(tag, a["href"]) for tag, a in page.tags if "href" in a and not a["href"].startswith("#")}
    assert outside == {("a", "https://arxiv.org/abs/1611.03530"), ("a", "https://example.org/a?b=1&c=2")}


def test_pictures_have_a_name_a_description_and_a_table(rich):
    page = Page(rich)
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert all(p["role"] == "img" and len(p["aria-labelledby"].split()) == 2 for p in pictures)
    assert rich.count('<g aria-hidden="true">') == len(pictures)
    tables = sum(tag == "table" for tag, _ in page.tags)
    assert tables >= len(pictures)
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert ("html", {"lang": "en"}) in page.tags


def test_hostile_words_stay_words(page, decision, account, figure):
    evil = "<script>alert('1')</script> & $x^{2$ \"</title></svg>"
    drawn = figure()
    for panel in drawn["panels"]:
        panel["y_label"] = panel["title"] = evil
        panel["levels"] = {evil: 0.3}
    made = page(
        decision(sentence=evil, source=f"{evil} https://a.b/\"onclick='x'", test=evil, because=evil),
        accounts=[account(title=evil, header={"Belief": evil}, figures=[{"name": "f", **drawn}], setting={"a": evil})],
    )
    parsed = Page(made)
    assert "script" not in {tag for tag, _ in parsed.tags}
    assert parsed.text.count("<script>alert('1')</script> & $x^{2$") > 8
    assert "could not be made" not in parsed.text
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]


def test_equal_manifests_give_equal_bytes_in_other_processes_without_torch(manifest, decision, account, tmp_path):
    path = manifest(decision(), decision("another", diverged=3), accounts=[account()])
    environments = [{**os.environ, "PYTHONHASHSEED": seed} for seed in "12"]
    command = [sys.executable, "-c", WRITE, str(path)]
    started = [subprocess.Popen([*command, str(tmp_path / env["PYTHONHASHSEED"])], env=env) for env in environments]
    assert [process.wait() for process in started] == [0, 0]
    write_page(path, tmp_path / "3")
    assert len({(tmp_path / name).read_bytes() for name in "123"}) == 1


def test_two_hundred_claims_stand_on_one_page(page, decision):
    made = page(*(decision(f"claim_{i:03}") for i in range(200)))
    assert made.count("<article") == 200
