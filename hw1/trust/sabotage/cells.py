"""Results under a fault: cells that a worker computes while it is planted, and honest tables under wrong names."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hw1.fingerprints import code_digest
from hw1.registry import Experiment
from hw1.running.cells import Cell, Within
from hw1.running.results import Results
from hw1.tables import Tables
from hw1.trust.sabotage import planting
from hw1.trust.sabotage.faults import Fault

__all__ = ["FaultyCell", "Planted", "Recast"]


@dataclass(frozen=True)
class FaultyCell(Cell):
    """A cell computed while a fault is planted; its key has all that an honest cell's has, the fault and its code."""

    fault: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """See `Cell.about`."""
        return {**super().about, "fault": self.fault, "fault_code": _code(self.fault)}

    @property
    def within(self) -> Within:
        """See `Cell.within`."""
        return getattr(planting, self.fault)  # type: ignore[no-any-return]

    def __str__(self) -> str:
        return f"{super().__str__()}, with {self.fault}"


class Planted(Results):
    """Results of cells that are computed while a fault is planted, in a store of their own."""

    def __init__(self, fault: Fault, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self._fault = fault

    def cells(
        self, experiment: Experiment, setting: Any, seeds: Sequence[int], arms: Sequence[str] | None = None
    ) -> list[Cell]:
        """See `Results.cells`."""
        honest = super().cells(experiment, setting, seeds, arms)
        fields = [field.name for field in dataclasses.fields(Cell)]
        return [FaultyCell(**{name: getattr(cell, name) for name in fields}, fault=self._fault.name) for cell in honest]


class Recast(Results):
    """Honest results whose tables a fault rewrites when they are read."""

    def __init__(self, fault: Fault, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self._fault = fault

    def collect(self, cells: Sequence[Cell], seeds: Sequence[int]) -> tuple[Tables, dict[str, float]]:
        """See `Results.collect`; the fault's NotApplicable, too."""
        tables, seconds = super().collect(cells, seeds)
        rewrite = self._fault.recast
        return (rewrite(tables, cells[0].experiment.arms) if rewrite else tables), seconds


@cache
def _code(fault: str) -> str:
    return code_digest(Path(planting.__file__), planting.__name__, entry=fault)
