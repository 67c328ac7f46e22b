from hw1.claims.gradient_norm.norms import (
    at_a_constant_rate_the_minibatch_norm_settles_at_a_floor,
    decaying_the_rate_lowers_the_floor,
    the_norm_falls_with_the_loss_whatever_the_training,
    the_norm_rises_before_it_falls,
    the_norm_vanishes_where_training_interpolates,
)
from hw1.plugin import judges


@judges(the_norm_falls_with_the_loss_whatever_the_training)
def test_the_norm_falls_with_the_loss_whatever_the_training(verdict):
    """Under SGD at a constant rate the norm rises while the loss falls."""
    assert verdict.as_registered, str(verdict)


@judges(the_norm_vanishes_where_training_interpolates)
def test_the_norm_vanishes_where_training_interpolates(verdict):
    """Below a hundredth of its largest value where the loss goes to 0."""
    assert verdict.as_registered, str(verdict)


@judges(at_a_constant_rate_the_minibatch_norm_settles_at_a_floor)
def test_at_a_constant_rate_the_minibatch_norm_settles_at_a_floor(verdict):
    """The last two quarters have the same mean norm."""
    assert verdict.as_registered, str(verdict)


@judges(decaying_the_rate_lowers_the_floor)
def test_decaying_the_rate_lowers_the_floor(verdict):
    """The full gradient ends at less than half of that at a constant rate."""
    assert verdict.as_registered, str(verdict)


@judges(the_norm_rises_before_it_falls)
def test_the_norm_rises_before_it_falls(verdict):
    """A tenth of the training after the start it is higher than there, and it ends near 0."""
    assert verdict.as_registered, str(verdict)
