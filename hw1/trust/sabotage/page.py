"""The table of claims and faults: for a terminal, and as the page that is committed under docs/evidence/."""

from collections.abc import Iterator, Sequence

from hw1.manifest.summary import aligned
from hw1.trust.sabotage.faults import FAULTS, NONE
from hw1.trust.sabotage.judging import SEEDS, Seen
from hw1.trust.sabotage.reasons import Reasons, stale, unexplained

__all__ = ["counted", "markdown", "table"]


def table(seen: Sequence[Seen], reasons: Reasons) -> list[str]:
    """One line per claim, a column per fault; below it what wants a reason, and what has one and is red."""
    return [*aligned([_header(seen), *_rows(seen)]), *_flags(seen, reasons)]


def counted(seen: Sequence[Seen], reasons: Reasons) -> str:
    """How many claims stayed green under one fault."""
    asked = [one for one in seen if one.outcome != "not applicable"]
    words = f"{sum(one.green for one in asked)} of {len(asked)} green"
    if seen and seen[0].fault == NONE.name:
        return words
    return f"{words}, {len(unexplained(seen, reasons))} of them unexplained"


def markdown(seen: Sequence[Seen], reasons: Reasons, command: str, made_with: str) -> str:
    """The page."""
    faults = _faults(seen)
    lines = [
        "# What stays green under sabotage",
        "",
        f"Made by `{command}` on {SEEDS} seeds; {made_with}.",
        "",
        "Training, data or arms of every fast experiment are broken on purpose, one fault at a time, and every claim",
        "is judged on what comes out. Green: the registered verdict, with its twins right, so that the claim's test",
        "would pass. It may be right to: a claim about nets at their start has nothing to lose at rate 0. The reason",
        "is declared for each green (`sabotage.toml` beside the claims); one without a reason fails the command. Which",
        "of the library's own tests see faults in the library: [sabotage of the library](../sabotage.md).",
        "",
        "Not seen here: seeds of which only some repeat others, as a verdict is refused only where all are alike; and",
        "the permutation of a function's values is one for all seeds, which share the grid.",
        "",
        *(f"- `{fault}`: {FAULTS[fault].words} {counted(_under(seen, fault), reasons)}." for fault in faults),
        "",
        f"| {' | '.join(_header(seen))} |",
        f"|{'---|' * (1 + len(faults))}",
        *(f"| {' | '.join(row)} |" for row in _rows(seen)),
    ]
    for fault in faults:
        if fault != NONE.name:
            lines += ["", f"## {fault}", "", *_explained(_under(seen, fault), reasons)]
    return "\n".join([*lines, *_flagged(seen, reasons)]) + "\n"


def _header(seen: Sequence[Seen]) -> tuple[str, ...]:
    return "claim", *_faults(seen)


def _rows(seen: Sequence[Seen]) -> list[tuple[str, ...]]:
    found = {(one.claim.name, one.fault): _cell(one) for one in seen}
    names = dict.fromkeys(one.claim.name for one in seen)
    return [(name, *(found[name, fault] for fault in _faults(seen))) for name in names]


def _cell(one: Seen) -> str:
    return f"green ({one.outcome})" if one.green else one.outcome


def _faults(seen: Sequence[Seen]) -> list[str]:
    return list(dict.fromkeys(one.fault for one in seen))


def _under(seen: Sequence[Seen], fault: str) -> list[Seen]:
    return [one for one in seen if one.fault == fault]


def _explained(seen: Sequence[Seen], reasons: Reasons) -> Iterator[str]:
    """The green claims of one fault by their reason, and those without a verdict by what was said."""
    by_reason: dict[str, list[str]] = {}
    for one in seen:
        if one.green:
            why = reasons.get(one.fault, {}).get(one.claim.name, "**no reason is declared**")
            by_reason.setdefault(why, []).append(one.claim.name)
    if not by_reason:
        yield "- Nothing stays green."
    for why, names in by_reason.items():
        yield f"- Green ({len(names)}), {why}: {', '.join(names)}."
    yield from _without_verdict(seen)


def _without_verdict(seen: Sequence[Seen]) -> Iterator[str]:
    """Claims that could not be computed or judged, by what was said."""
    by_note: dict[str, list[str]] = {}
    for one in seen:
        if one.note:
            by_note.setdefault(f"{one.outcome}, {one.note.rstrip('.')}", []).append(one.claim.name)
    for note, names in by_note.items():
        listed = ", ".join(names) if len(names) < len(seen) or len(names) == 1 else "all"
        yield f"- No verdict ({len(names)}), {note}: {listed}."


def _flags(seen: Sequence[Seen], reasons: Reasons) -> Iterator[str]:
    for one in unexplained(seen, reasons):
        yield f"! {one.claim.name} stays green under {one.fault}, and no reason is declared"
    for one in stale(seen, reasons):
        yield f"! {one.claim.name} is red under {one.fault} ({one.outcome}): the reason declared for it is stale"
    for one in _under(seen, NONE.name):
        if not one.green:
            yield f"! {one.claim.name} is red though nothing is broken ({one.note or one.outcome})"


def _flagged(seen: Sequence[Seen], reasons: Reasons) -> list[str]:
    flags = [f"- {flag.removeprefix('! ')}" for flag in _flags(seen, reasons)]
    return ["", f"## Flagged: {len(flags)}", "", *flags] if flags else ["", "## Flagged: 0"]
