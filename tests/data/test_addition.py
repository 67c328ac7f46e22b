"""Sums modulo a number as a data set."""

import numpy as np
import pytest

from hw1.data import SHAPES, addition, number_of_classes, problem
from hw1.data.addition import modulus_of
from hw1.data.own import OwnExamples
from hw1.replaced import Replacements, replacing
from hw1.streams import stream


def split(seed=1, modulus=7, train=25, test=24):
    return addition(stream("addition", seed), modulus=modulus, train=train, test=test)


def decoded(x, modulus):
    """The two numbers of each row; every half of a row has a single 1."""
    halves = x.reshape(len(x), 2, modulus)
    np.testing.assert_array_equal(halves.sum(2), 1)
    assert set(np.unique(x)) == {0, 1}
    return halves.argmax(2).T


def test_the_class_of_a_pair_is_its_sum_and_all_pairs_are_there_once():
    """Oracle: a table of the group, made by turning a row of it."""
    made = split()
    table = [np.roll(np.arange(7), -a) for a in range(7)]
    x, y = np.concatenate([made.x_train, made.x_test]), np.concatenate([made.y_train, made.y_test])
    a, b = decoded(x, 7)
    assert sorted(zip(a.tolist(), b.tolist(), strict=True)) == [(i, j) for i in range(7) for j in range(7)]
    assert y.tolist() == [table[i][j] for i, j in zip(a, b, strict=True)]


def test_shapes_and_types_are_as_promised():
    made = split(modulus=5, train=10, test=8)
    assert (made.x_train.shape, made.x_test.shape, made.classes) == ((10, 10), (8, 10), 5)
    assert {made.x_train.dtype, made.x_test.dtype} == {np.dtype(np.float32)}
    assert {made.y_train.dtype, made.y_test.dtype} == {np.dtype(np.int64)}


def test_each_seed_has_its_own_pairs_in_training():
    one, again, other = split(1), split(1), split(2)
    np.testing.assert_array_equal(one.x_train, again.x_train)
    assert not np.array_equal(one.x_train, other.x_train)


def test_a_setting_can_name_it_with_any_modulus():
    made = problem("addition_mod_11", train=60, test=61, rngs=[stream("addition", 1)])
    alone = split(1, 11, 60, 61)
    for part in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(made, part)[0], getattr(alone, part))
    assert SHAPES["addition_mod_11"] == (1, 1, 22)
    assert number_of_classes("addition_mod_11") == 11
    assert number_of_classes("digits") == 10


def test_data_of_ones_own_have_ten_classes_in_its_place():
    own = Replacements(data=OwnExamples(np.arange(8.0).reshape(4, 2), [0, 1, 0, 1]))
    with replacing(own, "arm"):
        assert number_of_classes("addition_mod_11") == 10


@pytest.mark.parametrize("name", ["addition_mod_1", "addition_mod_0", "addition_mod_", "addition_mod_07", "addition"])
def test_other_names_are_refused(name):
    assert modulus_of(name) is None
    for refuse in (SHAPES.__getitem__, number_of_classes):
        with pytest.raises(ValueError, match=f"data='{name}' is unknown. Use one of .*, addition_mod_23"):
            refuse(name)


@pytest.mark.parametrize(("train", "test"), [(26, 24), (0, 10), (10, 0)])
def test_more_pairs_than_there_are_are_refused(train, test):
    with pytest.raises(ValueError, match=f"{train} training and {test} test pairs cannot be drawn from 49"):
        split(train=train, test=test)


def test_a_modulus_of_one_is_refused():
    with pytest.raises(ValueError, match="Sums modulo 1 are all the same"):
        split(modulus=1)
