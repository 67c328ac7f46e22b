from hw1.claims.interpolation.shared_stem import (
    a_shared_quarter_leaves_almost_no_barrier,
    different_starts_are_separated_by_a_barrier,
    the_later_the_split_the_lower_the_barrier,
    the_same_start_lowers_the_barrier,
)
from hw1.plugin import judges


@judges(different_starts_are_separated_by_a_barrier)
def test_different_starts_are_separated_by_a_barrier(verdict):
    """The middle is worse than both ends."""
    assert verdict.as_registered, str(verdict)


@judges(the_same_start_lowers_the_barrier)
def test_the_same_start_lowers_the_barrier(verdict):
    """Other minibatches alone make a fifth of it at most."""
    assert verdict.as_registered, str(verdict)


@judges(a_shared_quarter_leaves_almost_no_barrier)
def test_a_shared_quarter_leaves_almost_no_barrier(verdict):
    """Linearly connected within a hundredth of a nat."""
    assert verdict.as_registered, str(verdict)


@judges(the_later_the_split_the_lower_the_barrier)
def test_the_later_the_split_the_lower_the_barrier(verdict):
    """From the start to half of training."""
    assert verdict.as_registered, str(verdict)
