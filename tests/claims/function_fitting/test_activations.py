from hw1.claims.function_fitting.activations import (
    nets_do_not_extrapolate,
    tanh_fits_sin_better_than_relu,
    without_a_nonlinearity_a_deep_net_is_a_line,
)
from hw1.plugin import judges


@judges(without_a_nonlinearity_a_deep_net_is_a_line)
def test_without_a_nonlinearity_a_deep_net_is_a_line(verdict):
    """Three linear layers end at the error of the best line."""
    assert verdict.as_registered, str(verdict)


@judges(tanh_fits_sin_better_than_relu)
def test_tanh_fits_sin_better_than_relu(verdict):
    """Tanh beats ReLU in the same net."""
    assert verdict.as_registered, str(verdict)


@judges(nets_do_not_extrapolate)
def test_nets_do_not_extrapolate(verdict):
    """The error one period outside is ten times that inside."""
    assert verdict.as_registered, str(verdict)
