from hw1.claims.transfer_and_memory.movement import (
    a_narrow_net_is_nearly_linear_in_its_weights,
    a_wide_net_is_nearly_linear_in_its_weights,
    relative_movement_falls_with_the_width,
    relative_movement_falls_with_the_width_by_adam_too,
    wide_nets_stay_nearer_to_their_start_by_adam,
    wide_nets_stay_nearer_to_their_start_by_sgd,
)
from hw1.plugin import judges


@judges(relative_movement_falls_with_the_width)
def test_relative_movement_falls_with_the_width(verdict):
    """Each doubling of the width takes a share of the movement away."""
    assert verdict.as_registered, str(verdict)


@judges(relative_movement_falls_with_the_width_by_adam_too)
def test_relative_movement_falls_with_the_width_by_adam_too(verdict):
    """So it is with Adam."""
    assert verdict.as_registered, str(verdict)


@judges(wide_nets_stay_nearer_to_their_start_by_sgd)
def test_wide_nets_stay_nearer_to_their_start_by_sgd(verdict):
    """By SGD the whole distance is shorter for a wide net, too."""
    assert verdict.as_registered, str(verdict)


@judges(wide_nets_stay_nearer_to_their_start_by_adam)
def test_wide_nets_stay_nearer_to_their_start_by_adam(verdict):
    """By Adam a wide net goes farther."""
    assert verdict.as_registered, str(verdict)


@judges(a_wide_net_is_nearly_linear_in_its_weights)
def test_a_wide_net_is_nearly_linear_in_its_weights(verdict):
    """An expansion at the start foretells nearly all answers of 256 units."""
    assert verdict.as_registered, str(verdict)


@judges(a_narrow_net_is_nearly_linear_in_its_weights)
def test_a_narrow_net_is_nearly_linear_in_its_weights(verdict):
    """It foretells about half of those of 16 units."""
    assert verdict.as_registered, str(verdict)
