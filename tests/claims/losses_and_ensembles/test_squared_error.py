from hw1.claims.losses_and_ensembles.squared_error import (
    at_one_rate_of_sgd_cross_entropy_classifies_better,
    classification_needs_cross_entropy,
    squared_error_classifies_digits_better,
)
from hw1.plugin import judges


@judges(classification_needs_cross_entropy)
def test_classification_needs_cross_entropy(verdict):
    """Squared error does as well with Adam, and better."""
    assert verdict.as_registered, str(verdict)


@judges(squared_error_classifies_digits_better)
def test_squared_error_classifies_digits_better(verdict):
    """Squared error is no worse a loss for classes."""
    assert verdict.as_registered, str(verdict)


@judges(at_one_rate_of_sgd_cross_entropy_classifies_better)
def test_at_one_rate_of_sgd_cross_entropy_classifies_better(verdict):
    """The mean over ten outputs has small gradients, which SGD does not make up for."""
    assert verdict.as_registered, str(verdict)
