"""How a setting of one's own differs from the registered one, in words, and what follows for reading the verdict."""

from collections.abc import Iterator, Mapping
from typing import Any

from hw1.data.split import CLASSES
from hw1.judging.trial import WORDS, Trial
from hw1.registry import Claim
from hw1.replaced import Replacements

GUESSING = ("chance", "ln 10", "constant")  # in the words of assays
EQUAL = 0.15  # share of the largest of ten classes that still counts as equal

__all__ = ["changes_in_words", "has_other_data", "remarks_on_classes"]


def changes_in_words(trial: Trial) -> Iterator[str]:
    """Each field that was changed, and what was brought."""
    for name, old, new in trial.changes():
        yield f"{name} {new} instead of {old}"
    for part in WORDS:
        mine = getattr(trial.own, part, None)
        if mine is not None:
            yield f"{part}: {_named(mine)}"
    if trial.own and trial.own.precision:
        yield trial.own.precision


def has_other_data(trial: Trial) -> bool:
    """Whether what is fitted is not what the claim was made for."""
    own = trial.own
    brought = own is not None and (own.data is not None or own.target is not None)
    return brought or getattr(trial.registered, "data", None) != getattr(trial.setting, "data", None)


def remarks_on_classes(claim: Claim, own: Replacements | None) -> Iterator[str]:
    """Assays that compare with guessing know of ten equal classes alone: `hw1.claims._yardsticks`."""
    data = own.data if own else None
    compares = any(word in claim.assay.words for word in GUESSING)
    if compares and data is not None and (data.classes != CLASSES or data.largest > EQUAL):
        yield (
            f"That is said for ten equal classes (a tenth right by chance, a loss of ln 10). Yours are {data.classes}, "
            f"and {data.largest:.0%} of the examples are of one: nets that learned nothing else may count as trained."
        )


def _named(mine: Any) -> str:
    if isinstance(mine, Mapping):
        return ", ".join(f"{_named(make)} as {arm}" for arm, make in mine.items())
    return str(getattr(mine, "__name__", mine))
