from hw1.claims.losses_and_ensembles.class_weights import (
    early_in_training_class_weights_cost_the_common_classes,
    early_in_training_class_weights_halve_the_gap,
    late_in_training_class_weights_halve_the_gap,
)
from hw1.plugin import judges


@judges(early_in_training_class_weights_halve_the_gap)
def test_early_in_training_class_weights_halve_the_gap(verdict):
    """Weights make rare classes known sooner."""
    assert verdict.as_registered, str(verdict)


@judges(late_in_training_class_weights_halve_the_gap)
def test_late_in_training_class_weights_halve_the_gap(verdict):
    """They do not make them known better once everything is fitted."""
    assert verdict.as_registered, str(verdict)


@judges(early_in_training_class_weights_cost_the_common_classes)
def test_early_in_training_class_weights_cost_the_common_classes(verdict):
    """What rare classes gain early, common ones pay for."""
    assert verdict.as_registered, str(verdict)
