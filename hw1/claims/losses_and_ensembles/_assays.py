"""What claims about losses and ensembles presuppose: nets that have learned something about test examples."""

from hw1.claims._yardsticks import PerSeed, better_than_chance
from hw1.tables import Tables


def learned(tables: Tables, *arms: str) -> PerSeed:
    """How far the test accuracy of all these arms lies above that of chance and 10 points."""
    return better_than_chance(tables["runs"], *arms)
