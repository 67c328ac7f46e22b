from hw1.claims.transfer_and_memory.forgetting import (
    forgotten_classes_are_no_longer_told_apart,
    forgotten_classes_are_relearned_sooner_by_adam,
    forgotten_classes_are_relearned_sooner_by_sgd,
    new_classes_erase_old_ones,
    replaying_a_tenth_prevents_forgetting,
    width_prevents_forgetting,
    width_slows_forgetting_by_adam,
    width_slows_forgetting_by_sgd,
)
from hw1.plugin import judges


@judges(new_classes_erase_old_ones)
def test_new_classes_erase_old_ones(verdict):
    """Hardly any old example is still put into its class."""
    assert verdict.as_registered, str(verdict)


@judges(replaying_a_tenth_prevents_forgetting)
def test_replaying_a_tenth_prevents_forgetting(verdict):
    """A tenth of the old examples keeps most of the old classes."""
    assert verdict.as_registered, str(verdict)


@judges(width_prevents_forgetting)
def test_width_prevents_forgetting(verdict):
    """Four times the units keep next to nothing more."""
    assert verdict.as_registered, str(verdict)


@judges(width_slows_forgetting_by_sgd)
def test_width_slows_forgetting_by_sgd(verdict):
    """On the way a wide net keeps more by SGD."""
    assert verdict.as_registered, str(verdict)


@judges(width_slows_forgetting_by_adam)
def test_width_slows_forgetting_by_adam(verdict):
    """By Adam it keeps less."""
    assert verdict.as_registered, str(verdict)


@judges(forgotten_classes_are_no_longer_told_apart)
def test_forgotten_classes_are_no_longer_told_apart(verdict):
    """Among the old classes alone the net still chooses well."""
    assert verdict.as_registered, str(verdict)


@judges(forgotten_classes_are_relearned_sooner_by_sgd)
def test_forgotten_classes_are_relearned_sooner_by_sgd(verdict):
    """Five updates bring back what five did not teach at first."""
    assert verdict.as_registered, str(verdict)


@judges(forgotten_classes_are_relearned_sooner_by_adam)
def test_forgotten_classes_are_relearned_sooner_by_adam(verdict):
    """Adam takes longer to come back than it took at first."""
    assert verdict.as_registered, str(verdict)
