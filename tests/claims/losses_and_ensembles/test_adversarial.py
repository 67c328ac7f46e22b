from hw1.claims.losses_and_ensembles.adversarial import (
    a_step_against_one_deep_net_ruins_another,
    deep_nets_are_more_fragile_than_linear_ones,
    deep_nets_are_more_fragile_than_linear_ones_at_twice_the_step,
    one_signed_step_ruins_a_deep_net,
    random_signs_leave_a_deep_net_alone,
)
from hw1.plugin import judges


@judges(one_signed_step_ruins_a_deep_net)
def test_one_signed_step_ruins_a_deep_net(verdict):
    """A step that hardly shows takes most right answers away."""
    assert verdict.as_registered, str(verdict)


@judges(random_signs_leave_a_deep_net_alone)
def test_random_signs_leave_a_deep_net_alone(verdict):
    """It is the direction that does it, not the size."""
    assert verdict.as_registered, str(verdict)


@judges(a_step_against_one_deep_net_ruins_another)
def test_a_step_against_one_deep_net_ruins_another(verdict):
    """Nets on the same data are fooled alike."""
    assert verdict.as_registered, str(verdict)


@judges(deep_nets_are_more_fragile_than_linear_ones)
def test_deep_nets_are_more_fragile_than_linear_ones(verdict):
    """At a small step a linear net keeps more of its accuracy."""
    assert verdict.as_registered, str(verdict)


@judges(deep_nets_are_more_fragile_than_linear_ones_at_twice_the_step)
def test_deep_nets_are_more_fragile_than_linear_ones_at_twice_the_step(verdict):
    """At a larger step neither keeps any."""
    assert verdict.as_registered, str(verdict)
