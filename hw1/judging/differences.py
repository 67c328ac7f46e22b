"""How a setting of one's own differs from the registered one, in words, and what follows for reading the verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw1.data.split import CLASSES
from hw1.judging.trial import WORDS, Trial
from hw1.registry import Claim
from hw1.registry.levels import CHANCE, Constant
from hw1.replaced import Replacements

SQUARED = "0.09"  # in the words of assays of a squared error
GUESSING = ("chance", "ln 10", "constant")
TEN = np.full(CLASSES, 1 / CLASSES)
EQUAL = 0.15  # share of the largest of ten classes that still counts as equal
ALIKE = 0.01  # by which shares in training and test examples may differ

__all__ = ["changes_in_words", "constant_of", "has_other_data", "remarks_on_classes"]


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


def constant_of(claim: Claim, own: Replacements | None) -> Constant | None:
    """The constant answer on data of one's own that assays are to be asked with; None where it is the one they know.

    Levels are moved only where the assay's words speak of guessing.
    """
    data = own.data if own else None
    if data is None or not any(word in claim.assay.words for word in GUESSING):
        return None
    trained, tested = data.shares
    if len(trained) == CLASSES and max(trained.max(), tested.max()) <= EQUAL:
        return None
    other = None if np.allclose(trained, tested, atol=ALIKE) else _constant(claim, tested)
    return replace(_constant(claim, trained), tested=other)


def _constant(claim: Claim, shares: NDArray[np.floating]) -> Constant:
    return Constant(accuracy=float(shares.max()), loss=_loss(claim, shares), of_ten=_loss(claim, TEN))


def remarks_on_classes(constant: Constant | None, own: Replacements | None) -> Iterator[str]:
    """What takes the place of chance and ln 10 in the words of an assay."""
    if own and constant:
        other = constant.tested
        tested = f", on your test examples on {other.accuracy:.0%}, with {other.loss:.2g}" if other else ""
        yield (
            f"On your {own.data.classes} classes a constant answer is right on {constant.accuracy:.0%} and has a loss "
            f"of {constant.loss:.2g}{tested}. Levels that were made for ten equal classes ({CHANCE:.0%}, "
            f"{constant.of_ten:.2g}) are moved as far: those of losses with that loss, those of accuracies by the same "
            f"share of the way to 1."
        )


def _loss(claim: Claim, shares: NDArray[np.floating]) -> float:
    """Of the best constant answer: cross-entropy (nats) or, where the assay's level is of it, squared error."""
    if SQUARED in claim.assay.words:
        return float((shares * (1 - shares)).sum() / CLASSES)  # the mean over ten outputs, of one-hot targets
    some = shares[shares > 0]  # a class may be missing among the test examples
    return float(-(some * np.log(some)).sum())


def _named(mine: Any) -> str:
    if isinstance(mine, Mapping):
        return ", ".join(f"{_named(make)} as {arm}" for arm, make in mine.items())
    return str(getattr(mine, "__name__", mine))
