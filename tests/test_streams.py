"""Named streams: the same numbers for the same key, others for any other key."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw1.streams import members_of, stream, streams_of, streams_of_members

KEYS = st.lists(st.one_of(st.text(max_size=4), st.integers(-20, 2**70)), min_size=1, max_size=4).map(tuple)


def typed(key):
    return tuple((type(part), part) for part in key)


def test_the_numbers_of_a_key_are_frozen():
    """Measured once; a change here changes every result of the project."""
    numbers = stream("deep_vs_shallow", 1, 1007, "init").integers(2**32, size=3)
    assert numbers.tolist() == [2840349783, 1350401659, 1384355804]


@given(KEYS, KEYS)
def test_streams_are_equal_exactly_when_keys_are(one, other):
    """Two of 2**128 different keys would have to collide for this to fail by chance."""
    same = np.array_equal(stream(*one).integers(2**62, size=2), stream(*other).integers(2**62, size=2))
    assert same == (typed(one) == typed(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "bc"), ("ab", "c")),
        ((1,), ("1",)),
        (("a",), ("a", "")),
        ((1, 2), (12,)),
        (("s1:a",), ("a",)),
        ((-1,), (1,)),
    ],
)
def test_types_and_borders_count(one, other):
    assert stream(*one).random() != stream(*other).random()


def test_numpy_integers_name_the_same_stream():
    assert stream("a", np.int64(7)).random() == stream("a", 7).random()


def test_neighbouring_seeds_are_uncorrelated():
    """Largest of 190 correlations of 4,000 normals: sd 0.016 each, so 0.08 is five of them."""
    draws = np.array([stream("experiment", 1, seed, "init").standard_normal(4000) for seed in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 0.08


@pytest.mark.parametrize("part", [1.0, None, True, np.float64(2), b"a", ("a",)])
def test_parts_without_one_spelling_are_refused(part):
    with pytest.raises(TypeError, match=r"has no unique text form.*Use text and integers only"):
        stream("a", part)


def test_an_empty_key_is_refused():
    with pytest.raises(ValueError, match="Use stream\\(experiment, revision, seed, purpose\\)"):
        stream()


def test_the_streams_of_an_experiment_have_its_name_and_revision():
    module = ModuleType("mine.family.experiment")
    exec("REVISION = 3\ndef run():\n    pass\n", vars(module))
    draw = streams_of(module.run)
    assert draw(7, "init").random() == stream("experiment", 3, 7, "init").random()
    assert draw(7, "init", 2).random() == stream("experiment", 3, 7, "init", 2).random()
    module.REVISION = 4
    assert streams_of(module.run)(7, "init").random() == stream("experiment", 4, 7, "init").random()


def test_members_of_a_seed_stand_in_a_row_and_have_streams_of_their_own():
    nets = members_of([7, 9], 2)
    assert nets == [(7, 0), (7, 1), (9, 0), (9, 1)]
    draw = streams_of_members(lambda seed, *purpose: stream("experiment", 1, seed, *purpose))
    drawn = [draw(net, "init").random() for net in nets]
    assert drawn == [stream("experiment", 1, seed, "init", member).random() for seed, member in nets]
    assert len(set(drawn)) == 4
    with pytest.raises(ValueError, match="0 members are no net"):
        members_of([7], 0)
