from hw1.claims.transfer_and_memory.transfer import (
    learned_features_are_better_than_random_ones,
    more_source_classes_transfer_better,
    on_digits_features_transfer,
    with_few_labels_features_transfer,
    with_few_labels_fine_tuning_is_better_than_freezing,
    with_many_labels_features_transfer,
    with_many_labels_fine_tuning_is_better_than_freezing,
)
from hw1.plugin import judges


@judges(learned_features_are_better_than_random_ones)
def test_learned_features_are_better_than_random_ones(verdict):
    """Layers that learned other classes serve better than layers that learned nothing."""
    assert verdict.as_registered, str(verdict)


@judges(with_few_labels_features_transfer)
def test_with_few_labels_features_transfer(verdict):
    """They are ahead of a net from scratch where labels are few."""
    assert verdict.as_registered, str(verdict)


@judges(with_many_labels_features_transfer)
def test_with_many_labels_features_transfer(verdict):
    """They are behind it where labels are many."""
    assert verdict.as_registered, str(verdict)


@judges(on_digits_features_transfer)
def test_on_digits_features_transfer(verdict):
    """They are behind it on digits even where labels are few."""
    assert verdict.as_registered, str(verdict)


@judges(with_few_labels_fine_tuning_is_better_than_freezing)
def test_with_few_labels_fine_tuning_is_better_than_freezing(verdict):
    """Few labels do harm where they move all layers."""
    assert verdict.as_registered, str(verdict)


@judges(with_many_labels_fine_tuning_is_better_than_freezing)
def test_with_many_labels_fine_tuning_is_better_than_freezing(verdict):
    """Many labels improve all layers."""
    assert verdict.as_registered, str(verdict)


@judges(more_source_classes_transfer_better)
def test_more_source_classes_transfer_better(verdict):
    """The more classes were learned before, the better."""
    assert verdict.as_registered, str(verdict)
