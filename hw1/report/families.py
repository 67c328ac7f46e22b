"""One page of Markdown per family: what people wrote stays, what a run showed stands between two marks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hw1.manifest.summary import effect, not_seen, seeds
from hw1.report.markdown import cell, code, words
from hw1.report.words import redrawn, titled
from hw1.writing import write

BEGIN, END = "<!-- what the last run showed: begin -->", "<!-- what the last run showed: end -->"
# Whole lines: a text that holds a mark stands behind other words on its line.
_HELD = re.compile(rf"^{re.escape(BEGIN)}\s*$.*?^{re.escape(END)}\s*?$", re.MULTILINE | re.DOTALL)
Record = Mapping[str, Any]


def update(folder: Path, manifest: Mapping[str, Any], command: str) -> Iterator[Path]:
    """Renew the part of each family's page that holds results; a page that is not there yet is begun.

    Parameters
    ----------
    manifest : as `hw1.report.read` gives it
    command : the command that this is, for the reader who wants to repeat it

    Raises
    ------
    ValueError : for a page without the two marks, or that cannot be read; no page was written
    OutputError : where one cannot be written
    """
    renewed = {}
    for family in sorted({record["family"] for record in manifest["decisions"]}):
        path = folder / f"{family}.md"
        renewed[path] = _renewed(path, _known(path, family), "\n".join(_results(family, manifest, command)))
    for path, text in renewed.items():  # none before all of them can be
        write(path, text)
        yield path


def _known(path: Path, family: str) -> str:
    """The page as it is, or a new one."""
    try:
        return path.read_text(encoding="utf-8") if path.exists() else f"# {titled(family)}\n\n{BEGIN}\n{END}\n"
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no page that can be renewed ({error}): move it away") from error


def _renewed(path: Path, text: str, results: str) -> str:
    held = _HELD.search(text)
    if held is None:
        raise ValueError(f"{path} has no lines {BEGIN} and {END}: put them where the run's results belong.")
    return f"{text[: held.start()]}{BEGIN}\n{results}\n{END}{text[held.end() :]}"


def _results(family: str, manifest: Mapping[str, Any], command: str) -> Iterator[str]:
    """Lines on what a run showed in a family: how it was made, and a table for each experiment."""
    environment = manifest["environment"]
    yield f"Written by {code(command)} from a run of {manifest['date'][:10]}: block {environment['block']} of seeds,"
    torch, python, device = (words(environment[name]) for name in ("torch", "python", "device"))
    yield f"torch {torch}, Python {python}, {device}."
    without = [one for one in manifest.get("without_verdict", ()) if one["family"] == family and not one["control"]]
    records = [r for r in manifest["decisions"] if r["family"] == family and not r["control"]]
    for account in (a for a in manifest["experiments"] if a["family"] == family):
        own = [r for r in records if r["experiment"] == account["experiment"] and r["tier"] == account["tier"]]
        yield from _experiment(account, own)
    if without:
        yield "\nAsked for in that run, and without a verdict:\n"
        yield from (f"- `{one['claim']}` ({words(one['tier'])}): {code(one['reason'])}" for one in without)


def untouched(manifest: Mapping[str, Any]) -> list[str]:
    """Families of which no claim got a verdict: their pages stay as they are."""
    asked = {one["family"] for one in manifest.get("without_verdict", ())}
    return sorted(asked - {record["family"] for record in manifest["decisions"]})


def _experiment(account: Record, records: Sequence[Record]) -> Iterator[str]:
    yield f"\n### {words(account['title']).rstrip('.')} (`{account['experiment']}`, {account['tier']})\n"
    for word in ("Belief", "Source", "Here", "Limits"):
        yield f"- **{word}.** {words(account['header'].get(word, ''))}"
    if told := redrawn(account):
        yield f"- **Seeds.** {words(told)}."
    yield "\n| claim | expected | verdict | effect [interval] | seeds |"
    yield "|---|---|---|---|---|"
    yield from map(_row, records)


def _range(verdict: Mapping[str, Any]) -> str:
    return f" (range of {verdict['n']} seeds)" if verdict["interval_is_range"] else ""


def _row(record: Record) -> str:
    verdict = record["verdict"]
    why = f" *Why: {record['because']}.*" if record["because"] and record["expected"] == "refuted" else ""
    cells = (
        f"`{record['claim']}`: {record['sentence']}{why}",
        record["expected"],
        verdict["outcome"],
        not_seen(verdict) if verdict["outcome"] == "invalid" else effect(verdict) + _range(verdict),
        seeds(record),
    )
    return f"| {' | '.join(cell(words(text)) for text in cells)} |"
