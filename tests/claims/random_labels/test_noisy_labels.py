from hw1.claims.random_labels.noisy_labels import (
    accuracy_on_true_labels_peaks_and_falls,
    clean_examples_are_fitted_before_mislabelled_ones,
)
from hw1.plugin import judges


@judges(clean_examples_are_fitted_before_mislabelled_ones)
def test_clean_examples_are_fitted_before_mislabelled_ones(verdict):
    """Rightly labelled examples come first."""
    assert verdict.as_registered, str(verdict)


@judges(accuracy_on_true_labels_peaks_and_falls)
def test_accuracy_on_true_labels_peaks_and_falls(verdict):
    """What was learned of the true classes is lost again while wrong labels are memorised."""
    assert verdict.as_registered, str(verdict)
