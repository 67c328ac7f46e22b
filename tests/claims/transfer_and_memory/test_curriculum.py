from hw1.claims.transfer_and_memory.curriculum import (
    among_wrong_labels_easy_examples_first_are_better_than_a_mixed_order,
    among_wrong_labels_easy_examples_first_are_better_than_hard_ones,
    easy_examples_first_are_better_than_a_mixed_order,
    on_digits_hard_examples_first_are_better_than_easy_ones,
    on_mnist1d_easy_examples_first_are_better_than_hard_ones,
)
from hw1.plugin import judges


@judges(easy_examples_first_are_better_than_a_mixed_order)
def test_easy_examples_first_are_better_than_a_mixed_order(verdict):
    """On clean digits easy first is worse than any order."""
    assert verdict.as_registered, str(verdict)


@judges(on_digits_hard_examples_first_are_better_than_easy_ones)
def test_on_digits_hard_examples_first_are_better_than_easy_ones(verdict):
    """Hard first is better than easy first there."""
    assert verdict.as_registered, str(verdict)


@judges(on_mnist1d_easy_examples_first_are_better_than_hard_ones)
def test_on_mnist1d_easy_examples_first_are_better_than_hard_ones(verdict):
    """On MNIST-1D it is the other way round."""
    assert verdict.as_registered, str(verdict)


@judges(among_wrong_labels_easy_examples_first_are_better_than_a_mixed_order)
def test_among_wrong_labels_easy_examples_first_are_better_than_a_mixed_order(verdict):
    """Where most labels are wrong, easy first pays."""
    assert verdict.as_registered, str(verdict)


@judges(among_wrong_labels_easy_examples_first_are_better_than_hard_ones)
def test_among_wrong_labels_easy_examples_first_are_better_than_hard_ones(verdict):
    """Hard first is then the worst that can be done."""
    assert verdict.as_registered, str(verdict)
