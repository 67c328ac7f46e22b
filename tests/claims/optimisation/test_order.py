from hw1.claims.optimisation.order import (
    a_new_order_in_each_epoch_speeds_training,
    drawing_with_replacement_slows_training,
    examples_sorted_by_class_ruin_training,
    examples_sorted_by_class_slow_training_at_a_small_rate,
)
from hw1.plugin import judges


@judges(a_new_order_in_each_epoch_speeds_training)
def test_a_new_order_in_each_epoch_speeds_training(verdict):
    """One order for all epochs is hardly worse."""
    assert verdict.as_registered, str(verdict)


@judges(drawing_with_replacement_slows_training)
def test_drawing_with_replacement_slows_training(verdict):
    """Neither is drawing with replacement."""
    assert verdict.as_registered, str(verdict)


@judges(examples_sorted_by_class_ruin_training)
def test_examples_sorted_by_class_ruin_training(verdict):
    """Sorted examples are much worse at a large rate."""
    assert verdict.as_registered, str(verdict)


@judges(examples_sorted_by_class_slow_training_at_a_small_rate)
def test_examples_sorted_by_class_slow_training_at_a_small_rate(verdict):
    """At a small rate they are not."""
    assert verdict.as_registered, str(verdict)
