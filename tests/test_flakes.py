"""Bounds of flake rates cover the truth, and blocks of another fixture are neither counted nor lost."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hw1.judging.decisions import Decision, Question
from hw1.registry import find_claim
from hw1.statistics import Design, chance, judge, less, predicted_flake, predicted_looks, same_arms
from hw1.tables import Tables
from hw1.trust import pool as pool_module
from hw1.trust.flakes import markdown, most_by_blocks, most_by_seeds, predicted, predicted_blocks, table, together
from hw1.trust.pool import Pool, Seen

DEEPER, FEWER = find_claim("deeper_nets_fit_sin_better"), find_claim("deeper_nets_need_fewer_updates")


def seen(first=12, red=False, outcome="holds", look=1, n=12, spoke=None, needed=12, met=None):
    """What a block showed, by default at its first look."""
    return Seen(
        outcome=outcome,
        red=red,
        look=look,
        n=n,
        spoke=first if spoke is None else spoke,
        needed=needed,
        met=met,
        first=first,
        of_first=12,
        alternatives=1,
        made_with="torch 9",
    )


@pytest.fixture
def pool(tmp_path):
    return Pool(tmp_path / "deep" / "flake.json", "fast")


@pytest.mark.parametrize(("blocks", "bound"), [(5, 0.45), (10, 0.26), (30, 0.095), (100, 0.030), (300, 0.010)])
def test_blocks_without_a_red_one_bound_the_rate(blocks, bound):
    assert most_by_blocks(0, blocks) == pytest.approx(bound, rel=0.02)  # the published numbers have two digits
    assert most_by_blocks(blocks, blocks) == 1


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.1, 0.3, 0.7])
def test_the_bound_by_blocks_is_too_low_in_one_study_of_twenty_at_most(rate):
    chances = stats.binom.pmf(range(21), 20, rate)
    assert sum(chances[red] for red in range(21) if most_by_blocks(red, 20) < rate) <= 0.05


@pytest.mark.parametrize("share", [0.7, 0.85, 0.95, 0.99, 0.999])
def test_the_bound_by_seeds_is_too_low_in_one_study_of_twenty_at_most(share):
    truth = 1 - chance(share, Design())
    chances = stats.binom.pmf(range(97), 96, share)
    bounds = [
        most_by_seeds([seen(min(12, max(0, won - 12 * i))) for i in range(8)], Design(), "holds") for won in range(97)
    ]
    assert sum(chances[won] for won in range(97) if bounds[won] < truth * (1 - 1e-9)) <= 0.05
    assert (np.diff(bounds) <= 1e-12).all()


def test_rates_and_looks_are_predicted_from_the_first_looks_of_all_blocks_alone():
    """Later looks are taken where the first was poor: their seeds are left out."""
    blocks = [seen(12), seen(11, look=2, n=24, spoke=23, needed=20), seen(10, look=3, n=48, spoke=40, needed=38)]
    assert predicted(blocks, Design(), "holds") == predicted_flake(33, 36, Design())
    chances = predicted_looks(33, 36, Design())
    assert predicted_blocks(blocks, Design(), "holds") == tuple(3 * chance for chance in chances)
    assert predicted([seen(12)] * 8, Design(), "refuted") == predicted_flake(96, 96, Design(), "refuted")


def test_what_a_block_showed_is_its_verdict_after_all_looks_and_its_first_look():
    gap = np.r_[np.full(11, 3.0), np.full(4, -3.0), np.full(33, 3.0)]
    runs = pd.DataFrame({"seed": [*range(48)] * 2, "arm": ["deep"] * 48 + ["shallow"] * 48, "mse": [*[0.0] * 48, *gap]})

    def of(n, met=48):
        score = less(runs[runs["seed"] < n], "mse", arm="deep", than="shallow", by=1.0)
        score = score.masked(pd.Series(np.arange(n) < met), "trained (loss below 1)")
        verdict = judge(score, Design())
        decision = Decision(
            question=Question(DEEPER, "fast"), verdict=verdict, design=Design(), status="registered",
            table_control=None, same_arms=judge(same_arms(score), Design()), took={"a": 1.0}, block=200, score=score,
        )  # fmt: skip
        return Seen.of(decision, "torch 9")

    assert of(24) == seen(11, look=2, n=24, spoke=20, needed=20, met=24)
    assert of(48).first == 11
    assert of(48, met=20) == seen(11, red=True, outcome="invalid", look=3, n=48, spoke=16, needed=38, met=20)


def test_a_pool_keeps_what_blocks_showed_across_runs(pool):
    pool.add(DEEPER, 201, seen(11))
    pool.add(DEEPER, 200, seen(12))
    again = Pool(pool.path, "fast")
    assert again.of(DEEPER) == {200: seen(12), 201: seen(11)}
    assert again.of(FEWER) == {}
    assert [path.name for path in pool.path.parent.iterdir()] == ["flake.json"]


def test_blocks_of_another_fixture_or_tier_are_not_counted_and_not_lost(pool, monkeypatch):
    pool.add(DEEPER, 200, seen())
    assert Pool(pool.path, "full").of(DEEPER) == {}
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "changed")
    assert pool.of(DEEPER) == {}
    pool.add(DEEPER, 200, seen(10))
    assert [len(blocks) for blocks in json.loads(pool.path.read_text())[DEEPER.name].values()] == [1, 1]


def tables(value):
    return Tables({"runs": pd.DataFrame({"seed": [1, 2], "arm": "deep", "mse": [0.25, value]})})


def test_blocks_of_an_earlier_code_count_where_it_gave_the_same_tables(pool, monkeypatch):
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "earlier")
    for block, spoke in ((200, 9), (201, 10)):
        pool.add(DEEPER, block, seen(spoke))
    pool.add_digest(DEEPER, "torch 9", tables(0.5))
    assert pool.has_digest(DEEPER, "torch 9")
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "now")
    assert not pool.has_digest(DEEPER, "torch 9")
    pool.add(DEEPER, 201, seen(11))
    assert Pool(pool.path, "fast").of(DEEPER) == {201: seen(11)}
    pool.add_digest(DEEPER, "torch 10", tables(0.5))
    assert pool.carried(DEEPER) == 0  # another machine may give the same by other means
    pool.add_digest(DEEPER, "torch 9", tables(0.5))
    assert Pool(pool.path, "fast").of(DEEPER) == {200: seen(9), 201: seen(11)}
    assert pool.carried(DEEPER) == 1
    assert "1 of 2 verdicts were given before the code last changed" in markdown([DEEPER], pool, "...")


def test_blocks_of_an_earlier_code_do_not_count_where_one_number_is_another(pool, monkeypatch):
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "earlier")
    pool.add(DEEPER, 200, seen())
    pool.add_digest(DEEPER, "torch 9", tables(0.5))
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "now")
    pool.add_digest(DEEPER, "torch 9", tables(np.nextafter(0.5, 1)))
    assert pool.of(DEEPER) == {}
    assert pool.carried(DEEPER) == 0
    assert "before the code changed" not in markdown([DEEPER], pool, "...")


def test_the_fixture_is_registration_code_and_tier():
    assert pool_module.fixture(DEEPER, "fast") == pool_module.fixture(DEEPER, "fast")
    others = {pool_module.fixture(DEEPER, "full"), pool_module.fixture(FEWER, "fast")}
    assert len({pool_module.fixture(DEEPER, "fast"), *others}) == 3


def test_all_claims_together_count_red_verdicts_red_runs_and_looks(pool):
    poor = seen(9, red=True, outcome="inconclusive", look=3, n=48, spoke=35, needed=38, met=47)
    for block in range(200, 210):
        pool.add(DEEPER, block, poor if block == 203 else seen())
        pool.add(FEWER, block, seen(11, red=block == 204, look=2, n=24, spoke=23, needed=20) if block > 203 else seen())
    pool.add(FEWER, 300, seen())
    deeper, fewer = predicted_looks(117, 120, Design()), predicted_looks(126, 132, Design())
    second, third = (10 * deeper[k] + 11 * fewer[k] for k in (1, 2))
    assert together([DEEPER, FEWER], pool) == [
        "2 of 21 verdicts red",
        f"21 verdicts took 17.1 seeds on average, look 2 was taken 7 times ({second:.3g} predicted), "
        f"look 3 was taken 1 times ({third:.3g} predicted)",
        "2 of 10 blocks on which all 2 claims were judged had a red one; rate of red runs at most 0.51 (95% bound)",
    ]
    flake, bound = predicted_flake(117, 120, Design()), most_by_seeds(list(pool.of(DEEPER).values()), Design(), "holds")
    assert table([DEEPER, FEWER], pool)[1].split() == [
        DEEPER.name,
        "holds",
        "10",
        "1",
        "1",
        f"({10 * deeper[1]:.2g})",
        "1",
        f"({10 * deeper[2]:.2g})",
        "117/120",
        f"{flake:.2g}",
        f"{bound:.2g}",
        "0.39",
    ]
    page = markdown([DEEPER, FEWER], pool, "python -m hw1 flake --write FILE")
    assert f"- {DEEPER.name}, block 203: inconclusive at look 3, 35 of 48 seeds, 38 needed, assay met on 47" in page
    assert f"- {FEWER.name}, block 204: holds at look 2, 23 of 24 seeds, 20 needed\n" in page
    assert f"| {FEWER.name} | holds | 11 | 1 | 6 ({11 * fewer[1]:.2g}) | 0 ({11 * fewer[2]:.2g}) | 126/132 |" in page


def test_blocks_of_the_first_edition_are_readable_kept_and_not_counted(tmp_path, monkeypatch):
    """One look of 24 seeds is another procedure, whatever the fixture."""
    old = {"made_with": "torch 9", "n": 24, "needed": 20, "outcome": "holds", "red": False, "spoke": 24}
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "now")
    path = tmp_path / "flake.json"
    path.write_text(
        json.dumps({DEEPER.name: {"earlier": {"200": old, "201": old}, "now": {"202": old, "evidence": {}}}})
    )
    pool = Pool(path, "fast")
    line = "3 verdicts of the first edition, one look of 24 seeds, are kept and not counted"
    assert pool.of(DEEPER) == {}
    assert together([DEEPER, FEWER], pool) == ["no block has been judged: give --blocks", line]
    pool.add(DEEPER, 300, seen())
    assert together([DEEPER, FEWER], pool)[-1] == line
    assert f"{line}." in markdown([DEEPER], pool, "...")
    assert Pool(path, "fast").of(DEEPER) == {300: seen()}
    assert json.loads(path.read_text())[DEEPER.name]["earlier"] == {"200": old, "201": old}


def test_a_file_that_is_no_pool_is_named(tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(
        ValueError, match=r"x.json is not JSON .* it is not a pool of blocks; move it away, or name another --pool"
    ):
        Pool(tmp_path / "x.json", "fast")
