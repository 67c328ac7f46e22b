"""Test images moved by one pixel: how many a trained net still gets right."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw1.data import Problem

if TYPE_CHECKING:
    from hw1.training import Stack

SHIFTS = ((1, 0), (-1, 0), (0, 1), (0, -1))  # rows down, columns to the right


def after_shifts(stack: "Stack", data: Problem, shape: tuple[int, int, int]) -> dict[str, NDArray[np.float64]]:
    """shifted_accuracy, the mean over the four shifts of the test images, and kept, the share of test images whose
    predicted class the shifts leave as it is (mean over the four); (K,) each.
    """
    from hw1.training import outputs_of

    def classes(x: NDArray[np.float32]) -> NDArray[np.int64]:
        predicted: NDArray[np.int64] = outputs_of(stack, stack.place(x)).argmax(-1).cpu().numpy()
        return predicted

    still, moved = classes(data.x_test), np.stack([classes(shifted(data.x_test, shape, *by)) for by in SHIFTS])
    return {"shifted_accuracy": (moved == data.y_test).mean((0, 2)), "kept": (moved == still).mean((0, 2))}


def shifted(x: NDArray[np.float32], shape: tuple[int, int, int], down: int, right: int) -> NDArray[np.float32]:
    """Images (..., channels * height * width) moved by whole pixels; the border that was left behind is repeated."""
    planes = x.reshape(*x.shape[:-1], *shape)
    rows = np.clip(np.arange(shape[1]) - down, 0, shape[1] - 1)
    columns = np.clip(np.arange(shape[2]) - right, 0, shape[2] - 1)
    return planes[..., rows, :][..., columns].reshape(x.shape)
