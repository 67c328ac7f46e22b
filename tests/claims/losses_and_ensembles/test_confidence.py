from hw1.claims.losses_and_ensembles.confidence import (
    label_smoothing_lowers_over_confidence,
    label_smoothing_makes_nets_under_confident_on_digits,
    one_temperature_repairs_over_confidence,
    over_confidence_comes_with_training,
    trained_nets_are_over_confident,
    wide_nets_are_more_over_confident,
    wide_nets_are_more_over_confident_on_digits,
)
from hw1.plugin import judges


@judges(trained_nets_are_over_confident)
def test_trained_nets_are_over_confident(verdict):
    """After training a net is surer than it is right."""
    assert verdict.as_registered, str(verdict)


@judges(over_confidence_comes_with_training)
def test_over_confidence_comes_with_training(verdict):
    """Early in training it is not."""
    assert verdict.as_registered, str(verdict)


@judges(wide_nets_are_more_over_confident)
def test_wide_nets_are_more_over_confident(verdict):
    """A wide net has fitted its labels sooner and is surer of wrong answers."""
    assert verdict.as_registered, str(verdict)


@judges(wide_nets_are_more_over_confident_on_digits)
def test_wide_nets_are_more_over_confident_on_digits(verdict):
    """Where both nets have fitted everything the width does not matter."""
    assert verdict.as_registered, str(verdict)


@judges(one_temperature_repairs_over_confidence)
def test_one_temperature_repairs_over_confidence(verdict):
    """One number makes a net as sure as it is right."""
    assert verdict.as_registered, str(verdict)


@judges(label_smoothing_lowers_over_confidence)
def test_label_smoothing_lowers_over_confidence(verdict):
    """Smoothed labels make a net less sure."""
    assert verdict.as_registered, str(verdict)


@judges(label_smoothing_makes_nets_under_confident_on_digits)
def test_label_smoothing_makes_nets_under_confident_on_digits(verdict):
    """Where a net was right about itself, smoothing makes it too modest."""
    assert verdict.as_registered, str(verdict)
