from hw1.claims.sensitivity.generalisation import (
    less_sensitive_nets_generalise_better,
    random_labels_make_a_net_more_sensitive,
    random_labels_make_probabilities_more_sensitive,
)
from hw1.plugin import judges


@judges(random_labels_make_a_net_more_sensitive)
def test_random_labels_make_a_net_more_sensitive(verdict):
    """In its logits."""
    assert verdict.as_registered, str(verdict)


@judges(random_labels_make_probabilities_more_sensitive)
def test_random_labels_make_probabilities_more_sensitive(verdict):
    """And more so in its probabilities."""
    assert verdict.as_registered, str(verdict)


@judges(less_sensitive_nets_generalise_better)
def test_less_sensitive_nets_generalise_better(verdict):
    """Over batch sizes and learning rates, at equal training loss."""
    assert verdict.as_registered, str(verdict)
