from hw1.claims.losses_and_ensembles.variance import (
    variance_falls_with_the_width,
    wider_nets_have_more_variance,
    with_wrong_labels_wider_nets_have_more_variance,
)
from hw1.plugin import judges


@judges(wider_nets_have_more_variance)
def test_wider_nets_have_more_variance(verdict):
    """The U of textbooks is not there on true labels."""
    assert verdict.as_registered, str(verdict)


@judges(variance_falls_with_the_width)
def test_variance_falls_with_the_width(verdict):
    """Wide nets agree on test images, whichever examples they saw."""
    assert verdict.as_registered, str(verdict)


@judges(with_wrong_labels_wider_nets_have_more_variance)
def test_with_wrong_labels_wider_nets_have_more_variance(verdict):
    """What was learned by heart differs from net to net."""
    assert verdict.as_registered, str(verdict)
