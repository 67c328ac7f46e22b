"""Tidy tables become one row per seed, whole or marked as not measured."""

import numpy as np
import pandas as pd
import pytest

from hw1.statistics import Design, above, judge, less


def test_rows_and_columns_may_come_in_any_order(tidy):
    rng = np.random.default_rng(0)
    table = tidy(a=rng.normal(0, 1, 24), b=rng.normal(2, 1, 24), c=rng.normal(9, 1, 24))
    shuffled = table.sample(frac=1, random_state=0)[["y", "arm", "seed"]]
    one, two = (less(t, "y", arm="a", than="b", by=0.1) for t in (table, shuffled))
    pd.testing.assert_frame_equal(one.matrix, two.matrix)
    assert judge(one, Design()) == judge(two, Design())
    assert list(one.matrix.columns) == ["a", "b"]
    assert one.matrix.index.name == one.values.index.name == "seed"


def test_a_missing_pair_is_nan_and_a_seed_without_either_arm_still_counts(tidy):
    table = tidy(a=[1.0, 1, 1], b=[2.0, 2, 2], c=[3.0, 3, 3])
    holes = table.drop(table.index[(table["seed"] == 1001) & table["arm"].isin(["a", "b"])])
    holes = holes.drop(holes.index[(holes["seed"] == 1002) & (holes["arm"] == "b")])
    matrix = less(holes, "y", arm="a", than="b", by=0.5).matrix
    np.testing.assert_array_equal(matrix, [[1, 2], [np.nan, np.nan], [1, np.nan]])


def test_two_rows_for_one_seed_and_arm_are_an_error(tidy):
    table = tidy(a=[1.0, 1], b=[2.0, 2])
    with pytest.raises(ValueError, match="y has more than one row for seed 1001 and arm 'a', and a seed counts once"):
        above(pd.concat([table, table[1:2]]), "y", arm="a", value=0)


def test_a_duplicate_in_another_arm_does_not_matter(tidy):
    table = tidy(a=[1.0, 1], b=[2.0, 2])
    assert above(pd.concat([table, table[1:2]]), "y", arm="b", value=0).values.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("metric", "arm", "message"),
    [
        ("z", "a", "the table has no column 'z', only"),
        ("y", "z", r"the table has no arm 'z', only \['a', 'b'\]"),
        ("arm", "a", "arm is of type .*, which has no order to test"),
    ],
)
def test_unknown_names_are_errors_that_list_the_known_ones(tidy, metric, arm, message):
    with pytest.raises(ValueError, match=message):
        above(tidy(a=[1.0], b=[2.0]), metric, arm=arm, value=0)


def test_an_arm_against_itself_is_an_error(tidy):
    with pytest.raises(ValueError, match=r"the arms \['a', 'a'\] name one arm twice"):
        less(tidy(a=[1.0]), "y", arm="a", than="a", by=1)


def test_an_empty_table_is_an_error(tidy):
    with pytest.raises(ValueError, match="the table has no rows"):
        above(tidy(), "y", arm="a", value=0)


@pytest.mark.parametrize("kind", [bool, "int8", "category", "boolean"])
def test_booleans_integers_and_categorical_arms_are_read(tidy, kind):
    table = tidy(a=[0, 1, 1], b=[1, 1, 1])
    table = table.astype({"arm": kind} if kind == "category" else {"y": kind})
    assert above(table, "y", arm="a", value=0.5).values.tolist() == [-0.5, 0.5, 0.5]
