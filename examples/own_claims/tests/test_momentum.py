"""One test for each claim: the sentence that is asserted is the claim's own."""

from course_claims.optimisation.momentum import (
    momentum_needs_fewer_updates,
    with_momentum_the_loss_falls_with_every_update,
)

from hw1.plugin import judges


@judges(momentum_needs_fewer_updates)
def test_momentum_needs_fewer_updates(verdict):
    """The heavy ball is there in a third of the time."""
    assert verdict.as_registered, str(verdict)


@judges(with_momentum_the_loss_falls_with_every_update)
def test_with_momentum_the_loss_falls_with_every_update(verdict):
    """It does not: it overshoots."""
    assert verdict.as_registered, str(verdict)
