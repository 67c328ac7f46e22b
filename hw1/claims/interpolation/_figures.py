"""Panels of this family; apart from what `run` uses, so that a change of a picture costs no training."""

from collections.abc import Sequence

from hw1.figures import LEARNING, Panel, panels_over
from hw1.tables import Tables


def line_panels(tables: Tables, arms: Sequence[str]) -> tuple[Panel, ...]:
    """Accuracy and loss over alpha, on training and on test data, with the places of both solutions."""
    chance = {metric: {"chance": 0.1} for metric in ("train_accuracy", "test_accuracy")}
    places = {"first": 0.0, "second": 1.0}
    return panels_over(tables["line"], LEARNING, arms=arms, x="alpha", x_label="alpha", levels=chance, places=places)
