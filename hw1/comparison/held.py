"""One run beside a reference of the wheel: verdicts, seeds to the bit, and whether they lean one way together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hw1.comparison.claims import ALPHA, Compared, compared
from hw1.comparison.environments import Environment, manifests_in
from hw1.comparison.expected import Expected, expected
from hw1.comparison.references import nearest, reference
from hw1.comparison.together import together
from hw1.comparison.words import title
from hw1.exits import DONE, OTHER, WRONG

__all__ = ["Held", "held"]


@dataclass(frozen=True)
class Held:
    """What a run's claims are beside a reference's; `some` are the reference and the run, in this order."""

    name: str  # of the reference
    some: Sequence[Environment]
    found: Sequence[Compared]
    known: Sequence[Expected] = ()
    left: int = 0  # claims of the reference that the run was not asked for
    new: int = 0  # claims of the run that the reference does not have

    @cached_property
    def news(self) -> list[Compared]:
        """The claims that no line of the known deviations names."""
        known = {one.title for one in self.known}
        return [one for one in self.found if title(one) not in known]

    def of(self, kind: str) -> list[Compared]:
        """Those of the news that are "changed", "moved", "apart", "alike" or "same"."""
        return [one for one in self.news if one.kind == kind]

    @cached_property
    def p(self) -> float:
        """Of the hypothesis that both environments are exchangeable, over all news together."""
        return together(self.news)

    @property
    def unseen(self) -> list[Expected]:
        """Known deviations that did not come: the claim's verdict is the reference's, and its seeds did not move."""
        same = {title(one) for one in self.found if one.kind in ("same", "alike")}
        return [one for one in self.known if one.title in same]

    @property
    def moved(self) -> bool:
        """Whether training moved, beyond the numbers: a verdict, a claim's seeds, or all seeds together."""
        return bool(self.of("changed") or self.of("moved")) or self.p <= ALPHA

    @property
    def status(self) -> int:
        """The exit status: 0 where training did not move, 1 where it did, 2 where a claim cannot be compared."""
        return OTHER if self.moved else WRONG if self.of("apart") else DONE

    @property
    def conclusion(self) -> str:
        """In one line."""
        if self.moved:
            return "training moved"
        if self.of("apart"):
            return "some claims cannot be compared; in the others training was not seen to move"
        if len(self.of("same")) == len(self.news):
            return "nothing moved: every number is the reference's to the last bit"
        return (
            "numbers moved, and training was not seen to: the verdicts are the reference's, and seeds moved either way"
        )


def held(path: Path, name: str | None, list_of_known: Path | None) -> Held:
    """Hold a manifest, or a store of one environment, against a reference.

    Parameters
    ----------
    name : of the reference; None for the one whose environment is most like the run's
    list_of_known : a file of known deviations

    Raises
    ------
    ValueError : where a file cannot be read, or the reference is not there; in one line
    """
    manifests = list(manifests_in(path))
    if len(manifests) != 1:
        raise ValueError(f"{path} holds {len(manifests)} environments: give the manifest of one run")
    run = manifests[0][1]
    name = name or nearest(run["environment"])
    base = reference(name)
    some = [
        Environment(letter="A", name=f"reference {name}", manifest=base),
        Environment(letter="B", name=str(path), manifest=run),
    ]
    every = compared(some)
    there = [one for one in every if "A" in one.records]
    both = [one for one in there if "B" in one.records or "B" in one.reasons]
    if not both:
        raise ValueError(f"{path} has no claim that the reference {name} has: run hw1's own claims, hw1 test")
    known = expected(list_of_known, every) if list_of_known else []
    return Held(name, some, both, known, left=len(there) - len(both), new=len(every) - len(there))


def bits(found: Sequence[Compared]) -> tuple[int, int]:
    """Of all seeds that both have, how many scores are the same to the last bit; and how many there are."""
    pairs = [pair for one in found if one.changes for pair in _pairs(*one.records.values())]
    return sum(a == b for a, b in pairs), len(pairs)


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    if before["revision"] == after["revision"]:
        yield from (
            (value, after["scores"][seed]) for seed, value in before["scores"].items() if seed in after["scores"]
        )
