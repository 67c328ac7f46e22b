"""A run beside a reference as Markdown, to paste into an issue of the library that changed."""

from collections.abc import Iterator, Mapping
from typing import Any

from hw1.comparison.beside import SHOWN, counts
from hw1.comparison.claims import Compared
from hw1.comparison.held import Held
from hw1.comparison.words import heterogeneity, title
from hw1.report.markdown import cell, code, words

__all__ = ["issue"]

_FACTS = ("torch", "python", "numpy", "scipy", "scikit-learn", "hw1", "device", "processor", "system", "precision")


def issue(held: Held) -> Iterator[str]:
    """What maintainers need: versions side by side, what changed, what was held constant, and how to repeat it."""
    yield from (f"**hw1: {held.conclusion}** (reference {code(held.name)})", "")
    yield from (
        "Small nets, trained on the CPU from the same initial numbers and data; one score per seed and claim.",
        "",
    )
    yield from _versions(held)
    yield from ("", *(f"- {words(line)}" for line in counts(held)))
    yield from _claims([one for kind in SHOWN for one in held.of(kind)])
    yield from ("", "To repeat it:", "", "```", "pip install hw1", "hw1 test")
    yield from (f"hw1 compare .hw1/manifest.json --reference --against {held.name}", "```")


def _versions(held: Held) -> Iterator[str]:
    reference, run = (one.facts for one in held.some)
    yield from ("| | reference | here |", "| --- | --- | --- |")
    for name in _FACTS:
        yield _row(name, *(code(str(facts.get(name, "unknown"))) for facts in (reference, run)))


def _claims(some: list[Compared]) -> Iterator[str]:
    if some:
        yield from ("", "| claim | reference | here | difference |", "| --- | --- | --- | --- |")
    for one in some:
        seen = [_outcome(one.records.get(letter)) for letter in "AB"]
        yield _row(code(title(one)), *seen, words("; ".join(heterogeneity(one))))


def _outcome(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return "-"
    v = record["verdict"]
    return words(f"{v['outcome']} {v['wins']}/{v['n']}, effect {v['effect']:.3g}")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell(one) for one in cells)} |"
