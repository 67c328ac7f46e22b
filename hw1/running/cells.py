"""Cells: the unit that is computed once, stored and found again."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from hw1.blocks import BLOCK
from hw1.fingerprints import Code
from hw1.machine.devices import Device
from hw1.machine.environment import variables, versions
from hw1.registry import Experiment
from hw1.replaced import Replacements
from hw1.running.store import Store
from hw1.tables import Tables, join, only_seeds

Within = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Cell:
    """One arm of one experiment for one fixed chunk of seeds."""

    experiment: Experiment
    setting: Any
    arm: str
    seeds: tuple[int, ...]
    device: Device
    own: Replacements | None = None

    @property
    def label(self) -> str:
        """Cells of one label take about the same time."""
        return f"{self.experiment.name}/{self.arm}/{self.device.hardware}/{self.digest}"

    @cached_property
    def digest(self) -> str:
        """Short digest of the setting."""
        return _digest(_plain(self.setting))[:8]

    @property
    def place(self) -> tuple[str, tuple[int, ...]]:
        """Identifies the cell within a run; unlike the key, it needs no data."""
        return self.label, self.seeds

    @property
    def code(self) -> Code:
        """What it runs, as it was when this process read it."""
        kind: type = type(self.setting)
        return _code(self.experiment.path, self.experiment.module.__name__, kind)

    @property
    def about(self) -> dict[str, Any]:
        """Everything a result depends on: equal descriptions give equal results."""
        return {
            "experiment": self.experiment.name,
            "revision": self.experiment.revision,
            "code": self.code.digest,
            "setting": _plain(self.setting),
            "arm": self.arm,
            "seeds": list(self.seeds),
            "data": "" if self._has("data") else self.experiment.data_digest(self.setting),
            "versions": dict(versions()),
            "device": self.device.hardware,
            **({"variables": set_here} if (set_here := variables()) else {}),
            **({"precision": self.own.precision} if self.own and self._has("precision") else {}),
            **({"own": id(self.own)} if self.own and self.own.hold_code else {}),  # for stores in memory only
        }

    @property
    def within(self) -> Within:
        """What a worker enters while it computes the cell; it can be sent to another process, and `about` has it."""
        return nullcontext

    def _has(self, replacement: str) -> bool:
        return getattr(self.own, replacement, None) is not None

    def __str__(self) -> str:
        return f"{self.experiment.name}, arm {self.arm}, seeds {self.seeds[0]} to {self.seeds[-1]}"

    @cached_property
    def key(self) -> str:
        """Digest of `about`."""
        return _digest(self.about)


def chunks(seeds: Sequence[int], width: int) -> list[tuple[int, ...]]:
    """The fixed chunks that cover some seeds: borders are multiples of the stack width, counted from the block's start.

    So the same seeds always train in the same company, however many of them are needed, and 24 seeds fill two stacks
    of 12 in every block (with borders counted from seed 0, block 1 would train 36). A chunk is always whole.
    """
    starts = sorted({seed - seed % BLOCK % width for seed in seeds})
    return [tuple(range(start, start + width)) for start in starts]


def cells_of(
    experiment: Experiment,
    setting: Any,
    arms: Sequence[str],
    seeds: Sequence[int],
    device: Device,
    own: Replacements | None = None,
) -> list[Cell]:
    """The cells that hold some arms and seeds of an experiment."""
    width = int(getattr(setting, "stack", 1))
    return [Cell(experiment, setting, arm, chunk, device, own) for arm in arms for chunk in chunks(seeds, width)]


def collect(cells: Sequence[Cell], seeds: Sequence[int], store: Store) -> tuple[Tables, dict[str, float]]:
    """The joined tables of stored cells for some seeds, and the seconds that the cells of each arm took."""
    entries = [store.get(cell.key) for cell in cells]
    took = dict.fromkeys((cell.arm for cell in cells), 0.0)
    for cell, entry in zip(cells, entries, strict=True):
        took[cell.arm] += entry.seconds
    return only_seeds(join(entry.tables for entry in entries), seeds), took


@cache
def _code(path: Path, module: str, setting: type) -> Code:
    return Code.of(path, module, setting)


def _plain(setting: Any) -> dict[str, Any]:
    """A setting as what JSON has, with the name of its class.

    Raises
    ------
    ValueError : for what is no setting, and for a field that is no data: tomorrow it could be another under its name
    """
    if not dataclasses.is_dataclass(setting) or isinstance(setting, type):
        raise ValueError(f"{setting!r:.60} is no setting: a trained control returns one, as replace(setting, lr=0.1)")
    for field in dataclasses.fields(setting):
        value = getattr(setting, field.name)
        try:
            json.dumps(value, sort_keys=True, default=dataclasses.asdict)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                f"{type(setting).__module__}: the field {field.name} = {value!r:.60} of the setting cannot be part of "
                f"a result's key: use numbers, texts, True, False, None, and tuples of them"
            ) from error
    return {"type": type(setting).__name__, **dataclasses.asdict(setting)}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
