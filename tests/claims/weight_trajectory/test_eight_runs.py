from hw1.claims.weight_trajectory.eight_runs import (
    eight_runs_end_apart,
    eight_runs_end_equally_good,
    eight_runs_leave_their_centre,
    seven_components_are_the_starts,
    seven_components_tell_eight_runs_apart,
    steps_in_the_plane_shrink,
    the_plane_of_eight_runs_holds_less_than_half,
    the_variance_of_eight_runs_is_between_them,
    two_components_explain_a_run_in_each_layer,
)
from hw1.plugin import judges


@judges(eight_runs_end_apart)
def test_eight_runs_end_apart(verdict):
    """Eight places, far from each other."""
    assert verdict.as_registered, str(verdict)


@judges(eight_runs_end_equally_good)
def test_eight_runs_end_equally_good(verdict):
    """And as good as each other."""
    assert verdict.as_registered, str(verdict)


@judges(the_variance_of_eight_runs_is_between_them)
def test_the_variance_of_eight_runs_is_between_them(verdict):
    """Their own starts keep them apart."""
    assert verdict.as_registered, str(verdict)


@judges(seven_components_tell_eight_runs_apart)
def test_seven_components_tell_eight_runs_apart(verdict):
    """The first seven components are the differences of eight centres."""
    assert verdict.as_registered, str(verdict)


@judges(seven_components_are_the_starts)
def test_seven_components_are_the_starts(verdict):
    """They are not those of the starts: refuted."""
    assert verdict.as_registered, str(verdict)


@judges(the_plane_of_eight_runs_holds_less_than_half)
def test_the_plane_of_eight_runs_holds_less_than_half(verdict):
    """What is drawn is the lesser part."""
    assert verdict.as_registered, str(verdict)


@judges(steps_in_the_plane_shrink)
def test_steps_in_the_plane_shrink(verdict):
    """Large steps first."""
    assert verdict.as_registered, str(verdict)


@judges(eight_runs_leave_their_centre)
def test_eight_runs_leave_their_centre(verdict):
    """All go outward."""
    assert verdict.as_registered, str(verdict)


@judges(two_components_explain_a_run_in_each_layer)
def test_two_components_explain_a_run_in_each_layer(verdict):
    """One layer is as flat as the net."""
    assert verdict.as_registered, str(verdict)
