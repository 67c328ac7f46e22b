"""What claims about random labels presuppose: that the budget is long enough for labels that are not random."""

from hw1.claims._yardsticks import PerSeed, better_than_chance, happened
from hw1.registry import assay
from hw1.registry.assays import below
from hw1.tables import CENSORED, Tables


def fitted(tables: Tables, *arms: str) -> PerSeed:
    """Above 0 where all these arms have fitted 99 % of the labels that they were shown within the budget."""
    runs = tables["runs"]
    return happened(runs.assign(fitted=~runs[f"epochs_to_fit{CENSORED}"]), "fitted", *arms)


def held_back(tables: Tables, *arms: str) -> PerSeed:
    """How far all these arms are from having fitted half of the labels that they were shown, at the end."""
    return below(tables["runs"], "train_accuracy", 0.5, arms)


@assay("fitted the true labels (99 % of the labels of true within the budget)")
def true_labels_fitted(tables: Tables) -> PerSeed:
    """Where not even true labels are fitted, nothing is said of others, and no time has been measured."""
    # On 36 development seeds after at most 28 epochs of 80 (corruption), and 8 of 60 or 80 (on digits).
    return fitted(tables, "true")


@assay("learned the true labels (test_accuracy of true at least 10 points above chance)")
def true_labels_learned(tables: Tables) -> PerSeed:
    """Where not even true labels lead above chance, nothing has been taken from the others."""
    # On 36 development seeds at least 0.38 (corruption) and 0.94 (memorisation).
    return better_than_chance(tables["runs"], "true")
