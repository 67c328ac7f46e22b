"""The log of redrawn seeds, `redraws.json` beside `registered.json`: how often an experiment's evidence was asked anew.

Each redraw is another chance for a claim to come out as wished, so that their number belongs beside the verdict.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from hw1.documents import document
from hw1.registry.experiments import Experiment
from hw1.writing import write

WORDS = 3  # a reason has at least so many
BY_HAND = "REVISION was raised by hand"
_FIELDS = {
    **{name: {"type": "string"} for name in ("date", "experiment", "reason")},
    **{name: {"type": "integer"} for name in ("from", "to")},
    "claims": {"type": "array", "items": {"type": "string"}},
}
_SCHEMA = json.dumps({"type": "array", "items": {"type": "object", "required": [*_FIELDS], "properties": _FIELDS}})


@dataclass(frozen=True)
class Redraw:
    """One experiment's seeds, drawn anew: when and why, from which revision to which, for which claims."""

    date: str  # ISO 8601, of the day
    experiment: str
    old: int
    new: int
    reason: str
    claims: tuple[str, ...]

    @classmethod
    def now(cls, experiment: Experiment, old: int, new: int, reason: str, claims: Sequence[str]) -> "Redraw":
        """A redraw of today."""
        return cls(datetime.now(UTC).date().isoformat(), experiment.name, old, new, reason, tuple(claims))

    def to_dict(self) -> dict[str, object]:
        """As it stands in the log."""
        names = {"old": "from", "new": "to"}
        return {names.get(name, name): value for name, value in asdict(self).items()}


def check_reason(reason: str, option: str = "--redraw") -> None:
    """Refuse what is no reason.

    Raises
    ------
    ValueError : for fewer than three words
    """
    if len(reason.split()) < WORDS:
        raise ValueError(
            f"{option} {reason!r}: say in {WORDS} words or more why this is registered anew; the reason is kept beside "
            f"the claims"
        )


def read(folder: Path) -> list[Redraw]:
    """All redraws of the claims package in a folder, in their order; DocumentError where the file is damaged."""
    path = folder / "redraws.json"
    entries = document(path, "restore it from the repository, where it was committed", _SCHEMA) if path.exists() else []
    return [
        Redraw(one["date"], one["experiment"], one["from"], one["to"], one["reason"], tuple(one["claims"]))
        for one in entries
    ]


def add(folder: Path, redraw: Redraw) -> None:
    """Write one more redraw to the log, a line for each."""
    lines = [json.dumps(one.to_dict()) for one in [*read(folder), redraw]]
    write(folder / "redraws.json", "[\n" + ",\n".join(lines) + "\n]\n")
