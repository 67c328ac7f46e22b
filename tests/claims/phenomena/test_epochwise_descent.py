from hw1.claims.phenomena.epochwise_descent import (
    on_features_of_two_scales_the_test_error_descends_twice,
    steps_scaled_to_the_features_improve_early_stopping,
    steps_scaled_to_the_features_remove_the_second_descent,
    stopping_at_the_first_rise_misses_the_second_descent,
    with_wrong_labels_the_test_error_descends_twice,
    with_wrong_labels_training_on_costs,
)
from hw1.plugin import judges


@judges(on_features_of_two_scales_the_test_error_descends_twice)
def test_on_features_of_two_scales_the_test_error_descends_twice(verdict):
    """Each scale has a fall and a rise of its own."""
    assert verdict.as_registered, str(verdict)


@judges(steps_scaled_to_the_features_remove_the_second_descent)
def test_steps_scaled_to_the_features_remove_the_second_descent(verdict):
    """What is learned at one time has one fall and one rise."""
    assert verdict.as_registered, str(verdict)


@judges(steps_scaled_to_the_features_improve_early_stopping)
def test_steps_scaled_to_the_features_improve_early_stopping(verdict):
    """There is one best time for all features."""
    assert verdict.as_registered, str(verdict)


@judges(stopping_at_the_first_rise_misses_the_second_descent)
def test_stopping_at_the_first_rise_misses_the_second_descent(verdict):
    """Where the error descends twice, the first rise is not the end."""
    assert verdict.as_registered, str(verdict)


@judges(with_wrong_labels_the_test_error_descends_twice)
def test_with_wrong_labels_the_test_error_descends_twice(verdict):
    """A small net on digits shows no second descent."""
    assert verdict.as_registered, str(verdict)


@judges(with_wrong_labels_training_on_costs)
def test_with_wrong_labels_training_on_costs(verdict):
    """Where the error does not descend twice, the first rise is the end."""
    assert verdict.as_registered, str(verdict)
