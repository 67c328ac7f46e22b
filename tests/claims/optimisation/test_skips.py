from hw1.claims.optimisation.skips import (
    plain_depth_degrades_training_from_hes_start,
    plain_depth_degrades_training_from_torchs_start,
    plain_depth_degrades_training_on_digits_from_hes_start,
    skips_mend_depth_from_torchs_start,
    skips_without_normalisation_hurt_from_hes_start,
)
from hw1.plugin import judges


@judges(plain_depth_degrades_training_from_torchs_start)
def test_plain_depth_degrades_training_from_torchs_start(verdict):
    """Twenty-one plain layers do not train from the default start."""
    assert verdict.as_registered, str(verdict)


@judges(plain_depth_degrades_training_from_hes_start)
def test_plain_depth_degrades_training_from_hes_start(verdict):
    """From He's start they keep up on hard data."""
    assert verdict.as_registered, str(verdict)


@judges(plain_depth_degrades_training_on_digits_from_hes_start)
def test_plain_depth_degrades_training_on_digits_from_hes_start(verdict):
    """On easy data, which three layers have fitted, they do not keep up."""
    assert verdict.as_registered, str(verdict)


@judges(skips_mend_depth_from_torchs_start)
def test_skips_mend_depth_from_torchs_start(verdict):
    """Skips revive what the default start lets die."""
    assert verdict.as_registered, str(verdict)


@judges(skips_without_normalisation_hurt_from_hes_start)
def test_skips_without_normalisation_hurt_from_hes_start(verdict):
    """Branches at He's scale add up, and nothing holds them down."""
    assert verdict.as_registered, str(verdict)
