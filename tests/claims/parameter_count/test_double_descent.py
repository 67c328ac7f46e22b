from hw1.claims.parameter_count.double_descent import (
    error_peaks_at_the_interpolation_threshold,
    error_peaks_without_wrong_labels,
    loss_peaks_at_the_interpolation_threshold,
    loss_peaks_without_wrong_labels,
)
from hw1.plugin import judges


@judges(loss_peaks_at_the_interpolation_threshold)
def test_loss_peaks_at_the_interpolation_threshold(verdict):
    """15 % of wrong labels make a peak in the loss."""
    assert verdict.as_registered, str(verdict)


@judges(loss_peaks_without_wrong_labels)
def test_loss_peaks_without_wrong_labels(verdict):
    """True labels make one, too, on data that are hard to classify."""
    assert verdict.as_registered, str(verdict)


@judges(error_peaks_at_the_interpolation_threshold)
def test_error_peaks_at_the_interpolation_threshold(verdict):
    """And in the error."""
    assert verdict.as_registered, str(verdict)


@judges(error_peaks_without_wrong_labels)
def test_error_peaks_without_wrong_labels(verdict):
    """No wrong labels, no peak: refuted."""
    assert verdict.as_registered, str(verdict)
