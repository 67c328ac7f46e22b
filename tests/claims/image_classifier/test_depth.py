from hw1.claims.image_classifier.depth import (
    deeper_cnns_fit_digits_better,
    deeper_cnns_fit_hard_data_better,
)
from hw1.plugin import judges


@judges(deeper_cnns_fit_hard_data_better)
def test_deeper_cnns_fit_hard_data_better(verdict):
    """Three convolutions beat one at 3,100 parameters."""
    assert verdict.as_registered, str(verdict)


@judges(deeper_cnns_fit_digits_better)
def test_deeper_cnns_fit_digits_better(verdict):
    """One convolution fits the digits as well: refuted."""
    assert verdict.as_registered, str(verdict)
