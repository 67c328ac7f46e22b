from hw1.claims.optimisation.decoupled_decay import (
    adamw_generalises_better_than_adam_with_l2,
    at_the_same_strength_adamw_is_more_accurate,
)
from hw1.plugin import judges


@judges(adamw_generalises_better_than_adam_with_l2)
def test_adamw_generalises_better_than_adam_with_l2(verdict):
    """Each at its own best strength, AdamW is not better."""
    assert verdict.as_registered, str(verdict)


@judges(at_the_same_strength_adamw_is_more_accurate)
def test_at_the_same_strength_adamw_is_more_accurate(verdict):
    """At one number for both it is."""
    assert verdict.as_registered, str(verdict)
