"""Association over the items of each seed."""

import math

import numpy as np
import pandas as pd
import pytest

from hw1.statistics import Design, Invalid, associated, judge


def items(seeds, x, y, **more):
    return pd.DataFrame({"seed": np.repeat(seeds, len(x) // len(seeds)), "x": x, "y": y, **more})


def tau_b(x, y):
    """The definition: concordant less discordant pairs over the pairs that are not tied."""
    i, j = np.triu_indices(len(x), 1)
    a, b = np.sign(x[i] - x[j]), np.sign(y[i] - y[j])
    return (a * b).sum() / math.sqrt((a != 0).sum() * (b != 0).sum())


def test_the_score_is_taub_of_each_seed_beyond_the_margin():
    x, y = np.random.default_rng(0).integers(0, 6, (2, 240)).astype(float)
    score = associated(items(range(24), x, y), "x", "y", by=0.25)
    expected = [tau_b(a, b) - 0.25 for a, b in zip(x.reshape(24, 10), y.reshape(24, 10), strict=True)]
    np.testing.assert_allclose(score.values, expected)
    assert score.describe() == "y, rising with x by a tau of 0.25"
    assert score.frozen()["parameters"] == {"x": "x", "direction_only": False}


def test_reversed_and_null_associations_are_refuted_and_do_not_hold():
    rng = np.random.default_rng(1)
    x = rng.normal(size=24 * 16)
    for y, outcome in ((x, "holds"), (-x, "refuted"), (rng.normal(size=x.size), "inconclusive")):
        verdict = judge(associated(items(range(24), x, y), "x", "y", direction_only=True), Design())
        assert (verdict.outcome, verdict.effect_name) == (outcome, "Kendall tau")


def test_a_constant_column_shows_nothing_and_infinity_is_the_greatest_value():
    x = np.arange(16.0)
    y = np.r_[np.ones(8), 1, 2, 3, 4, 5, 6, math.inf, math.inf]
    taus = associated(items([3, 1], x, y), "x", "y", by=0.5).matrix.iloc[:, 0]
    assert taus.index.tolist() == [1, 3]
    assert taus[3] == 0
    assert taus[1] == pytest.approx(27 / math.sqrt(28 * 27))


def test_one_arm_may_be_chosen():
    x = np.arange(32.0)
    table = items([1, 2], x, np.tile(np.r_[x[:8], -x[:8]], 2), arm=np.tile(np.repeat(["a", "b"], 8), 2))
    assert associated(table, "x", "y", by=0.5, arm="a").values.tolist() == pytest.approx([0.5, 0.5])
    assert associated(table, "x", "y", by=0.5, arm="b").values.tolist() == pytest.approx([-1.5, -1.5])
    with pytest.raises(ValueError, match=r"the table has no arm 'c', only \['a', 'b'\]"):
        associated(table, "x", "y", by=0.5, arm="c")
    with pytest.raises(ValueError, match="seed 2 has 0 items for x and y"):
        associated(table[(table["seed"] == 1) | (table["arm"] == "b")], "x", "y", by=0.5, arm="a")


def test_few_items_words_and_impossible_margins_are_errors():
    table = items([1], np.arange(7.0), np.arange(7.0))
    with pytest.raises(ValueError, match=r"seed 1 has 7 items for x and y, too few .* at least 8 rows per seed"):
        associated(table, "x", "y", by=0.5)
    with pytest.raises(ValueError, match="by=1 cannot be exceeded: Kendall's tau is at most 1"):
        associated(table, "x", "y", by=1)
    with pytest.raises(ValueError, match="no column 'z'"):
        associated(table, "x", "z", by=0.5)
    with pytest.raises(ValueError, match=r"y is of type .*, which has no order"):
        associated(table.astype({"y": str}), "x", "y", by=0.5)


@pytest.mark.parametrize("x", [np.tile(np.arange(8.0), 24), np.ones(8 * 24)], ids=["varied", "constant"])
def test_nan_is_not_measured(x):
    y = x.copy()
    y[-1] = math.nan
    with pytest.raises(Invalid, match="y is NaN for seed 23 and arm 'tau with x'"):
        judge(associated(items(range(24), x, y), "x", "y", by=0.5), Design())
