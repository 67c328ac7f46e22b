from hw1.claims.image_classifier.augmentation import shifts_in_training_help_against_shifts
from hw1.plugin import judges


@judges(shifts_in_training_help_against_shifts)
def test_shifts_in_training_help_against_shifts(verdict):
    """Nets that saw shifted digits know shifted digits."""
    assert verdict.as_registered, str(verdict)
