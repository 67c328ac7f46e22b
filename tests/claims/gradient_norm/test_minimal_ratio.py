from hw1.claims.gradient_norm.minimal_ratio import (
    minimising_the_gradient_of_an_untrained_net_ends_at_a_saddle,
    the_minimal_ratio_falls_with_the_loss_among_trained_nets,
    the_minimal_ratio_falls_with_the_loss_over_stages_of_training,
)
from hw1.plugin import judges


@judges(the_minimal_ratio_falls_with_the_loss_among_trained_nets)
def test_the_minimal_ratio_falls_with_the_loss_among_trained_nets(verdict):
    """Not among nets that were trained alike."""
    assert verdict.as_registered, str(verdict)


@judges(the_minimal_ratio_falls_with_the_loss_over_stages_of_training)
def test_the_minimal_ratio_falls_with_the_loss_over_stages_of_training(verdict):
    """From untrained to trained nets it does."""
    assert verdict.as_registered, str(verdict)


@judges(minimising_the_gradient_of_an_untrained_net_ends_at_a_saddle)
def test_minimising_the_gradient_of_an_untrained_net_ends_at_a_saddle(verdict):
    """More than a quarter of the curvature is negative there."""
    assert verdict.as_registered, str(verdict)
