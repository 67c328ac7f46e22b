"""The faults by name, and what they do to an experiment's results."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from hw1.tables import Tables
from hw1.trust.sabotage import planting, recasting

__all__ = ["FAULTS", "NONE", "Fault", "fault_named"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way to break things: while cells run (`plant`), or in the tables that honest cells gave (`recast`)."""

    name: str
    words: str
    plant: Callable[[], AbstractContextManager[None]] | None = None
    recast: Callable[[Tables, Sequence[str]], Tables] | None = None


NONE = Fault(name="none", words="Nothing is broken.")
FAULTS = {
    fault.name: fault
    for fault in (
        NONE,
        Fault(
            name="rate_0",
            words="Every step of every optimizer has the learning rate 0: no net ever moves.",
            plant=planting.rate_0,
        ),
        Fault(
            name="shuffled_labels",
            words="The training labels of each seed, or the values of the function that is fitted, are permuted among "
            "its examples; test labels are true.",
            plant=planting.shuffled_labels,
        ),
        Fault(
            name="constant_outputs",
            words="The outputs of every net are multiplied by 0, in training and in every measurement.",
            plant=planting.constant_outputs,
        ),
        Fault(
            name="renamed_arms",
            words="Each arm has the results of the next one, and the last those of the first.",
            recast=recasting.renamed_arms,
        ),
        Fault(
            name="one_seed",
            words="Every seed has the results of the first one, as if all had its data and random streams.",
            recast=recasting.one_seed,
        ),
    )
}


def fault_named(name: str) -> Fault:
    """The fault of that name.

    Raises
    ------
    ValueError : naming the faults there are
    """
    if name not in FAULTS:
        raise ValueError(f"no fault {name!r}: there are {', '.join(FAULTS)}")
    return FAULTS[name]
