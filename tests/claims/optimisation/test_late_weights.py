from hw1.claims.optimisation.late_weights import (
    averaging_ends_with_a_lower_test_loss_than_decay,
    averaging_late_weights_raises_the_test_accuracy,
    decaying_a_large_rate_lowers_the_training_loss,
    decaying_a_small_rate_lowers_the_training_loss,
)
from hw1.plugin import judges


@judges(decaying_a_large_rate_lowers_the_training_loss)
def test_decaying_a_large_rate_lowers_the_training_loss(verdict):
    """A decay takes the noise of large steps away."""
    assert verdict.as_registered, str(verdict)


@judges(decaying_a_small_rate_lowers_the_training_loss)
def test_decaying_a_small_rate_lowers_the_training_loss(verdict):
    """Where there is little noise, it takes steps away."""
    assert verdict.as_registered, str(verdict)


@judges(averaging_late_weights_raises_the_test_accuracy)
def test_averaging_late_weights_raises_the_test_accuracy(verdict):
    """The mean of noisy weights is better than the last of them."""
    assert verdict.as_registered, str(verdict)


@judges(averaging_ends_with_a_lower_test_loss_than_decay)
def test_averaging_ends_with_a_lower_test_loss_than_decay(verdict):
    """It is better than a decay, too, in the test loss."""
    assert verdict.as_registered, str(verdict)
