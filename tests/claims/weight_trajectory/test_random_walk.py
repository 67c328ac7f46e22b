from hw1.claims.weight_trajectory.random_walk import (
    a_random_walk_has_the_exact_share,
    drift_explains_the_share_of_two_components,
    late_noise_is_held_back,
    late_noise_is_no_random_walk,
    training_is_no_random_walk,
    two_components_explain_a_run,
    two_components_explain_a_walk_with_drift,
)
from hw1.plugin import judges


@judges(two_components_explain_a_run)
def test_two_components_explain_a_run(verdict):
    """More than nine tenths of a training's path lie in a plane."""
    assert verdict.as_registered, str(verdict)


@judges(training_is_no_random_walk)
def test_training_is_no_random_walk(verdict):
    """A plane holds more of a training than of a walk of as many points."""
    assert verdict.as_registered, str(verdict)


@judges(late_noise_is_no_random_walk)
def test_late_noise_is_no_random_walk(verdict):
    """The noise-dominated half of a training is not told apart from a walk: refuted."""
    assert verdict.as_registered, str(verdict)


@judges(late_noise_is_held_back)
def test_late_noise_is_held_back(verdict):
    """At the end a plane holds less of it than of a free walk."""
    assert verdict.as_registered, str(verdict)


@judges(a_random_walk_has_the_exact_share)
def test_a_random_walk_has_the_exact_share(verdict):
    """A simulated walk agrees with the closed form."""
    assert verdict.as_registered, str(verdict)


@judges(two_components_explain_a_walk_with_drift)
def test_two_components_explain_a_walk_with_drift(verdict):
    """No learning is needed for nine tenths."""
    assert verdict.as_registered, str(verdict)


@judges(drift_explains_the_share_of_two_components)
def test_drift_explains_the_share_of_two_components(verdict):
    """A walk with the training's drift has its share."""
    assert verdict.as_registered, str(verdict)
