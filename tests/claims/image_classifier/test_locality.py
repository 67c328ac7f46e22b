from hw1.claims.image_classifier.locality import (
    a_dense_net_does_not_see_a_permutation,
    convolution_beats_a_dense_net_of_its_size,
    convolution_beats_a_linear_model,
    the_advantage_of_convolution_is_locality,
    the_nonlinearity_is_needed,
)
from hw1.plugin import judges


@judges(convolution_beats_a_dense_net_of_its_size)
def test_convolution_beats_a_dense_net_of_its_size(verdict):
    """85 against 53 % at 3,000 parameters."""
    assert verdict.as_registered, str(verdict)


@judges(convolution_beats_a_linear_model)
def test_convolution_beats_a_linear_model(verdict):
    """85 against 32 %."""
    assert verdict.as_registered, str(verdict)


@judges(the_advantage_of_convolution_is_locality)
def test_the_advantage_of_convolution_is_locality(verdict):
    """One permutation of the positions takes the advantage away."""
    assert verdict.as_registered, str(verdict)


@judges(a_dense_net_does_not_see_a_permutation)
def test_a_dense_net_does_not_see_a_permutation(verdict):
    """To a dense net no position has neighbours."""
    assert verdict.as_registered, str(verdict)


@judges(the_nonlinearity_is_needed)
def test_the_nonlinearity_is_needed(verdict):
    """Max-pooling alone is not enough."""
    assert verdict.as_registered, str(verdict)
