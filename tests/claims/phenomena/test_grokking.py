from hw1.claims.phenomena.grokking import (
    generalisation_comes_long_after_fitting,
    relu_nets_generalise_from_as_few_pairs,
    relu_nets_generalise_from_more_pairs,
    ten_times_the_decay_generalises_sooner,
    three_times_the_decay_generalises_sooner,
    trained_by_cross_entropy_they_generalise_too,
    with_more_pairs_nets_generalise_sooner,
    without_decay_waiting_is_enough,
)
from hw1.plugin import judges


@judges(generalisation_comes_long_after_fitting)
def test_generalisation_comes_long_after_fitting(verdict):
    """A net knows its examples long before the rule."""
    assert verdict.as_registered, str(verdict)


@judges(without_decay_waiting_is_enough)
def test_without_decay_waiting_is_enough(verdict):
    """Without decay the rule is not found, however long ago the examples were learned."""
    assert verdict.as_registered, str(verdict)


@judges(three_times_the_decay_generalises_sooner)
def test_three_times_the_decay_generalises_sooner(verdict):
    """More decay finds the rule sooner."""
    assert verdict.as_registered, str(verdict)


@judges(ten_times_the_decay_generalises_sooner)
def test_ten_times_the_decay_generalises_sooner(verdict):
    """Too much decay does not find it at all."""
    assert verdict.as_registered, str(verdict)


@judges(with_more_pairs_nets_generalise_sooner)
def test_with_more_pairs_nets_generalise_sooner(verdict):
    """More examples shorten the delay."""
    assert verdict.as_registered, str(verdict)


@judges(trained_by_cross_entropy_they_generalise_too)
def test_trained_by_cross_entropy_they_generalise_too(verdict):
    """The loss is a condition of the phenomenon."""
    assert verdict.as_registered, str(verdict)


@judges(relu_nets_generalise_from_as_few_pairs)
def test_relu_nets_generalise_from_as_few_pairs(verdict):
    """So are the units, at this number of examples."""
    assert verdict.as_registered, str(verdict)


@judges(relu_nets_generalise_from_more_pairs)
def test_relu_nets_generalise_from_more_pairs(verdict):
    """With more examples other units do as well."""
    assert verdict.as_registered, str(verdict)
