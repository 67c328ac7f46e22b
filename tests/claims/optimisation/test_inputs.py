from hw1.claims.optimisation.inputs import (
    standardised_inputs_are_more_accurate_than_bytes,
    standardised_inputs_are_more_accurate_than_pixels,
    standardised_inputs_bear_a_rate_that_pixels_do_not,
    standardised_inputs_train_faster_at_a_small_rate,
)
from hw1.plugin import judges


@judges(standardised_inputs_train_faster_at_a_small_rate)
def test_standardised_inputs_train_faster_at_a_small_rate(verdict):
    """Raw pixels act like a larger rate, and train faster at a small one."""
    assert verdict.as_registered, str(verdict)


@judges(standardised_inputs_bear_a_rate_that_pixels_do_not)
def test_standardised_inputs_bear_a_rate_that_pixels_do_not(verdict):
    """At a large rate raw pixels kill a net."""
    assert verdict.as_registered, str(verdict)


@judges(standardised_inputs_are_more_accurate_than_pixels)
def test_standardised_inputs_are_more_accurate_than_pixels(verdict):
    """At a rate that suits it a net on raw pixels is as accurate."""
    assert verdict.as_registered, str(verdict)


@judges(standardised_inputs_are_more_accurate_than_bytes)
def test_standardised_inputs_are_more_accurate_than_bytes(verdict):
    """Numbers up to 255 cost accuracy at any rate that was tried."""
    assert verdict.as_registered, str(verdict)
