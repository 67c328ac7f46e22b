from hw1.claims.sensitivity.artefacts import (
    differentiating_a_batch_mean_divides_by_its_size,
    sensitivity_peaks_where_the_last_minibatchs_gradient_does,
    the_input_gradient_at_training_points_peaks,
    the_last_minibatchs_gradient_peaks,
)
from hw1.plugin import judges


@judges(differentiating_a_batch_mean_divides_by_its_size)
def test_differentiating_a_batch_mean_divides_by_its_size(verdict):
    """Exactly, and without any training."""
    assert verdict.as_registered, str(verdict)


@judges(the_last_minibatchs_gradient_peaks)
def test_the_last_minibatchs_gradient_peaks(verdict):
    """The peak in the reports."""
    assert verdict.as_registered, str(verdict)


@judges(the_input_gradient_at_training_points_peaks)
def test_the_input_gradient_at_training_points_peaks(verdict):
    """Another peak, of fitted points."""
    assert verdict.as_registered, str(verdict)


@judges(sensitivity_peaks_where_the_last_minibatchs_gradient_does)
def test_sensitivity_peaks_where_the_last_minibatchs_gradient_does(verdict):
    """It does not."""
    assert verdict.as_registered, str(verdict)
