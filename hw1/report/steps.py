"""A run in Markdown for the summary of a CI step: what nobody expected first, and all claims folded away."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hw1.manifest.summary import closing, named, order, seeds, seen
from hw1.report.markdown import cell, words

HEADER = "| claim | tier | expected | verdict | effect [interval] | seeds |"
Record = Mapping[str, Any]


def lines(manifest: Record) -> Iterator[str]:
    """The lines; nothing in them is an element, a link or a table but what is made so here."""
    decided, without = sorted(manifest["decisions"], key=order), sorted(manifest["without_verdict"], key=order)
    first, *rest = closing(decided, without)
    yield f"### hw1: {words(first)}\n"
    yield from (f"{words(line)}  " for line in rest)  # two blanks: a line of its own
    surprises = [one for one in decided if not one["as_registered"]]
    if surprises or without:
        yield "\n#### Not as registered\n"
        yield from _table([*map(_row, surprises), *map(_unanswered, without)])
    yield f"\n<details><summary>All {len(decided)} verdicts</summary>\n"
    yield from _table(map(_row, decided))
    yield "\n</details>\n"
    environment = manifest["environment"]
    facts = (words(str(environment[name])) for name in ("torch", "python", "device"))
    yield "torch {}, Python {}, {}; ".format(*facts) + f"block {environment['block']} of seeds, {manifest['date'][:10]}"


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield HEADER
    yield "|---" * HEADER.count(" |") + "|"
    yield from (f"| {' | '.join(cell(words(one)) for one in row)} |" for row in rows)


def _row(record: Record) -> tuple[str, ...]:
    verdict = record["verdict"]
    return f"`{named(record)}`", record["tier"], record["expected"], verdict["outcome"], seen(verdict), seeds(record)


def _unanswered(question: Record) -> tuple[str, ...]:
    return f"`{named(question)}`", question["tier"], "", "no verdict", question["reason"], ""
