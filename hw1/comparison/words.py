"""A comparison for a terminal: what sets the environments apart, a line per claim, and the exit status."""

import statistics
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from hw1.comparison.claims import ALPHA, Change, Compared
from hw1.comparison.environments import Environment, differing, label
from hw1.documents import printable
from hw1.exits import DONE, OTHER, WRONG
from hw1.manifest.summary import aligned, not_seen

TITLES = {  # in the order in which they are shown
    "changed": "another verdict",
    "moved": "the same verdict, and the seeds moved",
    "apart": "cannot be compared",
    "alike": "no difference detected",
    "same": "the same numbers",
}


def status(found: Sequence[Compared], *, strict: bool = False, common: bool = False) -> int:
    """The exit status: 0 the same verdicts, 1 a verdict changed, 2 something cannot be compared.

    Parameters
    ----------
    strict : 1 also where seeds moved under the same verdict
    common : claims that cannot be compared do not count, as long as there is one that can, but those do that an
        environment was asked for and gave no verdict on
    """
    kinds = {one.kind for one in found}
    if "changed" in kinds or (strict and "moved" in kinds):
        return OTHER
    counting = any(one.reasons or not common for one in found if one.kind == "apart")
    return WRONG if counting or kinds == {"apart"} else DONE


def lines(some: Sequence[Environment], found: Sequence[Compared]) -> Iterator[str]:
    """The whole comparison for a terminal, the claims that changed first; others' texts break and steer nothing."""
    yield from map(printable, _lines(some, found))


def _lines(some: Sequence[Environment], found: Sequence[Compared]) -> Iterator[str]:
    apart = differing(some)
    yield from (f"{one.letter}  {one.name}" + (f": {label(one, apart)}" if apart else "") for one in some)
    if not apart:
        yield "their environments do not differ in anything that a manifest records"
    for kind in TITLES:
        group = [one for one in found if one.kind == kind]
        if group:
            yield from ("", f"{TITLES[kind]}: {len(group)}")
            yield from aligned([row(one, some) for one in group])
    yield ""
    yield closing(found)


def closing(found: Sequence[Compared]) -> str:
    """One line for all."""
    kinds = [one.kind for one in found]
    counts = [f"{kinds.count(kind)} {TITLES[kind]}" for kind in TITLES if kind in kinds]
    tests = sum(len(one.changes) for one in found)
    level = f"{ALPHA / max(tests, 1):.1g} ({ALPHA:g} over {tests} comparisons)"
    claims = "1 claim" if len(found) == 1 else f"{len(found)} claims"
    return f"{claims}: {', '.join(counts)}. A movement is reported where its p is at most {level}."


def row(one: Compared, some: Sequence[Environment]) -> tuple[str, ...]:
    """A claim, its verdict in each environment, and how they differ."""
    cells = [_cell(one.records.get(environment.letter)) for environment in some]
    return (f"  {title(one)}", *cells, "; ".join(heterogeneity(one)))


def _cell(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return "-"
    v = record["verdict"]
    if v["outcome"] == "invalid":
        return f"invalid, {not_seen(v)}"
    return f"{v['outcome']} {v['effect']:.3g} [{v['low']:.3g}, {v['high']:.3g}] {v['wins']}/{v['n']}"


def title(one: Compared) -> str:
    """Claim and tier, and the control where that is judged."""
    _, _, claim, tier, control = one.key
    return f"{claim}{f' / {control}' if control else ''} [{tier}]"


def heterogeneity(one: Compared) -> list[str]:
    """How the environments differ in a claim."""
    if one.why:
        return [one.why, *one.notes]
    many = len(one.changes) > 1
    first = next(iter(one.records.values()))
    differences = [
        (f"{change.letter}: " if many else "") + _how_it_differs(change, first, one.records[change.letter])
        for change in one.changes
    ]
    return [*differences, *one.notes]


def _how_it_differs(change: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if change.kind == "same" and change.signs:
        return f"the same on every one of {change.signs.n} seeds"
    verdicts = f"{before['verdict']['outcome']} became {after['verdict']['outcome']}; "
    return (verdicts if change.kind == "changed" else "") + _seeds(change, before, after)


def _seeds(change: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Seed by seed, or by the intervals where the seeds are others."""
    s = change.signs
    if s is None:
        way = f"other seeds, whose scores differ with p {change.p:.2g}"
    else:
        way = f"stronger on {s.more} and weaker on {s.less} of {s.n} seeds, p {change.p:.2g}"
    if change.kind == "alike":
        return way
    seeds = set(before["scores"]) & set(after["scores"]) if s else set()  # where they took other looks: those of both
    return f"{way}; median score {_median(before, seeds):.3g}, then {_median(after, seeds):.3g} (the margin is at 0)"


def _median(record: Mapping[str, Any], seeds: Set[str]) -> float:
    return float(statistics.median_low(v for seed, v in record["scores"].items() if not seeds or seed in seeds))
