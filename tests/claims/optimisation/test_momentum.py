from hw1.claims.optimisation.momentum import (
    at_large_rates_momentum_is_more_than_a_larger_rate,
    at_the_same_rate_momentum_speeds_sgd_up,
    momentum_is_more_than_a_larger_rate,
    ten_times_the_rate_does_what_momentum_does,
)
from hw1.plugin import judges


@judges(at_the_same_rate_momentum_speeds_sgd_up)
def test_at_the_same_rate_momentum_speeds_sgd_up(verdict):
    """At one rate, momentum is much faster."""
    assert verdict.as_registered, str(verdict)


@judges(momentum_is_more_than_a_larger_rate)
def test_momentum_is_more_than_a_larger_rate(verdict):
    """It is not faster than the rate that it amounts to."""
    assert verdict.as_registered, str(verdict)


@judges(ten_times_the_rate_does_what_momentum_does)
def test_ten_times_the_rate_does_what_momentum_does(verdict):
    """At small rates the two are alike."""
    assert verdict.as_registered, str(verdict)


@judges(at_large_rates_momentum_is_more_than_a_larger_rate)
def test_at_large_rates_momentum_is_more_than_a_larger_rate(verdict):
    """Near the largest rates momentum still trains where plain steps fail."""
    assert verdict.as_registered, str(verdict)
