from hw1.claims.random_labels.restraints import (
    fewer_parameters_than_labels_do_not_memorise,
    large_weight_decay_prevents_memorising,
    moderate_weight_decay_does_not_prevent_memorising,
    weight_decay_that_prevents_memorising_leaves_true_labels_learnable,
)
from hw1.plugin import judges


@judges(fewer_parameters_than_labels_do_not_memorise)
def test_fewer_parameters_than_labels_do_not_memorise(verdict):
    """460 parameters do not remember 500 random labels."""
    assert verdict.as_registered, str(verdict)


@judges(moderate_weight_decay_does_not_prevent_memorising)
def test_moderate_weight_decay_does_not_prevent_memorising(verdict):
    """Weight decay of 0.0005 leaves random labels memorised."""
    assert verdict.as_registered, str(verdict)


@judges(large_weight_decay_prevents_memorising)
def test_large_weight_decay_prevents_memorising(verdict):
    """Weight decay of 0.02 does not."""
    assert verdict.as_registered, str(verdict)


@judges(weight_decay_that_prevents_memorising_leaves_true_labels_learnable)
def test_weight_decay_that_prevents_memorising_leaves_true_labels_learnable(verdict):
    """The same weight decay lets true labels be learned."""
    assert verdict.as_registered, str(verdict)
