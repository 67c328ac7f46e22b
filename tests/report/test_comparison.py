"""Manifests side by side: a planted change is found, two runs of the same stay quiet, other claims are refused."""

import json
import statistics

import numpy as np
import pytest
from scipy import stats

from hw1.__main__ import main
from hw1.comparison import compared, environments, status
from hw1.comparison.claims import ALPHA
from hw1.comparison.signs import signs, unpaired
from hw1.report import render_comparison


@pytest.fixture
def written(manifest, tmp_path):
    """Writes manifests under names of their own."""

    def write(name, *decisions, **environment):
        return manifest(*decisions, **environment).rename(tmp_path / f"{name}.json")

    return write


@pytest.fixture
def compare(capsys):
    """Runs the command; gives status, output and errors."""

    def run(*arguments):
        code = main(["compare", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def moved(record, by=0.0, noise=0.0, seed=1):
    """The same decision with all scores moved and some noise; the verdict stays what it is."""
    draws = np.random.Generator(np.random.Philox(seed)).normal(size=len(record["scores"]))
    scores = {s: v + by + noise * d for (s, v), d in zip(record["scores"].items(), draws, strict=True)}
    return {**record, "scores": scores}


def test_two_runs_of_the_same_are_the_same(written, compare, decision):
    code, out, _ = compare(written("a", decision()), written("b", decision()))
    assert code == 0
    assert "the same on every one of 24 seeds" in out
    assert "their environments do not differ in anything that a manifest records" in out


def test_numbers_that_scatter_alike_stay_quiet(written, compare, decision):
    changed = [moved(decision(f"claim_{i}"), noise=0.3, seed=i) for i in range(20)]
    code, out, _ = compare(
        written("a", *(decision(f"claim_{i}") for i in range(20))), written("b", *changed, torch="2.13.0"), "--strict"
    )
    assert code == 0
    assert "no difference detected: 20" in out
    assert "B  " in out
    assert "torch 2.13.0" in out


def test_claims_that_stopped_at_other_looks_are_compared_on_the_seeds_of_both(written, compare, decision):
    code, out, _ = compare(written("a", decision(n=12)), written("b", decision()), "--strict")
    assert code == 0
    assert "12/12" in out
    assert "23/24" in out
    assert "the same on every one of 12 seeds; judged at seeds 12 in A, 24 in B" in out
    other = moved(decision(), by=-0.3, noise=0.01)
    out = compare(written("c", decision(n=12)), written("d", other))[1]
    assert "stronger on 0 and weaker on 12 of 12 seeds" in out
    early = [statistics.median_low([*record["scores"].values()][:12]) for record in (decision(), other)]
    assert "median score {:.3g}, then {:.3g}".format(*early) in out, "of the seeds that both have"


def test_a_verdict_that_took_other_seeds_to_change_is_another_verdict(written, compare, decision):
    code, out, _ = compare(written("a", decision(n=12)), written("b", decision(ratio=2.2)))
    assert code == 1
    assert "holds became inconclusive; stronger on 0 and weaker on 12 of 12 seeds" in out
    assert "judged at seeds 12 in A, 24 in B" in out


def test_another_assay_is_said(written, compare, decision):
    out = compare(written("a", decision()), written("b", decision(trained=24)))[1]
    assert "the same on every one of 24 seeds; assay none in A, trained (mse below 1) in B" in out


def test_a_changed_verdict_is_status_1_and_comes_first(written, compare, decision):
    a = written("a", decision("alpha"), decision("beta"))
    b = written("b", decision("alpha"), decision("beta", ratio=0.5), torch="2.13.0")
    code, out, _ = compare(a, b)
    assert code == 1
    assert out.index("another verdict: 1") < out.index("the same numbers: 1")
    assert "holds became refuted; stronger on 0 and weaker on 24 of 24 seeds, p 1.2e-07" in out


def test_a_movement_under_the_same_verdict_is_named_and_counts_only_where_asked(written, compare, decision):
    a, b = written("a", decision()), written("b", moved(decision(), by=-0.3, noise=0.01))
    code, out, _ = compare(a, b)
    assert code == 0
    assert "the same verdict, and the seeds moved: 1" in out
    assert "weaker on 24 of 24 seeds" in out
    assert "median score 1.2, then 0.9" in out
    assert compare(a, b, "--strict")[0] == 1


def test_other_seeds_are_compared_as_two_samples(written, compare, decision):
    def on_other_seeds(record):
        later = {
            name: {str(int(seed) + 99_000): value for seed, value in record[name].items()}
            for name in ("scores", "effects")
        }
        return {**record, **later, "block": 100}

    a = written("a", decision())
    assert "other seeds, whose scores differ with p 1" in compare(a, written("b", on_other_seeds(decision())))[1]
    far = on_other_seeds(moved(decision(), by=3))
    code, out, _ = compare(a, written("c", far), "--strict")
    assert code == 1
    assert "other seeds, whose scores differ with p 6.2e-14" in out


def test_another_revision_is_another_set_of_seeds(written, compare, decision):
    out = compare(written("a", decision()), written("b", decision(revision=4)))[1]
    assert "other seeds, whose scores differ with p 1; other random numbers: revision 3 in A, revision 4 in B" in out


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"score": {"kind": "less", "margin": 3}}, "another question: kind less in A"),
        ({"claim": "other"}, "not judged in B"),
        ({"tier": "full"}, "not judged in B"),
    ],
    ids=["margin", "name", "tier"],
)
def test_what_is_not_the_same_claim_is_status_2_unless_it_does_not_count(written, compare, decision, change, why):
    if "score" in change:
        change = {"score": {**decision()["score"], "margin": 3.0}}
        why = "another question: margin 2"
    a, b = written("a", decision(), decision("common")), written("b", {**decision(), **change}, decision("common"))
    code, out, _ = compare(a, b)
    assert code == 2
    assert why in out
    assert compare(a, b, "--common")[0] == 0
    assert compare(written("c", decision()), written("d", {**decision(), **change}), "--common")[0] == 2


