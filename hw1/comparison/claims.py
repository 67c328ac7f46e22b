"""Each claim side by side: the same question to several environments, and how their answers differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hw1.comparison.environments import Environment
from hw1.comparison.signs import Signs, signs, unpaired
from hw1.manifest.counted import Key, key

Record = Mapping[str, Any]

ALPHA = 1e-3  # of a comparison as a whole: the rate of reporting a movement where there is none
KINDS = ("same", "alike", "moved", "changed")


@dataclass(frozen=True, kw_only=True)
class Change:
    """How one environment differs from the first in one claim.

    kind : "same" to the last digit of every seed that both have; "alike", no difference detected; "moved" with the
        verdict as it was; "changed", another verdict, be it after other numbers of seeds
    signs : seed by seed, where some seeds are the same; else None
    p : of the sign test, or where the seeds are others that of the exact two-sample test of Kolmogorov and Smirnov
    """

    letter: str
    kind: str
    signs: Signs | None
    p: float


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A claim in the environments that judged it; in none of them where none got a verdict.

    why : why it cannot be compared, empty where it can
    reasons : why there is no verdict, by environment that was asked for one
    notes : what else differs: settings, revisions
    """

    key: Key
    records: Mapping[str, Record]
    changes: tuple[Change, ...] = ()
    why: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The worst of its changes."""
        return max((change.kind for change in self.changes), key=KINDS.index) if self.changes else "apart"


def compared(some: Sequence[Environment]) -> list[Compared]:
    """Every claim of any environment, each against the first that judged it.

    A movement counts at `ALPHA` over all claims and pairs together (Bonferroni), so that two runs of the same stay
    quiet: of 1,000 such comparisons at most one reports a movement.
    """
    asked = {key(record) for one in some for record in [*one.manifest["decisions"], *_without(one)]}
    found = [_paired(question, some) for question in sorted(asked)]
    tests = sum(len(one.changes) for one in found)
    return [replace(one, changes=tuple(_settled(c, tests) for c in one.changes)) for one in found]


def _without(one: Environment) -> Sequence[Record]:
    return one.manifest.get("without_verdict", ())  # type: ignore[no-any-return]


def _paired(question: Key, some: Sequence[Environment]) -> Compared:
    records = {one.letter: r for one in some for r in one.manifest["decisions"] if key(r) == question}
    if len(records) < len(some):
        reasons = {one.letter: r["reason"] for one in some for r in _without(one) if key(r) == question}
        why = "; ".join(_missing(some, records, reasons))
        return Compared(key=question, records=records, why=why, reasons=reasons)
    first, *others = records
    if differ := list(_questions(records)):
        return Compared(key=question, records=records, why=f"another question: {'; '.join(differ)}")
    changes = tuple(_change(letter, records[first], records[letter]) for letter in others)
    return Compared(key=question, records=records, changes=changes, notes=tuple(_notes(question, records, some)))


def _missing(some: Sequence[Environment], records: Mapping[str, Record], reasons: Mapping[str, str]) -> Iterator[str]:
    """Where a claim was asked and got no verdict, and where it was not asked."""
    yield from (f"no verdict in {letter}: {reason}" for letter, reason in reasons.items() if letter not in records)
    if never := [one.letter for one in some if one.letter not in records and one.letter not in reasons]:
        yield f"not judged in {', '.join(never)}"


def _questions(records: Mapping[str, Record]) -> Iterator[str]:
    """What was asked differently: a verdict compares with another only where the claim is the same."""
    asked = {
        letter: {**r["score"], "p0": r["verdict"]["p0"], "alpha": r["verdict"]["alpha"]}
        for letter, r in records.items()
    }
    return _differing(asked)


def _notes(question: Key, records: Mapping[str, Record], some: Sequence[Environment]) -> Iterator[str]:
    revisions = {letter: r["revision"] for letter, r in records.items()}
    if len(set(revisions.values())) > 1:
        yield "other random numbers: " + ", ".join(f"revision {r} in {letter}" for letter, r in revisions.items())
    yield from _differing({letter: _judging(r) for letter, r in records.items()})
    _, experiment, _, tier, _ = question
    settings = {
        one.letter: account["setting"]
        for one in some
        for account in one.manifest["experiments"]
        if (account["experiment"], account["tier"]) == (experiment, tier)
    }
    yield from _differing(settings)


def _judging(record: Record) -> dict[str, Any]:
    """How a claim was judged, beyond the question: it may have been decided at another look, or without its assay."""
    verdict = record["verdict"]
    return {"judged at seeds": verdict["n"], "assay": verdict["assay"] or "none"}


def _differing(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is not the same everywhere, with its value in every environment."""
    for name in dict.fromkeys(name for one in found.values() for name in one):
        values = {letter: one.get(name) for letter, one in found.items()}
        if any(value != next(iter(values.values())) for value in values.values()):
            yield f"{name} " + ", ".join(f"{value} in {letter}" for letter, value in values.items())


def _change(letter: str, before: Record, after: Record) -> Change:
    """The difference before it is known how many there are; `_settled` says what it is called."""
    same_seeds = before["revision"] == after["revision"] and set(before["scores"]) & set(after["scores"])
    found = signs(before["scores"], after["scores"]) if same_seeds else None
    p = found.p if found else unpaired(before["scores"], after["scores"])
    changed = before["verdict"]["outcome"] != after["verdict"]["outcome"]
    common = set(before["scores"]) & set(after["scores"])
    equal = found is not None and all(before["scores"][seed] == after["scores"][seed] for seed in common)
    return Change(letter=letter, kind="changed" if changed else "same" if equal else "alike", signs=found, p=p)


def _settled(change: Change, tests: int) -> Change:
    moved = change.kind == "alike" and change.p <= ALPHA / tests
    return replace(change, kind="moved") if moved else change
