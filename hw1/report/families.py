"""One page of Markdown per family: what people wrote stays, what a run showed stands between two marks.

The first figure of each experiment stands there too, a file for each of its panels in the folder `figures` beside the
pages; the page of a whole run (`report`) has them all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hw1.manifest.summary import effect, not_seen, seeds
from hw1.report.illustrations import Figures
from hw1.report.markdown import cell, code, versions, words
from hw1.report.words import ranged, redrawn, resettled, titled, untrained
from hw1.writing import write

BEGIN, END = "<!-- what the last run showed: begin -->", "<!-- what the last run showed: end -->"
# Whole lines: a text that holds a mark stands behind other words on its line.
_HELD = re.compile(rf"^{re.escape(BEGIN)}\s*$.*?^{re.escape(END)}\s*?$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"\(`\w+`, \w+\)$")  # an experiment and its tier
Record = Mapping[str, Any]


def update(folder: Path, manifest: Mapping[str, Any], command: str) -> Iterator[Path]:
    """Renew the part of each family's page that holds results; a page that is not there yet is begun.

    An experiment that is not in the manifest keeps what an earlier run showed of it.

    Parameters
    ----------
    manifest : as `hw1.report.read` gives it
    command : the command that this is, for the reader who wants to repeat it

    Raises
    ------
    ValueError : for a page without the two marks, or that cannot be read; no page was written
    OutputError : where one cannot be written
    """
    renewed, figures = {}, Figures(folder / "figures")
    for family in sorted({record["family"] for record in manifest["decisions"]}):
        path = folder / f"{family}.md"
        renewed[path] = _renewed(path, _known(path, family), family, manifest, command, figures)
    for path, text in renewed.items():  # none before all of them can be
        write(path, text)
        yield path
    figures.write()


def _known(path: Path, family: str) -> str:
    """The page as it is, or a new one."""
    try:
        return path.read_text(encoding="utf-8") if path.exists() else f"# {titled(family)}\n\n{BEGIN}\n{END}\n"
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no page that can be renewed ({error}): move it away") from error


def _renewed(path: Path, text: str, family: str, manifest: Record, command: str, figures: Figures) -> str:
    held = _HELD.search(text)
    if held is None:
        raise ValueError(f"{path} has no lines {BEGIN} and {END}: put them where the run's results belong.")
    results = "\n".join(_results(family, manifest, command, _sections(held.group()), figures))
    return f"{text[: held.start()]}{BEGIN}\n{results}\n{END}{text[held.end() :]}"


def _sections(held: str) -> dict[str, str]:
    """What the page says of experiments, each from its heading on, by the end of that: name and tier."""
    parts = re.split("^(?=### )", held.removesuffix(END), flags=re.MULTILINE)[1:]
    return {named.group(): part.rstrip() for part in parts if (named := _NAMED.search(part.partition("\n")[0]))}


def _results(family: str, manifest: Record, command: str, before: Mapping[str, str], figures: Figures) -> Iterator[str]:
    """Lines on what a run showed of a family, and for experiments that were not in it on what an earlier one showed."""
    records = [r for r in manifest["decisions"] if r["family"] == family and not r["control"]]
    sections = dict(before)
    for account in (a for a in manifest["experiments"] if a["family"] == family):
        own = [r for r in records if r["experiment"] == account["experiment"] and r["tier"] == account["tier"]]
        former = _shown(sections.get(_name(account), ""))
        sections[_name(account)] = "\n".join(_experiment(account, own, _run(manifest), figures, former))
    yield f"Written by {code(command)}; each experiment says from which run."
    for name in sorted(sections):
        yield f"\n{sections[name]}"
    without = [one for one in manifest.get("without_verdict", ()) if one["family"] == family and not one["control"]]
    if without:
        yield f"\n### Without a verdict in the run of {manifest['date'][:10]}\n"
        yield from (f"- `{one['claim']}` ({words(one['tier'])}): {code(one['reason'])}" for one in without)


def _run(manifest: Record) -> str:
    environment = manifest["environment"]
    return f"{manifest['date'][:10]}: block {environment['block']} of seeds, {versions(environment)}"


def _name(account: Record) -> str:
    return f"(`{account['experiment']}`, {account['tier']})"


def untouched(manifest: Mapping[str, Any]) -> list[str]:
    """Families of which no claim got a verdict: their pages stay as they are."""
    asked = {one["family"] for one in manifest.get("without_verdict", ())}
    return sorted(asked - {record["family"] for record in manifest["decisions"]})


def _shown(section: str) -> str:
    """The figure of a section, with what is written below it; empty where it has none."""
    parts = section.split("\n\n")
    return next(("\n\n".join(parts[i : i + 2]) for i, part in enumerate(parts) if part.startswith("<img ")), "")


def _experiment(account: Record, records: Sequence[Record], run: str, figures: Figures, former: str) -> Iterator[str]:
    yield f"### {words(account['title']).rstrip('.')} {_name(account)}\n"
    for word in ("Belief", "Source", "Here", "Limits"):
        yield f"- **{word}.** {words(account['header'].get(word, ''))}"
    if told := redrawn(account):
        yield f"- **Seeds.** {words(told)}."
    if told := resettled(account):
        yield f"- **Setting.** {words(told)}."
    yield f"- **Run.** {run}."
    if told := untrained(account):
        yield f"- **Arms.** {words(told)}{'; those below are of an earlier run' if former else ''}."
        yield from [f"\n{former}"] if former else []
    yield from figures.lines(account)
    yield "\n| claim | expected | verdict | effect [interval] | seeds |"
    yield "|---|---|---|---|---|"
    yield from map(_row, records)


def _range(verdict: Mapping[str, Any]) -> str:
    return f" ({ranged(verdict)})" if verdict["interval_is_range"] else ""


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