def test_a_changed_verdict_outweighs_what_cannot_be_compared(written, compare, decision):
    a, b = written("a", decision("x"), decision("y")), written("b", decision("y", ratio=0.5))
    assert compare(a, b)[0] == 1


def test_settings_that_differ_are_said(manifest, tmp_path, compare, decision, account):
    paths = []
    for name, lr in (("a", 0.002), ("b", 0.01)):
        accounts = [account(figures=[], setting={"lr": lr, "points": 128})]
        paths.append(manifest(decision(), accounts=accounts).rename(tmp_path / name))
    assert "lr 0.002 in A, 0.01 in B" in compare(*paths)[1]


def test_three_environments_are_each_held_against_the_first(written, compare, decision):
    paths = [written(n, decision(ratio=r)) for n, r in (("a", 6.0), ("b", 6.0), ("c", 0.5))]
    code, out, _ = compare(*paths)
    assert code == 1
    assert "B: the same on every one of 24 seeds; C: holds became refuted" in out


def test_one_manifest_and_missing_files_are_one_line(written, compare, decision, tmp_path):
    a = written("a", decision())
    assert "is one environment: name another manifest" in compare(a)[2]
    code, _, err = compare(a, tmp_path / "no.json")
    assert code == 2
    assert "there is no such file" in err


def test_a_file_that_is_named_twice_is_one_environment(written, compare, decision, tmp_path):
    a, b = written("a", decision()), written("b", decision())
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "link.json").symlink_to(a)
    (tmp_path / "runs" / "hard.json").hardlink_to(a)
    for again in (a, tmp_path / "runs"):
        code, _, err = compare(a, again)
        assert code == 2
        assert f"{a} is one environment, named twice: name another" in err
    code, out, _ = compare(a, b, tmp_path / "runs", b)
    assert code == 0
    assert "\nC  " not in out
    assert "(0.001 over 1 comparisons)" in out


def test_a_folder_stands_for_its_manifests_by_name(written, compare, decision, tmp_path):
    (tmp_path / "runs").mkdir()
    code, _, err = compare(tmp_path / "runs")
    assert code == 2
    assert "holds no manifest (*.json)" in err
    for name in ("torch214", "torch213"):
        written(f"runs/{name}", decision())
    code, out, _ = compare(tmp_path / "runs")
    assert code == 0
    assert [line.split("/")[-1] for line in out.splitlines()[:2]] == ["torch213.json", "torch214.json"]


def test_the_page_shows_every_claim_with_its_plot_table_and_words(written, decision, compare, tmp_path):
    published = {"low": 1.5, "high": 3.5, "where": "figure 1b"}
    a = written("a", decision(published=published), decision("beta"), decision("gamma"))
    b = written("b", decision(published=published), decision("beta", ratio=0.5, diverged=2), torch="2.13.0")
    code, out, _ = compare(a, b, "--output", tmp_path / "page.html")
    assert code == 1
    assert f"comparison: {tmp_path / 'page.html'}" in out
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    some = environments([a, b])
    assert text == render_comparison(some, compared(some))
    for part in (
        "1 changed verdict in 2 environments",
        "holds became refuted",
        "<strong>2.13.0</strong>",
        "published",
        "1.5 to 3.5",
        "figure 1b",
        "not judged in B",
    ):
        assert part in text, part
    assert text.count("<svg") == 2
    assert "<script" not in text


def test_the_sign_test_is_that_of_the_binomial_distribution():
    before = {str(i): 0.0 for i in range(10)}
    after = {str(i): float(np.sign(i - 3)) for i in range(10)} | {"99": 5.0}
    found = signs(before, after)
    assert (found.n, found.more, found.less, found.typical) == (10, 6, 3, 1.0)
    assert found.p == pytest.approx(2 * stats.binom.cdf(3, 9, 0.5))


def test_infinite_scores_of_one_sign_are_ties():
    found = signs({"0": np.inf, "1": -np.inf, "2": 1.0}, {"0": np.inf, "1": np.inf, "2": -np.inf})
    assert (found.more, found.less) == (1, 1)
    assert signs({}, {}).p == 1.0


def test_of_many_comparisons_of_exchangeable_environments_few_name_a_movement():
    rng = np.random.Generator(np.random.Philox(5))
    level, named = ALPHA * 20, 0  # so that 2,000 comparisons can tell: 40 expected at most
    for _ in range(2_000):
        draws = rng.normal(size=(2, 24)) * rng.exponential(size=24)
        pair = [{str(i): float(v) for i, v in enumerate(row)} for row in draws]
        named += signs(*pair).p <= level
    assert 0 < named <= 58  # 40 plus three deviations
    assert unpaired(*pair) > 0


def test_a_manifest_without_published_marks_is_read(written, compare, decision, tmp_path):
    record = decision()
    record.pop("published", None)
    a, b = written("a", record), written("b", record)
    assert "published" not in json.loads(a.read_text())["decisions"][0]
    assert compare(a, b, "--output", tmp_path / "p.html")[0] == 0


def test_the_status_of_nothing_in_common_is_2(written, decision):
    some = environments([written("a", decision("x")), written("b", decision("y"))])
    assert status(compared(some), common=True) == 2
