from hw1.claims.image_classifier.regularisation import (
    dropout_narrows_the_gap,
    weight_decay_narrows_the_gap_in_loss,
    weight_decay_shrinks_the_weights,
)
from hw1.plugin import judges


@judges(dropout_narrows_the_gap)
def test_dropout_narrows_the_gap(verdict):
    """Half of the inputs left out."""
    assert verdict.as_registered, str(verdict)


@judges(weight_decay_shrinks_the_weights)
def test_weight_decay_shrinks_the_weights(verdict):
    """The norm falls."""
    assert verdict.as_registered, str(verdict)


@judges(weight_decay_narrows_the_gap_in_loss)
def test_weight_decay_narrows_the_gap_in_loss(verdict):
    """So does the gap between test and training loss."""
    assert verdict.as_registered, str(verdict)
