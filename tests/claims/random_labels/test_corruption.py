from hw1.claims.random_labels.corruption import (
    each_step_of_corruption_lowers_test_accuracy,
    random_labels_leave_test_accuracy_at_chance,
    random_labels_raise_the_test_loss_above_uniform_guessing,
    random_labels_take_longer_to_fit,
)
from hw1.plugin import judges


@judges(random_labels_leave_test_accuracy_at_chance)
def test_random_labels_leave_test_accuracy_at_chance(verdict):
    """Random labels teach nothing about test examples."""
    assert verdict.as_registered, str(verdict)


@judges(random_labels_raise_the_test_loss_above_uniform_guessing)
def test_random_labels_raise_the_test_loss_above_uniform_guessing(verdict):
    """A net that remembers random labels is sure of wrong answers."""
    assert verdict.as_registered, str(verdict)


@judges(random_labels_take_longer_to_fit)
def test_random_labels_take_longer_to_fit(verdict):
    """Random labels are fitted later than true ones, on data that are hard anyhow."""
    assert verdict.as_registered, str(verdict)


@judges(each_step_of_corruption_lowers_test_accuracy)
def test_each_step_of_corruption_lowers_test_accuracy(verdict):
    """Each further fifth of random labels costs test accuracy."""
    assert verdict.as_registered, str(verdict)
