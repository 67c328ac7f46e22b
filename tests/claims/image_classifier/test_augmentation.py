from hw1.claims.image_classifier.augmentation import (
    a_modern_recipe_reaches_80_percent_in_11_epochs,
    shifts_in_training_help_against_shifts,
)
from hw1.plugin import judges


@judges(shifts_in_training_help_against_shifts)
def test_shifts_in_training_help_against_shifts(verdict):
    """Nets that saw shifted digits know shifted digits."""
    assert verdict.as_registered, str(verdict)


@judges(a_modern_recipe_reaches_80_percent_in_11_epochs)
def test_a_modern_recipe_reaches_80_percent_in_11_epochs(verdict):
    """Less than its source says, and more than the tutorial's net."""
    assert verdict.as_registered, str(verdict)
