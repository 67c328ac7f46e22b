"""Levels of assays on data of one's own, where a constant answer is another than for ten equal classes.

The levels of assays are written for the data of claims: ten classes as frequent as each other, of which a constant
answer is right on a tenth, with a loss of ln 10. On two classes every net is right on half, trained or not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from hw1.data import CLASSES

CHANCE = 1 / CLASSES  # the accuracy of a constant answer that levels are written for
TESTED = ("test", "shifted")  # in the names of columns that are measured on test examples


@dataclass(frozen=True)
class Constant:
    """What a net reaches that says the same of every input, on data of one's own.

    Attributes
    ----------
    accuracy : the share of the largest class
    loss, of_ten : its least loss, and that on ten equal classes
    tested : the same on test examples, where the classes have other shares among them
    """

    accuracy: float
    loss: float
    of_ten: float
    tested: "Constant | None" = None

    def moved(self, column: str, level: float) -> float:
        """A level of a loss or an accuracy as far from this constant answer; that of another column as it is.

        A loss as the same share of the constant's; an accuracy as the same share of the way from the constant's to 1.
        """
        if self.tested and any(word in column for word in TESTED):
            return self.tested.moved(column, level)
        if "loss" in column:
            return level * self.loss / self.of_ten
        if "accuracy" in column:
            return 1 - (1 - level) * (1 - self.accuracy) / (1 - CHANCE)
        return level


_CONSTANT: ContextVar[Constant | None] = ContextVar("constant", default=None)


@contextmanager
def levels_of(constant: Constant | None) -> Iterator[None]:
    """Let assays be asked with the levels that belong to this constant answer; None for those that are written."""
    token = _CONSTANT.set(constant)
    try:
        yield
    finally:
        _CONSTANT.reset(token)


def level_here(column: str, level: float) -> float:
    """The level that a column is compared with: what is written, unless `levels_of` moves it."""
    constant = _CONSTANT.get()
    return level if constant is None else constant.moved(column, level)
