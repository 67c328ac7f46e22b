"""Tables come back from disk as they were, and joining and selecting keep rows and arrays together."""

import numpy as np
import pandas as pd
import pytest

from hw1.tables import Tables, columns_as_arms, first_reached, join, only_seeds, pack, recast, unpack


def made(arm, seeds):
    runs = pd.DataFrame(
        {"seed": seeds, "arm": arm, "loss": [s / 7 for s in seeds], "dead": [s % 2 == 0 for s in seeds]}
    )
    runs.loc[0, "loss"] = np.inf
    return Tables({"runs": runs}, {"weights": {arm: np.arange(len(seeds) * 3.0).reshape(-1, 3)}})


def test_tables_survive_the_disk_exactly():
    tables = made("deep", [0, 1, 2])
    back = unpack(pack(tables))
    pd.testing.assert_frame_equal(back["runs"], tables["runs"], check_dtype=True)
    np.testing.assert_array_equal(back.arrays["weights"]["deep"], tables.arrays["weights"]["deep"])


def test_joined_arrays_follow_the_seeds_of_their_arm():
    joined = join([made("deep", [0, 1]), made("shallow", [0, 1]), made("deep", [2, 3])])
    part = only_seeds(joined, [1, 2])
    assert list(part["runs"]["seed"]) == [1, 1, 2]
    np.testing.assert_array_equal(part.arrays["weights"]["deep"], [[3, 4, 5], [0, 1, 2]])
    np.testing.assert_array_equal(part.arrays["weights"]["shallow"], [[3, 4, 5]])


def test_a_table_without_seed_or_arm_is_refused():
    with pytest.raises(ValueError, match=r"table 'runs' has no column \['arm'\]"):
        Tables({"runs": pd.DataFrame({"seed": [1]})})


def test_columns_become_arms_seed_by_seed():
    frame = columns_as_arms(made("deep", [0, 1])["runs"], "value", {"late": "loss", "early": "dead"})
    assert frame.to_dict("list") == {
        "seed": [0, 1, 0, 1],
        "arm": ["late", "late", "early", "early"],
        "value": [np.inf, 1 / 7, True, False],
    }


def test_an_unknown_table_names_those_there_are():
    with pytest.raises(KeyError, match="no table 'curves': the experiment returned \\['runs'\\]"):
        made("deep", [0])["curves"]


def test_roles_are_played_by_other_arms_all_at_once():
    frame = pd.DataFrame({"seed": [0, 0, 0], "arm": ["a", "b", "c"], "x": [1, 2, 3]})
    tables = Tables({"runs": frame, "curves": frame})
    for cast, expected in (
        ({"a": "b"}, {"a": 2, "b": 2, "c": 3}),
        ({"a": "b", "b": "a"}, {"a": 2, "b": 1, "c": 3}),
        (dict.fromkeys("abc", "c"), {"a": 3, "b": 3, "c": 3}),
    ):
        for rows in recast(tables, cast).values():
            assert dict(zip(rows["arm"], rows["x"], strict=True)) == expected
    assert frame["x"].tolist() == [1, 2, 3]


def test_a_level_is_first_reached_at_the_first_measurement_there_and_past_the_last_where_there_is_none():
    values = np.array([[0.1, 0.5, 0.9], [0.1, 0.9, 0.5], [0.95, 0.2, 0.3], [0.1, 0.2, 0.89]])
    assert first_reached(0.9, values, np.array([0, 5, 10])).tolist() == [10, 5, 0, 11]
