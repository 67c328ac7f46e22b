from hw1.claims.weight_trajectory.crucial_weights import (
    loadings_tell_more_than_distances,
    weights_with_large_loadings_matter,
    weights_with_large_loadings_matter_at_zero,
    weights_with_large_loadings_matter_within_their_layers,
)
from hw1.plugin import judges


@judges(weights_with_large_loadings_matter)
def test_weights_with_large_loadings_matter(verdict):
    """More than a random tenth does, put back to their start."""
    assert verdict.as_registered, str(verdict)


@judges(weights_with_large_loadings_matter_at_zero)
def test_weights_with_large_loadings_matter_at_zero(verdict):
    """And set to zero."""
    assert verdict.as_registered, str(verdict)


@judges(weights_with_large_loadings_matter_within_their_layers)
def test_weights_with_large_loadings_matter_within_their_layers(verdict):
    """It is not only that they are in layers that matter."""
    assert verdict.as_registered, str(verdict)


@judges(loadings_tell_more_than_distances)
def test_loadings_tell_more_than_distances(verdict):
    """How far a weight moved says as much: refuted."""
    assert verdict.as_registered, str(verdict)
