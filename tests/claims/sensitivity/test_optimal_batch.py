from hw1.claims.sensitivity.optimal_batch import (
    accuracy_peaks_between_the_ends,
    past_an_optimum_between_the_ends_sensitivity_declines,
    sensitivity_peaks_at_an_optimum_between_the_ends,
    training_loss_is_least_at_an_optimum_between_the_ends,
)
from hw1.plugin import judges


@judges(accuracy_peaks_between_the_ends)
def test_accuracy_peaks_between_the_ends(verdict):
    """At a high rate the best size is no end of the range."""
    assert verdict.as_registered, str(verdict)


@judges(past_an_optimum_between_the_ends_sensitivity_declines)
def test_past_an_optimum_between_the_ends_sensitivity_declines(verdict):
    """The coursework's claim, with the optimum inside."""
    assert verdict.as_registered, str(verdict)


@judges(sensitivity_peaks_at_an_optimum_between_the_ends)
def test_sensitivity_peaks_at_an_optimum_between_the_ends(verdict):
    """And sensitivity has its peak there."""
    assert verdict.as_registered, str(verdict)


@judges(training_loss_is_least_at_an_optimum_between_the_ends)
def test_training_loss_is_least_at_an_optimum_between_the_ends(verdict):
    """So has the training."""
    assert verdict.as_registered, str(verdict)
