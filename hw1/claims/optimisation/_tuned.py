"""Arms that were tuned within each seed: what their claims presuppose, and their figures."""

from collections.abc import Sequence

from hw1.claims._yardsticks import PerSeed, better_than_chance
from hw1.figures import Panel, every_seed, panels_over
from hw1.registry.assays import below, least
from hw1.tables import Tables

ACCURACY = "accuracy on test examples"


def inside(tables: Tables, *arms: str) -> PerSeed:
    """Above 0 where each of these arms learned, at a value that is at no edge of its grid."""
    return least(below(tables["runs"], "at_edge", 0.5, arms), better_than_chance(tables["runs"], *arms))


def panels(tables: Tables, value: str, label: str, arms: Sequence[str]) -> tuple[Panel, ...]:
    """Test accuracy at the chosen value, every seed, and over the grid but for 0, which has no logarithm."""
    chosen = every_seed(tables["runs"], "test_accuracy", f"{ACCURACY}, tuned", arms=arms)
    grid = tables["grid"]
    over = panels_over(
        grid[grid[value] > 0], {"test_accuracy": ACCURACY}, arms=arms, x=value, x_label=label, x_log=True
    )
    return chosen, *over
