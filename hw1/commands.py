"""What `python -m hw1` does: each command yields the lines it prints."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hw1 import pilot as pilots
from hw1 import registration
from hw1.data.places import use_folder
from hw1.decisions import Answers, Options, Question
from hw1.devices import resolve
from hw1.environment import cores, facts
from hw1.progress import Progress
from hw1.registry import (
    Claim,
    Experiment,
    all_claims,
    experiment_of,
    experiments,
    experiments_of,
    find_claim,
    find_experiment,
)
from hw1.settings import changed
from hw1.statistics import Invalid, judge
from hw1.summary import card_lines
from hw1.tables import Tables


def listing(_: Namespace) -> Iterator[str]:
    """Families, experiments and claims."""
    for experiment in experiments().values():
        arms = ", ".join(experiment.arms)
        yield f"{experiment.family} / {experiment.name} (revision {experiment.revision}): arms {arms}"
        for claim in experiment.claims:
            states = ", ".join(f"{tier} {registration.status(claim, tier)}" for tier in claim.tiers)
            yield f"  {claim.name}, expected: {claim.expect} [{states}]"
            yield f"    {claim.sentence}"


def run(options: Namespace) -> Iterator[str]:
    """Train one experiment in the setting asked for, and say what its claims score there."""
    experiment = find_experiment(options.experiment)
    setting = changed(experiment.setting(options.tier), options.set)
    arms = _arms(experiment, options.arms)
    given = options.seeds
    n = experiment.seeds(options.tier) if given is None else registration.at_least_one(given, "--seeds")
    seeds = registration.seeds_of(options.block, n)
    answers = _answers(options)
    yield f"{experiment.family} / {experiment.name}: {setting}"
    tables = answers.tables(experiment, setting, seeds, arms)
    yield from _medians(tables["runs"], experiment)
    for claim in (claim for claim in _readers(experiment) if options.tier in claim.tiers):
        yield from _scored(claim, tables, setting, options, arms == experiment.arms)


def register(options: Namespace) -> Iterator[str]:
    """Freeze the named claims; without names, say which claims differ from their registration."""
    if not options.claims:
        states = [(c, tier, registration.status(c, tier)) for c in all_claims() for tier in c.tiers]
        yield from (f"{claim.name} [{tier}]: {state}" for claim, tier, state in states)
        return
    claims = [find_claim(name) for name in options.claims]
    answers = _answers(options)
    tables = {}
    for experiment in experiments_of(claims):
        seeds = registration.seeds_of(registration.DEVELOPMENT, experiment.seeds("fast"))
        tables[experiment.name, "fast"] = answers.tables(experiment, experiment.setting("fast"), seeds)
    yield from registration.register(claims, tables)


def pilot(options: Namespace) -> Iterator[str]:
    """96 development seeds of some claims or experiments; `--write` keeps the table."""
    claims = [claim for claim in _named(options.names) if "fast" in claim.tiers]
    answers = _answers(options)
    done = list(pilots.pilot(claims, answers))
    yield from pilots.table(done)
    cost = pilots.seconds(experiments_of(claims), answers)
    yield from (f"{name}: {seconds:.0f} s on one core" for name, seconds in cost.items())
    if options.write:
        seen = facts()
        made_with = f"torch {seen['torch']}, Python {seen['python']}, {seen['processor']}"
        command = " ".join(["python -m hw1 pilot", *options.names, "--write", options.write])
        Path(options.write).write_text(pilots.markdown(done, cost, command, made_with), encoding="utf-8")


def _named(names: Sequence[str]) -> list[Claim]:
    """Claims by their own name or their experiment's; all without names."""
    known = experiments()
    inside = [claim for name in names if name in known for claim in _readers(known[name])]
    return [*inside, *(find_claim(name) for name in names if name not in known)] or all_claims()


def cards(options: Namespace) -> Iterator[str]:
    """Calibration cards: how claims behave where there is nothing to see, and how far they are from their margins."""
    if not options.names and not options.all:
        raise ValueError("no claim was named: name claims or experiments, or give --all")
    answers = _answers(options, block=options.block)
    for claim in (claim for claim in _named(options.names) if options.tier in claim.tiers):
        made = answers.decide(Question(claim, options.tier))
        revision = experiment_of(claim).revision
        yield f"{claim.name} [{options.tier}], revision {revision}, block {made.block}, {made.status}"
        yield from card_lines(made.card, made.score)


def data(options: Namespace) -> Iterator[str]:
    """Fetch a data set if one is named; then the data sets and where they are."""
    from hw1.data import available, fetch

    if options.name:
        yield fetch(options.name, options.data)
    for name, state in available(options.data).items():
        yield f"{name}: {state}"


def report(options: Namespace) -> Iterator[str]:
    """The page of a run that is over."""
    from hw1.report import write_page  # loads matplotlib

    manifest = Path(options.manifest)
    output = Path(options.output) if options.output else manifest.with_suffix(".html")
    write_page(manifest, output)
    yield f"report: {output}"


def _answers(options: Namespace, block: int = registration.EVIDENCE) -> Answers:
    use_folder(options.data)
    device = resolve(options.device, gpu=options.gpu)
    jobs = options.jobs or (cores() if device.name == "cpu" else 1)
    return Answers(Options(device=device, store=options.store, jobs=jobs, block=block), Progress(sys.stderr))


def _arms(experiment: Experiment, wanted: Sequence[str] | None) -> tuple[str, ...]:
    unknown = [arm for arm in wanted or () if arm not in experiment.arms]
    if unknown:
        raise ValueError(f"no arm {unknown[0]!r} in {experiment.name}: there are {', '.join(experiment.arms)}")
    return tuple(wanted or experiment.arms)


def _medians(runs: pd.DataFrame, experiment: Experiment) -> Iterator[str]:
    """Per arm: median and quartiles of each metric over the seeds, and how many seeds each condition was met by."""
    for arm in experiment.arms:
        rows = runs[runs["arm"] == arm].drop(columns=["seed", "arm"])
        if len(rows):
            yield f"  {arm}, {len(rows)} seeds: median [quartiles]"
        for metric in rows if len(rows) else ():
            if rows[metric].dtype == bool:
                yield f"    {metric}: {rows[metric].sum()} of {len(rows)}"
            else:
                low, middle, high = rows[metric].quantile([0.25, 0.5, 0.75], interpolation="nearest")
                yield f"    {metric} {middle:.4g} [{low:.4g}, {high:.4g}]"


def _readers(experiment: Experiment) -> list[Claim]:
    return [claim for claim in all_claims() if experiment_of(claim).name == experiment.name]


def _scored(claim: Claim, tables: Tables, setting: Any, options: Namespace, complete: bool) -> Iterator[str]:
    """What a claim says of these tables; few seeds or missing arms give no verdict."""
    try:
        score = claim(tables, setting)
    except ValueError as error:
        if complete:
            raise
        yield f"  {claim.name}: not scored ({error})"
        return
    try:
        share = claim.p0[options.tier]
        verdict = judge(score, n0=len(score.values), p0=share, alpha=claim.alpha, reach=claim.expect)
        yield f"  {claim.name}: {verdict}"
    except Invalid as error:
        won = int((score.values > 0).sum())
        yield f"  {claim.name}: no verdict, {won} of {len(score.values)} seeds won ({error})"
