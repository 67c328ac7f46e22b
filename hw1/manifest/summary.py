"""The terminal's table of decisions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hw1.statistics import Card, Score
from hw1.statistics.cards import FAR, told_apart

HEADER = ("claim", "tier", "verdict", "effect [interval]", "seeds", "cost")


def table(records: Sequence[Mapping[str, Any]], without: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """One line per decision: claim, tier, verdict, effect with its interval, seeds won and look, seconds computed.

    Parameters
    ----------
    without : questions that have no verdict, each with its reason; they come last
    """
    none = [(named(one), one["tier"], "no verdict", one["reason"]) for one in sorted(without, key=order)]
    return aligned([HEADER, *(_row(record) for record in sorted(records, key=order)), *none])


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of equal width; a row with fewer cells than the first may run on with its last, which widens nothing."""
    columns = range(len(rows[0]))
    bound = [row if len(row) == len(columns) else row[:-1] for row in rows]
    widths = [max(len(row[i]) for row in bound if i < len(row)) for i in columns]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]


def effect(verdict: Mapping[str, Any]) -> str:
    """An effect with its interval."""
    return f"{verdict['effect_name']} {verdict['effect']:.3g} [{verdict['low']:.3g}, {verdict['high']:.3g}]"


def seeds(record: Mapping[str, Any]) -> str:
    """Seeds won of how many, at which look, and on how many the assay is met where that is not all."""
    verdict = record["verdict"]
    look = f"look {verdict['look']}" if record["registered_looks"] else "not the registered looks"
    met = f"{verdict['met']} met" if verdict["met"] not in (None, verdict["n"]) else ""
    return ", ".join(filter(None, [f"{verdict['wins']}/{verdict['n']}", look, met]))


def seconds(records: Iterable[Mapping[str, Any]]) -> float:
    """What some decisions of one run took together; cells that several of them read count once."""
    took: dict[tuple[Any, ...], float] = {}
    for record in records:
        place = tuple(record[name] for name in ("experiment", "tier", "control", "block"))
        for arm, one in record.get("took", {"": record["seconds"]}).items():  # earlier manifests know no arms
            took[*place, arm] = max(one, took.get((*place, arm), 0.0))  # a claim that takes another look reads more
    return sum(took.values())


def not_seen(verdict: Mapping[str, Any]) -> str:
    """Why there is no verdict: on how many seeds the assay is met."""
    return f"{verdict['met']} of {verdict['n']} seeds {verdict['assay']}"


def seen(verdict: Mapping[str, Any]) -> str:
    """The effect, or why there is none."""
    return not_seen(verdict) if verdict["outcome"] == "invalid" else effect(verdict)


def closing(records: Sequence[Mapping[str, Any]], without: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """What the table does not say: how many decisions are as registered, and the bound on a false one.

    Parameters
    ----------
    without : questions that have no verdict; they count as asked
    """
    good = sum(record["as_registered"] for record in records)
    bound = sum(record["verdict"]["alpha"] for record in records)
    parts = [f"{good} of {len(records) + len(without)} as registered"]
    if without:
        parts.append(f"{len(without)} without a verdict")
    if not records:
        return ["; ".join(parts)]
    parts.append(f"chance of any false decision among them at most {bound:.3g} (sum of their alphas)")
    lines = ["; ".join(parts), *_exceptions(records), _controls(records, without)]
    development = sorted({r["claim"] for r in records if r["status"] != "registered"})
    if development:
        lines.append(f"development (block 0, no evidence): {', '.join(development)}")
    return lines


def _exceptions(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Claims without a verdict, and what is other than usual in looks and intervals."""
    for record in records:
        if record["verdict"]["outcome"] == "invalid":
            yield f"no verdict on {named(record)} [{record['tier']}]: {not_seen(record['verdict'])}"
    if other := [record for record in records if not record["registered_looks"]]:
        yield f"{len(other)} judged at one look of their own (--hw1-seeds), not the registered looks"
    if ranges := sorted({r["verdict"]["n"] for r in records if r["verdict"]["interval_is_range"]}):
        yield f"an interval at {' or '.join(map(str, ranges))} seeds is their range"


def _controls(records: Sequence[Mapping[str, Any]], without: Sequence[Mapping[str, Any]]) -> str:
    """How many controls say what they must, by kind; those that train and were not selected are counted too."""
    claims = [record for record in records if not record["control"]]
    tables = [r["table_control"]["right"] for r in claims if r["table_control"]]
    trained = [record["as_registered"] for record in records if record["control"]]
    same = [r["same_arms"]["right"] for r in claims if r["same_arms"]]
    asked = {(record["claim"], record["tier"]) for record in [*records, *without] if record["control"]}
    left = sum(r["twin"]["trains"] and (r["claim"], r["tier"]) not in asked for r in claims)
    kinds = {"on tables": tables, "trained": trained, "with all arms the same": same}
    counts = [f"{sum(right)} of {len(right)} {kind}" for kind, right in kinds.items() if right]
    not_run = [f"{left} trained not run (-m slow)"] if left else []
    return f"controls that came out as required: {', '.join(counts) or 'none was run'}{'; '.join(['', *not_run])}"


def card_lines(made: Card, score: Score) -> list[str]:
    """A calibration card for a terminal."""
    null = "its null is the boundary"
    if made.null_wins is not None:
        null = f"seen on {made.null_wins:.1%} of relabelings (worst seed {made.null_wins_worst:.1%})"
    met = "" if score.seeds_met is None else f"; {score.seeds_met} of {len(score.values)} seeds {score.assay}"
    return [
        f"  null: {null}, false hold {made.false_hold:.2g}",
        f"  predicted flake {made.flake:.2g}, {made.seeds:.1f} seeds expected{met}",
        f"  {made.distance:.3g} from the margin ({score.effect_name}), {told_apart(made.spreads, FAR, '.1f')} spreads",
        *(f"  ! {flag}" for flag in made.flags),
    ]


def _row(record: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = record["verdict"]
    sign = "" if record["as_registered"] else f", expected {record['expected']}"
    return (
        named(record),
        record["tier"],
        verdict["outcome"] + sign,
        seen(verdict),
        seeds(record),
        f"{record['seconds']:.0f} s",
    )


def named(record: Mapping[str, Any]) -> str:
    """A claim, and its control where that is what was judged."""
    return f"{record['claim']} / {record['control']}" if record["control"] else str(record["claim"])


def order(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Decisions by family, experiment, claim, tier and control."""
    return record["family"], record["experiment"], record["claim"], record["tier"], record["control"] or ""
