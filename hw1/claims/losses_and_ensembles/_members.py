"""Several nets of one seed: what was found of all of them together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hw1.training import Classified


def averaged(found: "Classified", seeds: Sequence[int]) -> "Classified":
    """What was found of a seed's members, a row for each seed: means over them; diverged where one of them has."""
    curves = {
        name: values.reshape(len(seeds), -1, *values.shape[1:]).mean(1, dtype=np.float64)
        for name, values in found.curves.items()
    }
    lost = np.asarray(found.diverged.reshape(len(seeds), -1).any(1))
    return replace(found, seeds=seeds, curves=curves, diverged=lost)
