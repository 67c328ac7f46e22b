from hw1.claims.gradient_norm.sharpness_and_batch import (
    keskars_measure_falls_where_the_eigenvalue_rises,
    random_points_of_the_box_miss_most_of_the_rise,
    sharpness_grows_with_batch_size_at_equal_epochs,
    sharpness_grows_with_batch_size_at_equal_updates,
    sharpness_peaks_at_a_middle_batch_size_at_equal_epochs,
)
from hw1.plugin import judges


@judges(sharpness_grows_with_batch_size_at_equal_epochs)
def test_sharpness_grows_with_batch_size_at_equal_epochs(verdict):
    """The largest batch has not been trained long enough to be sharp."""
    assert verdict.as_registered, str(verdict)


@judges(sharpness_peaks_at_a_middle_batch_size_at_equal_epochs)
def test_sharpness_peaks_at_a_middle_batch_size_at_equal_epochs(verdict):
    """Between too much noise and too few updates."""
    assert verdict.as_registered, str(verdict)


@judges(sharpness_grows_with_batch_size_at_equal_updates)
def test_sharpness_grows_with_batch_size_at_equal_updates(verdict):
    """With as many updates, larger batches are sharper."""
    assert verdict.as_registered, str(verdict)


@judges(keskars_measure_falls_where_the_eigenvalue_rises)
def test_keskars_measure_falls_where_the_eigenvalue_rises(verdict):
    """Two measures of sharpness, two answers."""
    assert verdict.as_registered, str(verdict)


@judges(random_points_of_the_box_miss_most_of_the_rise)
def test_random_points_of_the_box_miss_most_of_the_rise(verdict):
    """Ascent finds at least five times as much."""
    assert verdict.as_registered, str(verdict)
