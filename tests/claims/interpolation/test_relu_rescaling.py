from hw1.claims.interpolation.relu_rescaling import (
    relative_flatness_survives_rescaling,
    rescaled_relu_layers_are_sharper,
    rescaled_relu_layers_compute_the_same,
)
from hw1.plugin import judges


@judges(rescaled_relu_layers_compute_the_same)
def test_rescaled_relu_layers_compute_the_same(verdict):
    """Up to rounding."""
    assert verdict.as_registered, str(verdict)


@judges(rescaled_relu_layers_are_sharper)
def test_rescaled_relu_layers_are_sharper(verdict):
    """And yet it is sharper."""
    assert verdict.as_registered, str(verdict)


@judges(relative_flatness_survives_rescaling)
def test_relative_flatness_survives_rescaling(verdict):
    """Distances relative to the weights are what is left."""
    assert verdict.as_registered, str(verdict)
