"""What claims about lines between solutions presuppose: that there are solutions at their ends."""

from hw1.claims._yardsticks import PerSeed, loss_below
from hw1.registry.assays import least
from hw1.tables import Tables

ENDS = ("first", "second")


def solved(share: float, tables: Tables, *arms: str) -> PerSeed:
    """How far the training losses at both ends of all these arms' lines lie below a share of the best constant's."""
    return least(*(loss_below(share, tables["runs"], *arms, column=f"{end}_train_loss") for end in ENDS))
