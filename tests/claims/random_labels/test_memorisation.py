from hw1.claims.random_labels.memorisation import (
    random_labels_are_memorised,
    random_labels_take_at_most_three_and_a_half_times_as_long,
    random_pixels_are_fitted_sooner_than_random_labels,
    random_pixels_are_memorised,
    shuffled_pixels_change_nothing_for_a_dense_net,
)
from hw1.plugin import judges


@judges(random_labels_are_memorised)
def test_random_labels_are_memorised(verdict):
    """9,610 parameters remember 500 random labels."""
    assert verdict.as_registered, str(verdict)


@judges(random_pixels_are_memorised)
def test_random_pixels_are_memorised(verdict):
    """The same net remembers the labels of 500 images of random pixels."""
    assert verdict.as_registered, str(verdict)


@judges(random_pixels_are_fitted_sooner_than_random_labels)
def test_random_pixels_are_fitted_sooner_than_random_labels(verdict):
    """Random pixels are told apart sooner than like images with unlike labels."""
    assert verdict.as_registered, str(verdict)


@judges(shuffled_pixels_change_nothing_for_a_dense_net)
def test_shuffled_pixels_change_nothing_for_a_dense_net(verdict):
    """A dense net does not know which pixels are neighbours."""
    assert verdict.as_registered, str(verdict)


@judges(random_labels_take_at_most_three_and_a_half_times_as_long)
def test_random_labels_take_at_most_three_and_a_half_times_as_long(verdict):
    """On easy digits random labels take seven times as long, more than published."""
    assert verdict.as_registered, str(verdict)
