from hw1.claims.sensitivity.batch_size import (
    along_the_decline_test_accuracy_falls,
    along_the_decline_training_loss_rises,
    at_equal_training_loss_sensitivity_rises,
    at_equal_updates_sensitivity_rises,
    past_the_best_batch_size_sensitivity_declines,
    past_the_best_batch_size_sensitivity_declines_at_equal_training_loss,
    past_the_best_batch_size_sensitivity_declines_at_equal_updates,
    scaling_the_learning_rate_turns_the_rise_around,
    training_on_undoes_the_decline,
)
from hw1.plugin import judges


@judges(past_the_best_batch_size_sensitivity_declines)
def test_past_the_best_batch_size_sensitivity_declines(verdict):
    """The coursework's claim, at equal epochs."""
    assert verdict.as_registered, str(verdict)


@judges(past_the_best_batch_size_sensitivity_declines_at_equal_updates)
def test_past_the_best_batch_size_sensitivity_declines_at_equal_updates(verdict):
    """The coursework's claim fails where all sizes make as many updates."""
    assert verdict.as_registered, str(verdict)


@judges(past_the_best_batch_size_sensitivity_declines_at_equal_training_loss)
def test_past_the_best_batch_size_sensitivity_declines_at_equal_training_loss(verdict):
    """The coursework's claim fails where all sizes have fitted as much."""
    assert verdict.as_registered, str(verdict)


@judges(along_the_decline_training_loss_rises)
def test_along_the_decline_training_loss_rises(verdict):
    """Large batches are trained less in as many epochs."""
    assert verdict.as_registered, str(verdict)


@judges(along_the_decline_test_accuracy_falls)
def test_along_the_decline_test_accuracy_falls(verdict):
    """And they are worse for it."""
    assert verdict.as_registered, str(verdict)


@judges(training_on_undoes_the_decline)
def test_training_on_undoes_the_decline(verdict):
    """The same nets with more updates are no longer insensitive."""
    assert verdict.as_registered, str(verdict)


@judges(at_equal_updates_sensitivity_rises)
def test_at_equal_updates_sensitivity_rises(verdict):
    """The sign turns with the budget."""
    assert verdict.as_registered, str(verdict)


@judges(at_equal_training_loss_sensitivity_rises)
def test_at_equal_training_loss_sensitivity_rises(verdict):
    """A little, at one learning rate for all."""
    assert verdict.as_registered, str(verdict)


@judges(scaling_the_learning_rate_turns_the_rise_around)
def test_scaling_the_learning_rate_turns_the_rise_around(verdict):
    """With a rate in proportion to the size."""
    assert verdict.as_registered, str(verdict)
