from hw1.claims.gradient_norm.first_order import (
    large_steps_do_not_do_what_the_gradient_predicts,
    small_steps_lower_the_loss_by_what_the_gradient_predicts,
    the_curvature_explains_what_the_first_order_misses,
)
from hw1.plugin import judges


@judges(small_steps_lower_the_loss_by_what_the_gradient_predicts)
def test_small_steps_lower_the_loss_by_what_the_gradient_predicts(verdict):
    """The loss changes by -lr |g|^2."""
    assert verdict.as_registered, str(verdict)


@judges(large_steps_do_not_do_what_the_gradient_predicts)
def test_large_steps_do_not_do_what_the_gradient_predicts(verdict):
    """At the edge of stability the prediction is off by itself."""
    assert verdict.as_registered, str(verdict)


@judges(the_curvature_explains_what_the_first_order_misses)
def test_the_curvature_explains_what_the_first_order_misses(verdict):
    """The second order is ten times nearer."""
    assert verdict.as_registered, str(verdict)
