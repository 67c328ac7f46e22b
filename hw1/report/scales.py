"""Two scales side by side: what each claim of the tier `full` came to there and in `fast`, and what is undecided."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hw1.manifest.summary import seconds, seeds, seen
from hw1.registry import Claim, experiment_of
from hw1.report.markdown import cell, code, versions, words
from hw1.report.words import plural, titled

Record = Mapping[str, Any]
_T = TypeVar("_T")
_K = TypeVar("_K")
HEADER = ("claim", "small scale", "published scale", "seeds there", "core-hours there")


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A claim of the published scale, with what decided it at either scale.

    Attributes
    ----------
    fast, full : decisions as a manifest has them; None where none is given
    price : core-hours of the first look of its experiment, measured or estimated; None where it is not known
    alone : those of the arms that the claim reads
    """

    claim: Claim
    fast: Record | None
    full: Record | None
    price: float | None
    alone: float | None

    @property
    def blind(self) -> bool:
        """Whether a control of the published scale decides otherwise than it must: the verdict there is no evidence."""
        controls = [self.full[name] for name in ("table_control", "same_arms")] if self.full else []
        return any(control and not control["right"] for control in controls)

    @property
    def outcome(self) -> str:
        """What came of it at the published scale: the verdict's outcome, unless it was not run or is no evidence."""
        if self.full is None:
            return "not run"
        return "with a failed control" if self.blind else str(self.full["verdict"]["outcome"])

    @property
    def decided(self) -> bool:
        """Whether the published scale has a verdict, and controls that came out as required."""
        return self.outcome in ("holds", "refuted")

    @property
    def agree(self) -> bool | None:
        """Whether both scales give one verdict; None where either is missing or undecided."""
        if self.fast is None or not self.decided:
            return None
        return bool(self.fast["verdict"]["outcome"] == self.outcome)


def beside(
    claims: Sequence[Claim],
    decisions: Sequence[Record],
    prices: Mapping[str, float],
    alone: Mapping[str, float] | None = None,
) -> list[Beside]:
    """The claims of the tier `full`, each with its decisions.

    Parameters
    ----------
    decisions : of any runs; those of trained controls, and `outdated` ones, are left out
    prices, alone : core-hours by experiment, and by claim
    """
    now = _revisions(claims)
    known = {(one["claim"], one["tier"]): one for one in decisions if not one["control"] and not _is_old(one, now)}
    return [
        Beside(
            claim=one,
            fast=known.get((one.name, "fast")),
            full=known.get((one.name, "full")),
            price=prices.get(experiment_of(one).name),
            alone=(alone or {}).get(one.name),
        )
        for one in claims
        if "full" in one.tiers
    ]


def outdated(claims: Sequence[Claim], decisions: Sequence[Record]) -> list[str]:
    """Claims that were decided as they were before their experiment's seeds were drawn anew."""
    now = _revisions(claims)
    return sorted({one["claim"] for one in decisions if _is_old(one, now)})


def _revisions(claims: Sequence[Claim]) -> dict[str, int]:
    return {one.name: experiment_of(one).revision for one in claims}


def _is_old(decision: Record, now: Mapping[str, int]) -> bool:
    return bool(decision["revision"] != now.get(decision["claim"], decision["revision"]))


def closing(found: Sequence[Beside]) -> list[str]:
    """How many are decided, in how many families, and where the scales agree."""
    decided = [one for one in found if one.decided]
    families = {experiment_of(one.claim).family for one in decided}
    many = plural(len(families), "family", "families")
    lines = [f"{len(decided)} of {len(found)} claims decided at the published scale, of {many}"]
    if compared := [one for one in decided if one.agree is not None]:
        other = [one.claim.name for one in compared if not one.agree]
        lines.append(f"the same verdict at both scales: {len(compared) - len(other)} of {len(compared)}")
        lines += [f"another verdict: {', '.join(other)}"] if other else []
    blind = [one.claim.name for one in found if one.blind]
    lines += [f"not decided, as a control failed: {', '.join(blind)}"] if blind else []
    left = [one.claim.name for one in found if one.full and not one.decided and not one.blind]
    return lines + ([f"run, and not decided: {', '.join(left)}"] if left else [])


