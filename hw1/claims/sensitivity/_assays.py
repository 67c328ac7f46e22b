"""What claims about batch sizes presuppose: that the nets they start from were trained, and how far."""

from hw1.claims._yardsticks import PerSeed, better_than_chance, happened, loss_below
from hw1.claims.sensitivity._fit import FIXED, LINEAR
from hw1.claims.sensitivity._reading import at
from hw1.registry import assay
from hw1.registry.assays import least
from hw1.tables import Tables


def reached(tables: Tables, *arms: str) -> PerSeed:
    """Above 0 where all these arms came to the level of training loss before the cap."""
    return happened(at(tables, "loss"), "reached", *arms)


@assay("trained with the smallest batch (its train_loss at equal epochs below half of ln 10)")
def smallest_batch_trained(tables: Tables) -> PerSeed:
    """How far the larger batches get in as many epochs is what claims and artefacts are about."""
    # At most 0.03 nats on 36 development seeds, where the whole set's are at 2.2; half of ln 10 is 1.15.
    return loss_below(0.5, at(tables, "epochs"), "fixed_1")


@assay("learned with the smallest batch (its test_accuracy at equal epochs at least 10 points above chance)")
def smallest_batch_learned(tables: Tables) -> PerSeed:
    """A best test accuracy is one above chance."""
    # 0.35 to 0.42 on 36 development seeds.
    return better_than_chance(at(tables, "epochs"), "fixed_1")


@assay(
    "reached the level of training loss at all sizes and rates before the cap, and learned (test_accuracy there at "
    "least 10 points above chance)"
)
def all_sizes_learned(tables: Tables) -> PerSeed:
    """Among nets at chance none generalises better than another."""
    # No net was stopped on 36 development seeds, and the least accurate has 0.32.
    arms = FIXED + LINEAR
    return least(reached(tables, *arms), better_than_chance(at(tables, "loss"), *arms))
