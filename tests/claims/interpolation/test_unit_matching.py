from hw1.claims.interpolation.unit_matching import (
    matched_narrow_nets_are_connected,
    matched_wide_nets_are_connected,
    matching_is_nearer_for_wide_nets,
    matching_units_halves_the_barrier,
    matching_units_lowers_the_barrier,
)
from hw1.plugin import judges


@judges(matching_units_lowers_the_barrier)
def test_matching_units_lowers_the_barrier(verdict):
    """To a tenth at least."""
    assert verdict.as_registered, str(verdict)


@judges(matched_wide_nets_are_connected)
def test_matched_wide_nets_are_connected(verdict):
    """By the 2 % of Frankle et al."""
    assert verdict.as_registered, str(verdict)


@judges(matched_narrow_nets_are_connected)
def test_matched_narrow_nets_are_connected(verdict):
    """Narrow nets are not one solution in two orders: refuted."""
    assert verdict.as_registered, str(verdict)


@judges(matching_is_nearer_for_wide_nets)
def test_matching_is_nearer_for_wide_nets(verdict):
    """The wider, the nearer."""
    assert verdict.as_registered, str(verdict)


@judges(matching_units_halves_the_barrier)
def test_matching_units_halves_the_barrier(verdict):
    """On CIFAR-10 as much is left as a third."""
    assert verdict.as_registered, str(verdict)
