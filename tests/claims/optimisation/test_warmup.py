from hw1.claims.optimisation.warmup import (
    at_a_large_rate_warm_up_lowers_the_training_loss,
    warm_up_lowers_the_training_loss,
)
from hw1.plugin import judges


@judges(warm_up_lowers_the_training_loss)
def test_warm_up_lowers_the_training_loss(verdict):
    """At a moderate rate warm-up does not help."""
    assert verdict.as_registered, str(verdict)


@judges(at_a_large_rate_warm_up_lowers_the_training_loss)
def test_at_a_large_rate_warm_up_lowers_the_training_loss(verdict):
    """At a large rate it does."""
    assert verdict.as_registered, str(verdict)
