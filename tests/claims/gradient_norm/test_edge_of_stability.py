from hw1.claims.gradient_norm.edge_of_stability import (
    a_larger_rate_settles_at_a_lower_sharpness,
    at_the_edge_the_loss_rises_in_single_updates_and_falls_in_the_long_run,
    sharpness_settles_at_two_over_the_rate,
    training_sharpens_until_the_edge,
)
from hw1.plugin import judges


@judges(sharpness_settles_at_two_over_the_rate)
def test_sharpness_settles_at_two_over_the_rate(verdict):
    """Within 5 % of 2 / rate."""
    assert verdict.as_registered, str(verdict)


@judges(a_larger_rate_settles_at_a_lower_sharpness)
def test_a_larger_rate_settles_at_a_lower_sharpness(verdict):
    """The sharpness follows the rate."""
    assert verdict.as_registered, str(verdict)


@judges(training_sharpens_until_the_edge)
def test_training_sharpens_until_the_edge(verdict):
    """At least doubled on the way."""
    assert verdict.as_registered, str(verdict)


@judges(at_the_edge_the_loss_rises_in_single_updates_and_falls_in_the_long_run)
def test_at_the_edge_the_loss_rises_in_single_updates_and_falls_in_the_long_run(verdict):
    """One update in ten raises a loss that halves."""
    assert verdict.as_registered, str(verdict)
