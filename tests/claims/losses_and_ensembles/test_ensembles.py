from hw1.claims.losses_and_ensembles.ensembles import (
    bagging_makes_an_ensemble_of_nets_better,
    bagging_makes_an_ensemble_of_nets_worse,
    five_nets_are_better_than_one,
)
from hw1.plugin import judges


@judges(five_nets_are_better_than_one)
def test_five_nets_are_better_than_one(verdict):
    """Nets that start apart are wrong in different places."""
    assert verdict.as_registered, str(verdict)


@judges(bagging_makes_an_ensemble_of_nets_better)
def test_bagging_makes_an_ensemble_of_nets_better(verdict):
    """Bootstrap samples do not help nets that differ anyhow."""
    assert verdict.as_registered, str(verdict)


@judges(bagging_makes_an_ensemble_of_nets_worse)
def test_bagging_makes_an_ensemble_of_nets_worse(verdict):
    """A member that has not seen a third of the examples is worse, and so are five of them."""
    assert verdict.as_registered, str(verdict)
