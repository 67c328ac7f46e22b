"""The page of both scales: for each family what was decided, what the rest costs, and how the settings differ."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from hw1.manifest.summary import seconds, seeds, seen
from hw1.registry import Claim, Experiment, experiment_of
from hw1.registry.registration import unrun
from hw1.report.markdown import cell, code, versions, words
from hw1.report.scales import Beside, Record, closing
from hw1.report.words import plural, titled
from hw1.settings import unlike

_T = TypeVar("_T")
_K = TypeVar("_K")
READING = """\
Read it so: *effect in the median seed [interval]*, in the claim's own measure; *22/24, look 2*: seeds of the published
scale that show the claim, and the planned number of seeds at which it stopped; *20 met*: on so many the assay was met,
and the others stand at the claim's margin, in the interval too. **other**: another verdict than at the small scale; **a
control failed**: no evidence, whatever the verdict. Claims of one experiment share their core-hours. That both scales
agree is no estimate of how often they would: claims that development seeds contradicted at the published scale are not
made there; the last section names them, with the numbers.
"""
HEADER = ("claim", "small scale", "published scale", "seeds there", "core-hours there")


def page(found: Sequence[Beside], runs: Sequence[Record], command: str, small: Sequence[Claim] = ()) -> Iterator[str]:
    """Lines of Markdown: a table for each family of the claims that were run, and below it those that were not.

    Parameters
    ----------
    runs : name, date and environment of each manifest, as `hw1.report.site.joined` gives them
    small : claims of which those that are made at one scale alone close the page, with the reasons
    """
    yield from ("# Both scales", "", f"Made by `{command}`.", "", *_sentences(closing(found)), "", READING)
    yield from ("| manifest | claims of the published scale | core-hours | made by |", "|---|---|---|---|")
    yield from (
        _run(run, [one for one in found if one.full and one.full["run"]["name"] == run["name"]]) for run in runs
    )
    for family, some in _grouped(found, lambda one: experiment_of(one.claim).family):
        yield from ("", f"## {titled(family)}", "")
        if ran := [one for one in some if one.full]:
            yield from (f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}", *map(_row, ran))
        if left := [one for one in some if not one.full]:
            yield from ("", *_left(left)) if ran else _left(left)
        yield from _settings(some)
    for scale, other in (("published", "fast"), ("small", "full")):
        if alone := [one for one in small if other not in one.tiers]:
            yield from ("", f"## At the {scale} scale alone, and why", "", *_alone(alone, other))


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


def _left(left: Sequence[Beside]) -> Iterator[str]:
    """The claims that nobody ran at the published scale, by experiment, with its price and that of single claims."""
    yield "Not run (a claim alone, with `--hw1-no-figures`, trains the arms that it reads):"
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


def _settings(some: Sequence[Beside]) -> Iterator[str]:
    """How the settings of a family's experiments differ, and which were chosen after their claims were registered."""
    lines = []
    for name, its in _grouped(some, lambda one: experiment_of(one.claim).name):
        experiment = experiment_of(its[0].claim)
        if "fast" in experiment.tiers:
            late = "; ".join(unrun([one.claim for one in its], "full"))
            chosen = f". *Chosen later, before anyone had run it:* {words(late)}" if late else ""
            lines.append(f"- `{name}`: {words(_changes(experiment))}{chosen}.")
    if lines:
        yield from ("", "Settings, from the small scale to the published one:", "", *lines)


def _changes(experiment: Experiment) -> str:
    """The fields of its setting that differ; how many seeds are trained side by side is no part of what is asked."""
    both = unlike(experiment.setting("fast"), experiment.setting("full"))
    return "; ".join(f"{name} {old} → {new}" for name, old, new in both if name != "stack")


def _alone(claims: Sequence[Claim], other: str) -> Iterator[str]:
    """The claims that are not made at the other scale, by experiment and reason.

    Where an experiment has no such setting, the reasons of the claims that hold say why; those of the others say why
    they fail.
    """
    for name, some in _grouped(claims, lambda one: experiment_of(one).name):
        if other in experiment_of(some[0]).tiers:
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
        _verdict(one.fast) if "fast" in one.claim.tiers else "not made there",
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
