"""Test images moved by one pixel: how many a trained net still gets right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw1.claims.image_classifier._fit import TEST_CHUNK, Floats
from hw1.data import Problem
from hw1.figures import Figure, Panel, strip
from hw1.tables import Tables

if TYPE_CHECKING:
    from hw1.training import Stack

SHIFTS = ((1, 0), (-1, 0), (0, 1), (0, -1))  # rows down, columns to the right


def after_shifts(replicas: "Stack", data: Problem, shape: tuple[int, int, int]) -> dict[str, NDArray[np.float64]]:
    """shifted_accuracy, the mean over the four shifts of the test images, and kept, the share of test images whose
    predicted class the shifts leave as it is (mean over the four); (K,) each.
    """
    still = _classes(replicas, data.x_test)
    moved = np.stack([_classes(replicas, shifted(data.x_test, shape, *by)) for by in SHIFTS])
    return {"shifted_accuracy": (moved == data.y_test).mean((0, 2)), "kept": (moved == still).mean((0, 2))}


def shifted(x: Floats, shape: tuple[int, int, int], down: int, right: int) -> Floats:
    """Images (..., channels * height * width) moved by whole pixels; the border that was left behind is repeated."""
    planes = x.reshape(*x.shape[:-1], *shape)
    rows = np.clip(np.arange(shape[1]) - down, 0, shape[1] - 1)
    columns = np.clip(np.arange(shape[2]) - right, 0, shape[2] - 1)
    return planes[..., rows, :][..., columns].reshape(x.shape)


def shifts(tables: Tables, arms: Sequence[str], x_label: str, caption: str) -> Figure:
    """Accuracy on the test images as they are and shifted by one pixel, a point for each run."""
    labels = {
        "test_accuracy": "test accuracy",
        "shifted_accuracy": "test accuracy, shifted by one pixel",
        "kept": "share of predictions that a shift leaves as they are",
    }
    panels = tuple(
        Panel(x_label=x_label, y_label=label, series=strip(tables["runs"], y=metric, arms=arms), ticks=tuple(arms))
        for metric, label in labels.items()
    )
    return Figure(title="Shifts by one pixel", caption=caption, panels=panels)


def _classes(replicas: "Stack", x: Floats) -> NDArray[np.int64]:
    from hw1.training import outputs_of

    predicted: NDArray[np.int64] = outputs_of(replicas, replicas.place(x), at_once=TEST_CHUNK).argmax(-1).cpu().numpy()
    return predicted
