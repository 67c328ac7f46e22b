from hw1.claims.interpolation.batch_and_rate import (
    a_barrier_separates_high_and_low_rates,
    a_barrier_separates_small_and_large_batches,
    small_batches_have_the_lower_training_loss_at_equal_epochs,
    the_line_is_flatter_beyond_the_small_batch,
    the_same_start_lowers_the_barrier_between_batches,
    the_small_batch_side_is_flatter_at_equal_epochs,
    the_small_batch_side_is_flatter_at_equal_updates,
)
from hw1.plugin import judges


@judges(a_barrier_separates_small_and_large_batches)
def test_a_barrier_separates_small_and_large_batches(verdict):
    """The middle is worse than both."""
    assert verdict.as_registered, str(verdict)


@judges(a_barrier_separates_high_and_low_rates)
def test_a_barrier_separates_high_and_low_rates(verdict):
    """The middle is worse than both."""
    assert verdict.as_registered, str(verdict)


@judges(the_same_start_lowers_the_barrier_between_batches)
def test_the_same_start_lowers_the_barrier_between_batches(verdict):
    """To a fifth at least."""
    assert verdict.as_registered, str(verdict)


@judges(small_batches_have_the_lower_training_loss_at_equal_epochs)
def test_small_batches_have_the_lower_training_loss_at_equal_epochs(verdict):
    """More updates in an epoch."""
    assert verdict.as_registered, str(verdict)


@judges(the_small_batch_side_is_flatter_at_equal_epochs)
def test_the_small_batch_side_is_flatter_at_equal_epochs(verdict):
    """At distances relative to the weights."""
    assert verdict.as_registered, str(verdict)


@judges(the_small_batch_side_is_flatter_at_equal_updates)
def test_the_small_batch_side_is_flatter_at_equal_updates(verdict):
    """Not for having had more updates."""
    assert verdict.as_registered, str(verdict)


@judges(the_line_is_flatter_beyond_the_small_batch)
def test_the_line_is_flatter_beyond_the_small_batch(verdict):
    """On the line itself, too."""
    assert verdict.as_registered, str(verdict)
