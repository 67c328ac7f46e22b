from hw1.claims.image_classifier.pooling import max_pooling_helps_against_shifts
from hw1.plugin import judges


@judges(max_pooling_helps_against_shifts)
def test_max_pooling_helps_against_shifts(verdict):
    """Max-pooling beats strides on shifted digits."""
    assert verdict.as_registered, str(verdict)
