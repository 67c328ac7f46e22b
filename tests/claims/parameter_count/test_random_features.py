from hw1.claims.parameter_count.random_features import (
    error_peaks_where_features_equal_examples,
    many_features_beat_the_best_of_few,
    squared_test_loss_explodes_where_features_equal_examples,
)
from hw1.plugin import judges


@judges(error_peaks_where_features_equal_examples)
def test_error_peaks_where_features_equal_examples(verdict):
    """300 features for 300 examples are the worst choice."""
    assert verdict.as_registered, str(verdict)


@judges(squared_test_loss_explodes_where_features_equal_examples)
def test_squared_test_loss_explodes_where_features_equal_examples(verdict):
    """The peak is at the interpolation threshold."""
    assert verdict.as_registered, str(verdict)


@judges(many_features_beat_the_best_of_few)
def test_many_features_beat_the_best_of_few(verdict):
    """The second descent goes below the first."""
    assert verdict.as_registered, str(verdict)
