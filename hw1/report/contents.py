"""What stands where in a page: families, their experiments, and the claims with their controls."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from hw1.blocks import EVIDENCE
from hw1.report.drawing import Drawn, draw
from hw1.report.strip import beyond, strip
from hw1.report.tables import Table, tables
from hw1.report.words import titled
from hw1.statistics.looks import TAKEN

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure: its panels and their numbers, and the tables it has of its own; or the error in their place."""

    title: str
    caption: str
    panels: Sequence[Drawn]
    numbers: Sequence[Table]
    error: str = ""
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Control:
    """The verdict on a claim's control, or None where it was not asked for."""

    name: str
    words: str
    trains: bool
    verdict: Mapping[str, Any] | None
    right: bool
    record: Record | None = None


@dataclass(frozen=True)
class Entry:
    """A claim in one tier, with all that its article shows."""

    id: str
    record: Record
    strip: Markup
    beyond: str
    control: Control
    command: str


@dataclass(frozen=True)
class Chapter:
    """An experiment in one tier: what it says of itself (None where its process died), pictures and claims."""

    id: str
    name: str
    tier: str
    account: Mapping[str, Any] | None
    pictures: Sequence[Picture]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Family:
    """The chapters of a family."""

    id: str
    name: str
    chapters: list[Chapter] = field(default_factory=list)


def families(manifest: Mapping[str, Any]) -> list[Family]:
    """Everything between the summary and the environment, in a fixed order.

    Records of several runs in one say in `run` with what each was made.
    """
    found: dict[str, Family] = {}
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in manifest["decisions"]:
        groups.setdefault((record["family"], record["experiment"], record["tier"]), []).append(record)
    accounts = {(a["experiment"], a["tier"]): a for a in manifest["experiments"]}
    for (family, experiment, tier), records in sorted(groups.items()):
        page = found.setdefault(family, Family(_id("family", family), family))
        page.chapters.append(_chapter(experiment, tier, accounts.get((experiment, tier)), records, manifest))
    return list(found.values())


def _chapter(
    name: str, tier: str, account: Mapping[str, Any] | None, records: Sequence[Record], manifest: Mapping[str, Any]
) -> Chapter:
    key = _id("experiment", name, tier)
    arms = account["arms"] if account else []
    figures = account["figures"] if account else []
    pictures = [picture(figure, f"{key}-figure-{i}", arms) for i, figure in enumerate(figures)]
    return Chapter(key, name, tier, account, pictures, list(_entries(records, account, manifest["environment"])))


def picture(figure: Mapping[str, Any], key: str, arms: Sequence[str]) -> Picture:
    """A drawn figure; one that cannot be made or drawn says so in its place."""
    error = figure.get("error", "")
    if not error:
        try:
            panels = draw(figure, key, arms)
            numbers = [table for panel in figure["panels"] for table in tables(panel)]
            own = [Table(**table) for table in figure.get("tables", ())]
            return Picture(figure["title"], figure["caption"], panels, numbers, tables=own)
        except Exception as failure:  # whatever a figure function made up: the rest of the page stands
            error = f"{type(failure).__name__}: {failure}"
    return Picture(titled(figure.get("name", "figure")), "", [], [], error)


def _entries(
    records: Sequence[Record], account: Mapping[str, Any] | None, environment: Mapping[str, Any]
) -> Iterable[Entry]:
    """Claims in the order of their file; a trained control belongs to its claim, where that was judged."""
    order = {claim: i for i, claim in enumerate(account["claims"] if account else [])}
    controls = {record["claim"]: record for record in records if record["control"]}
    judged = {record["claim"] for record in records if not record["control"]}
    for record in sorted(records, key=lambda r: (order.get(r["claim"], len(order)), r["claim"], bool(r["control"]))):
        if record["control"] and record["claim"] in judged:
            continue
        key = _id("claim", record["claim"], record["tier"], *([record["control"]] if record["control"] else []))
        control = _control(record, controls.get(record["claim"]))
        again = command(record, record.get("run", {}).get("environment", environment))
        yield Entry(key, record, strip(record, f"{key}-strip"), beyond(record), control, again)


def _control(record: Record, trained: Record | None) -> Control:
    twin, verdict = record["twin"], record["table_control"]
    if verdict is not None:
        return Control(twin["name"], twin["words"], False, verdict, verdict["right"])
    if trained is None:
        return Control(twin["name"], twin["words"], twin["trains"], None, right=False)
    return Control(twin["name"], twin["words"], True, trained["verdict"], trained["as_registered"], trained)


def command(record: Record, environment: Mapping[str, Any]) -> str:
    """The command that asks for this decision again; empty where no test asked for it."""
    if not record["test"]:
        return ""
    mark = {"fast": "slow", "full": "full and slow"}[record["tier"]] if record["control"] else record["tier"]
    file, _, rest = record["test"].partition("::")
    # A test of `hw1 test` lies in no file.
    one = ["pytest", record["test"]] if file.endswith(".py") else ["hw1", "test", "-k", rest.partition("[")[0]]
    parts = ["python", "-m", *one, "-m", mark]
    plan = ("looks", TAKEN) if environment.get("seeds") is None else ("seeds", None)
    for name, usual in (("block", EVIDENCE), plan):
        if environment.get(name, usual) != usual:
            parts += [f"--hw1-{name}", str(environment[name])]
    return shlex.join(parts)


def _id(*parts: str) -> str:
    """An anchor from names, with nothing in it that a page would have to quote; letters of any language stay apart."""
    return re.sub(r"[^\w-]", "-", "-".join(parts))
