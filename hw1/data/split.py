"""The form in which every data set gives the examples of one seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CLASSES", "Split"]

CLASSES = 10  # of all data sets here but sums: outputs of the nets, and labels to redraw


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """A training and a test part without a common example: x float32 (n, features), y int64 (n,)."""

    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    classes: int
