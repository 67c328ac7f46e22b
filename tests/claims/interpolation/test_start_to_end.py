from hw1.claims.interpolation.start_to_end import (
    large_steps_of_adam_break_the_fall,
    large_steps_of_adam_lead_far_away,
    the_loss_falls_all_the_way_from_start_to_end,
)
from hw1.plugin import judges


@judges(the_loss_falls_all_the_way_from_start_to_end)
def test_the_loss_falls_all_the_way_from_start_to_end(verdict):
    """A straight way down, which SGD did not take."""
    assert verdict.as_registered, str(verdict)


@judges(large_steps_of_adam_lead_far_away)
def test_large_steps_of_adam_lead_far_away(verdict):
    """Farther than SGD."""
    assert verdict.as_registered, str(verdict)


@judges(large_steps_of_adam_break_the_fall)
def test_large_steps_of_adam_break_the_fall(verdict):
    """Far away, and yet straight down: refuted."""
    assert verdict.as_registered, str(verdict)