def page(found: Sequence[Beside], runs: Sequence[Record], command: str, small: Sequence[Claim] = ()) -> Iterator[str]:
    """Lines of Markdown: a table for each family of the claims that were run, and below it those that were not.

    Parameters
    ----------
    runs : name, date and environment of each manifest, as `hw1.report.site.joined` gives them
    small : claims of which those that are made at the small scale alone close the page, with the reasons
    """
    yield from ("# Both scales", "", f"Made by `{command}`.", "", *_sentences(closing(found)), "")
    yield from ("| manifest | claims of the published scale | core-hours | made by |", "|---|---|---|---|")
    yield from (
        _run(run, [one for one in found if one.full and one.full["run"]["name"] == run["name"]]) for run in runs
    )
    for family, some in _grouped(found, lambda one: experiment_of(one.claim).family):
        yield from ("", f"## {titled(family)}", "")
        if ran := [one for one in some if one.full]:
            yield from (f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}", *map(_row, ran))
        if left := [one for one in some if not one.full]:
            yield from ("", *_not_run(left)) if ran else _not_run(left)
    if alone := [one for one in small if "full" not in one.tiers]:
        yield from ("", "## At the small scale alone, and why", "", *_alone(alone))


def _sentences(lines: Sequence[str]) -> list[str]:
    return [f"- {line[0].upper()}{line[1:]}." for line in lines]


def _run(run: Record, its: Sequence[Beside]) -> str:
    """What a manifest says of the tier `full`, what that took, and what it was made with."""
    environment = run["environment"]
    commit = f"commit {words(environment['commit'])}, " if "commit" in environment else ""
    made = f"{run['date'][:10]}, {commit}block {environment['block']}, {versions(environment)}"
    outcomes = Counter(one.outcome for one in its)
    told = ", ".join(f"{many} {outcome}" for outcome, many in sorted(outcomes.items())) or "none: the small scale"
    hours = seconds(own.full for own in its if own.full) / 3_600
    row = (code(Path(run["name"]).name), told, f"{hours:.2g}" if its else "", made)
    return f"| {' | '.join(map(cell, row))} |"


def _not_run(left: Sequence[Beside]) -> Iterator[str]:
    """The claims that nobody ran at the published scale, by experiment, with its price and that of single claims."""
    yield "Not run (a claim alone trains the arms that it reads):"
    yield ""
    for name, some in _grouped(left, lambda one: experiment_of(one.claim).name):
        yield f"- `{name}` ({_price(some[0].price)}): {', '.join(map(_named, some))}"


def _named(one: Beside) -> str:
    less = one.alone is not None and one.price is not None and one.alone < 0.99 * one.price
    return f"`{one.claim.name}`" + (f" ({one.alone:.2g} alone)" if less else "")


def _price(hours: float | None) -> str:
    if hours is None:
        return "price not known"
    return f"about {hours:.3g} core-hour{'' if f'{hours:.3g}' == '1' else 's'} for the first look"


def _alone(claims: Sequence[Claim]) -> Iterator[str]:
    """The claims that are not made at the published scale, by experiment and reason.

    Where an experiment has no such setting, the reasons of the claims that hold say why; those of the others say why
    they fail.
    """
    for name, some in _grouped(claims, lambda one: experiment_of(one).name):
        if "full" in experiment_of(some[0]).tiers:
            for because, own in _grouped(some, lambda claim: claim.because):
                yield _because(name, ", ".join(f"`{claim.name}`" for claim in own), because)
        else:
            reasons = dict.fromkeys(claim.because for claim in some if claim.expect == "holds")
            yield _because(name, plural(len(some), "claim"), "; ".join(reasons))


def _because(name: str, what: str, why: str) -> str:
    return f"- `{name}`: {what}. *Why:* {words(why)}."


def _grouped(some: Iterable[_T], key: Callable[[_T], _K]) -> Iterable[tuple[_K, list[_T]]]:
    """All that have one key together, in the order in which the keys come first."""
    found: dict[_K, list[_T]] = {}
    for one in some:
        found.setdefault(key(one), []).append(one)
    return found.items()


def _row(one: Beside) -> str:
    full = one.full or {}
    cells = (
        f"`{one.claim.name}`: {one.claim.sentence}",
        _verdict(one.fast),
        _remark(one) + _verdict(full),
        seeds(full),
        f"{full['seconds'] / 3_600:.2g}",
    )
    return f"| {' | '.join(cell(words(text)) for text in cells)} |"


def _remark(one: Beside) -> str:
    if one.blind:
        return "**a control failed**: "
    return "**other**: " if one.agree is False else ""


def _verdict(record: Record | None) -> str:
    return f"{record['verdict']['outcome']}, {seen(record['verdict'])}" if record else "not run"
