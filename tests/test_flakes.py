"""Bounds of flake rates cover the truth, and blocks of another fixture are neither counted nor lost."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hw1.registry import find_claim
from hw1.statistics.planning import looks, predicted_flake
from hw1.tables import Tables
from hw1.trust import pool as pool_module
from hw1.trust.flakes import markdown, most_by_blocks, most_by_seeds, predicted, table, together
from hw1.trust.pool import Pool, Seen

DEEPER, FEWER = find_claim("deeper_nets_fit_sin_better"), find_claim("deeper_nets_need_fewer_updates")


def seen(spoke=24, red=False, needed=20, n=24):
    return Seen(outcome="holds", red=red, spoke=spoke, needed=needed, n=n, made_with="torch 9")


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
    truth = stats.binom.cdf(19, 24, share)
    chances = stats.binom.pmf(range(97), 96, share)
    bounds = [most_by_seeds([seen(min(24, w - 24 * i)) for i in range(4) if w >= 24 * i] + idle(w)) for w in range(97)]
    assert sum(chances[w] for w in range(97) if bounds[w] < truth) <= 0.05
    assert (np.diff(bounds) <= 0).all()


def idle(wins):
    """Blocks without a seed that speaks, so that there are four in all."""
    return [seen(0) for i in range(4) if wins < 24 * i]


def test_the_rate_that_is_predicted_is_that_of_a_pilot_of_as_many_seeds():
    needed = looks(24, alpha=1e-3, p0=0.5)[0].wins
    of = [seen(24, needed=needed), seen(22, needed=needed)]
    assert predicted(of) == pytest.approx(predicted_flake(46, 48, n0=24))


def test_a_pool_keeps_what_blocks_showed_across_runs(pool):
    pool.add(DEEPER, 201, seen(23))
    pool.add(DEEPER, 200, seen(24))
    again = Pool(pool.path, "fast")
    assert again.of(DEEPER) == {200: seen(24), 201: seen(23)}
    assert again.of(FEWER) == {}
    assert [path.name for path in pool.path.parent.iterdir()] == ["flake.json"]


def test_blocks_of_another_fixture_or_tier_are_not_counted_and_not_lost(pool, monkeypatch):
    pool.add(DEEPER, 200, seen())
    assert Pool(pool.path, "full").of(DEEPER) == {}
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "changed")
    assert pool.of(DEEPER) == {}
    pool.add(DEEPER, 200, seen(22))
    assert [len(blocks) for blocks in json.loads(pool.path.read_text())[DEEPER.name].values()] == [1, 1]


def tables(value):
    return Tables({"runs": pd.DataFrame({"seed": [1, 2], "arm": "deep", "mse": [0.25, value]})})


def test_blocks_of_an_earlier_code_count_where_it_gave_the_same_tables(pool, monkeypatch):
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "earlier")
    for block, spoke in ((200, 21), (201, 22)):
        pool.add(DEEPER, block, seen(spoke))
    pool.add_digest(DEEPER, "torch 9", tables(0.5))
    assert pool.has_digest(DEEPER, "torch 9")
    monkeypatch.setattr(pool_module, "fixture", lambda claim, tier: "now")
    assert not pool.has_digest(DEEPER, "torch 9")
    pool.add(DEEPER, 201, seen(23))
    assert Pool(pool.path, "fast").of(DEEPER) == {201: seen(23)}
    pool.add_digest(DEEPER, "torch 10", tables(0.5))
    assert pool.carried(DEEPER) == 0  # another machine may give the same by other means
    pool.add_digest(DEEPER, "torch 9", tables(0.5))
    assert Pool(pool.path, "fast").of(DEEPER) == {200: seen(21), 201: seen(23)}
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


def test_all_claims_together_count_red_verdicts_and_red_runs(pool):
    for block in range(200, 210):
        pool.add(DEEPER, block, seen(red=block == 203, spoke=19 if block == 203 else 24))
        pool.add(FEWER, block, seen(red=block in (203, 204)))
    pool.add(FEWER, 300, seen())
    assert together([DEEPER, FEWER], pool) == [
        "3 of 21 verdicts red",
        "2 of 10 blocks on which all 2 claims were judged had a red one; rate of red runs at most 0.51 (95% bound)",
    ]
    assert table([DEEPER, FEWER], pool)[1].split() == [
        DEEPER.name,
        "holds",
        "10",
        "1",
        "235/240",
        "0.00056",
        "0.0032",
        "0.39",
    ]
    page = markdown([DEEPER, FEWER], pool, "python -m hw1 flake --write FILE")
    assert f"- {DEEPER.name}, block 203: holds, 19 of 24 seeds, 20 needed" in page
    assert f"| {FEWER.name} | holds | 11 | 2 | 264/264 |" in page


def test_a_file_that_is_no_pool_is_named(tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(ValueError, match=r"x.json is not a pool of blocks .* name another --pool"):
        Pool(tmp_path / "x.json", "fast")
