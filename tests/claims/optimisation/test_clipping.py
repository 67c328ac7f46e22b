from hw1.claims.optimisation.clipping import (
    clipping_lowers_the_training_loss,
    clipping_makes_a_large_rate_usable,
    clipping_tightly_slows_training_at_a_moderate_rate,
)
from hw1.plugin import judges


@judges(clipping_lowers_the_training_loss)
def test_clipping_lowers_the_training_loss(verdict):
    """At a moderate rate clipping does not help."""
    assert verdict.as_registered, str(verdict)


@judges(clipping_tightly_slows_training_at_a_moderate_rate)
def test_clipping_tightly_slows_training_at_a_moderate_rate(verdict):
    """Tight clipping costs steps."""
    assert verdict.as_registered, str(verdict)


@judges(clipping_makes_a_large_rate_usable)
def test_clipping_makes_a_large_rate_usable(verdict):
    """Where plain SGD stays at chance, clipped SGD learns."""
    assert verdict.as_registered, str(verdict)
