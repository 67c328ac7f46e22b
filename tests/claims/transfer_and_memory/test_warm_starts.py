from hw1.claims.transfer_and_memory.warm_starts import (
    a_warm_start_costs_accuracy,
    a_warm_start_is_ahead_at_first,
    memorised_random_labels_cost_accuracy,
    on_digits_memorised_random_labels_cost_accuracy,
    shrinking_and_perturbing_repairs_a_warm_start,
    shrinking_and_perturbing_repairs_memorised_random_labels,
)
from hw1.plugin import judges


@judges(a_warm_start_costs_accuracy)
def test_a_warm_start_costs_accuracy(verdict):
    """A net that knew a quarter before ends less accurate."""
    assert verdict.as_registered, str(verdict)


@judges(a_warm_start_is_ahead_at_first)
def test_a_warm_start_is_ahead_at_first(verdict):
    """A warm start has the lower loss after a hundred updates."""
    assert verdict.as_registered, str(verdict)


@judges(shrinking_and_perturbing_repairs_a_warm_start)
def test_shrinking_and_perturbing_repairs_a_warm_start(verdict):
    """Shrunk and perturbed weights give the accuracy back."""
    assert verdict.as_registered, str(verdict)


@judges(memorised_random_labels_cost_accuracy)
def test_memorised_random_labels_cost_accuracy(verdict):
    """What was memorised before leaves its mark."""
    assert verdict.as_registered, str(verdict)


@judges(on_digits_memorised_random_labels_cost_accuracy)
def test_on_digits_memorised_random_labels_cost_accuracy(verdict):
    """On digits, too, though a small one."""
    assert verdict.as_registered, str(verdict)


@judges(shrinking_and_perturbing_repairs_memorised_random_labels)
def test_shrinking_and_perturbing_repairs_memorised_random_labels(verdict):
    """Shrinking and perturbing rubs it out."""
    assert verdict.as_registered, str(verdict)
