from hw1.claims.phenomena.few_bits import (
    a_step_for_each_unit_helps_a_wide_net_at_two_bits,
    eight_bits_are_free,
    four_bits_are_free_for_a_wide_net,
    three_bits_are_nearly_free_for_a_narrow_net,
    three_bits_are_nearly_free_for_a_wide_net,
    two_bits_ruin_a_wide_net,
)
from hw1.plugin import judges


@judges(eight_bits_are_free)
def test_eight_bits_are_free(verdict):
    """A byte for each weight is enough."""
    assert verdict.as_registered, str(verdict)


@judges(four_bits_are_free_for_a_wide_net)
def test_four_bits_are_free_for_a_wide_net(verdict):
    """Half a byte is, too, in a wide net."""
    assert verdict.as_registered, str(verdict)


@judges(three_bits_are_nearly_free_for_a_wide_net)
def test_three_bits_are_nearly_free_for_a_wide_net(verdict):
    """Errors of many weights average out."""
    assert verdict.as_registered, str(verdict)


@judges(three_bits_are_nearly_free_for_a_narrow_net)
def test_three_bits_are_nearly_free_for_a_narrow_net(verdict):
    """Those of few do not."""
    assert verdict.as_registered, str(verdict)


@judges(two_bits_ruin_a_wide_net)
def test_two_bits_ruin_a_wide_net(verdict):
    """Three values for each weight are too few."""
    assert verdict.as_registered, str(verdict)


@judges(a_step_for_each_unit_helps_a_wide_net_at_two_bits)
def test_a_step_for_each_unit_helps_a_wide_net_at_two_bits(verdict):
    """Each unit has a scale of its own."""
    assert verdict.as_registered, str(verdict)
