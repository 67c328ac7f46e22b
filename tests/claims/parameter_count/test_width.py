from hw1.claims.parameter_count.width import (
    accuracy_does_not_fall_with_parameters,
    accuracy_saturates,
    the_loss_gap_grows_with_parameters,
    training_loss_falls_with_parameters,
)
from hw1.plugin import judges


@judges(training_loss_falls_with_parameters)
def test_training_loss_falls_with_parameters(verdict):
    """With every doubling of the width."""
    assert verdict.as_registered, str(verdict)


@judges(accuracy_does_not_fall_with_parameters)
def test_accuracy_does_not_fall_with_parameters(verdict):
    """Three decades of parameters, and no overfitting in accuracy."""
    assert verdict.as_registered, str(verdict)


@judges(the_loss_gap_grows_with_parameters)
def test_the_loss_gap_grows_with_parameters(verdict):
    """Overfitting in loss, with every doubling."""
    assert verdict.as_registered, str(verdict)


@judges(accuracy_saturates)
def test_accuracy_saturates(verdict):
    """The last doublings gain less than the first."""
    assert verdict.as_registered, str(verdict)
