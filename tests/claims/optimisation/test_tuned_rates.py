from hw1.claims.optimisation.tuned_rates import (
    an_optimizer_tuned_twice_is_as_accurate,
    at_a_large_rate_sgd_is_more_accurate,
    at_a_small_rate_adam_is_more_accurate,
    sgd_generalises_better_than_adam,
)
from hw1.plugin import judges


@judges(sgd_generalises_better_than_adam)
def test_sgd_generalises_better_than_adam(verdict):
    """Each at its own best rate, SGD is not better."""
    assert verdict.as_registered, str(verdict)


@judges(an_optimizer_tuned_twice_is_as_accurate)
def test_an_optimizer_tuned_twice_is_as_accurate(verdict):
    """The null: one optimizer under two names."""
    assert verdict.as_registered, str(verdict)


@judges(at_a_small_rate_adam_is_more_accurate)
def test_at_a_small_rate_adam_is_more_accurate(verdict):
    """At one rate that is small, Adam wins."""
    assert verdict.as_registered, str(verdict)


@judges(at_a_large_rate_sgd_is_more_accurate)
def test_at_a_large_rate_sgd_is_more_accurate(verdict):
    """At one rate that is large, SGD does."""
    assert verdict.as_registered, str(verdict)
