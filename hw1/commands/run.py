"""`run`: train an experiment or a family in your own setting."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hw1 import blocks, writing
from hw1.commands.machine import add_machine, results_of
from hw1.judging.settings import changed
from hw1.judging.trial import Trial
from hw1.registry import TIERS, Claim, Experiment, experiments_named, readers
from hw1.running.computing import CellError
from hw1.running.shards import shard
from hw1.running.store import MEMORY
from hw1.statistics import Design, Invalid, judge
from hw1.tables import Tables

HELP = "train an experiment or a family, show tables and what the claims score"


def arguments(parser: ArgumentParser) -> None:
    """The experiment, its setting and seeds."""
    evidence = blocks.EVIDENCE
    add = parser.add_argument
    add("experiment", metavar="EXPERIMENT|FAMILY")
    add("--tier", default="fast", choices=TIERS)
    add("--arms", nargs="+", metavar="ARM", help="only these arms (default: all)")
    add("--seeds", type=int, metavar="N", help="number of seeds (default: those of the first look)")
    add("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the setting")
    add("--shard", metavar="I/N", help="compute share I of N of the cells and score nothing; `merge` joins the stores")
    add("--block", type=int, default=0, metavar="B", help=f"block of seeds (default 0; {evidence} is the evidence)")
    add("--tables", metavar="DIR", help="also write the tables there, as EXPERIMENT-TABLE.csv")
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """Train an experiment, or those of a family, in a given setting, and say what the claims score there."""
    _check(options)
    chosen = experiments_named(options.experiment)
    if len(chosen) > 1 and options.arms:
        names = ", ".join(one.name for one in chosen)
        raise ValueError(f"--arms belongs to one experiment, and {options.experiment} is a family: name one of {names}")
    for experiment in chosen:
        if len(chosen) > 1 and options.tier not in experiment.tiers:
            yield f"{experiment.family} / {experiment.name}: no setting for {options.tier}, skipped"
        else:
            yield from _run(experiment, options)


def _check(options: Namespace) -> None:
    """Refuse what would leave nothing behind, before anything is trained."""
    if options.shard is not None and options.tables is not None:
        raise ValueError("--tables needs all cells, and --shard computes a share of them: leave out one of the two")
    if options.shard is not None and options.store == MEMORY:
        raise ValueError("--shard with --store :memory: would leave nothing behind: name a file")
    if options.tables is not None:
        writing.check_folder("--tables", options.tables)


def _run(experiment: Experiment, options: Namespace) -> Iterator[str]:
    registered = experiment.setting(options.tier)
    setting = changed(registered, options.set)
    arms = _arms(experiment, options.arms)
    given = options.seeds
    n = experiment.looks(options.tier)[0] if given is None else blocks.at_least_one(given, "--seeds")
    seeds = blocks.seeds_of(options.block, n)
    part = None if options.shard is None else shard(options.shard, "--shard")
    results = results_of(options)
    Trial(experiment=experiment, registered=registered, setting=setting, own=None, seeds=seeds[:1], arms=arms).run()
    yield f"{experiment.family} / {experiment.name}: {setting}"
    if part:
        share = results.compute_share(results.cells(experiment, setting, seeds, arms), part)
        yield from share.lines(options.store, "the same command without --shard")
        if share.errors:
            raise CellError(share.errors)
        return
    tables = results.tables(experiment, setting, seeds, arms)
    yield from _medians(tables["runs"], experiment)
    if options.tables is not None:
        yield from _written(tables, experiment, Path(options.tables))
    for claim in (claim for claim in readers(experiment) if options.tier in claim.tiers):
        yield from _scored(claim, tables, setting, options, arms == experiment.arms)


def _arms(experiment: Experiment, wanted: Sequence[str] | None) -> tuple[str, ...]:
    unknown = [arm for arm in wanted or () if arm not in experiment.arms]
    if unknown:
        raise ValueError(f"no arm {unknown[0]!r} in {experiment.name}: there are {', '.join(experiment.arms)}")
    return tuple(wanted or experiment.arms)


def _medians(runs: pd.DataFrame, experiment: Experiment) -> Iterator[str]:
    """Per arm: median and quartiles of each metric over the seeds, and how many seeds each condition was met by."""
    for arm in experiment.arms:
        rows = runs[runs["arm"] == arm].drop(columns=["seed", "arm"]).select_dtypes(["number", "bool"])
        if len(rows):
            yield f"  {arm}, {len(rows)} seeds: median [quartiles]"
        for metric in rows if len(rows) else ():
            if rows[metric].dtype == bool:
                yield f"    {metric}: {rows[metric].sum()} of {len(rows)}"
            else:
                low, high = rows[metric].quantile([0.25, 0.75], interpolation="nearest")
                yield f"    {metric} {_median(rows[metric]):.4g} [{low:.4g}, {high:.4g}]"


def _median(values: pd.Series) -> float:
    """The mean of the two in the middle, which may be infinite."""
    return float(sum(values.quantile(0.5, interpolation=side) for side in ("lower", "higher")) / 2)


def _written(tables: Tables, experiment: Experiment, folder: Path) -> Iterator[str]:
    """Curves are not in what `run` prints: one CSV per table, with all digits."""
    for name, frame in tables.items():
        path = folder / f"{experiment.name}-{name}.csv"
        writing.write(path, frame.to_csv(index=False), writing.TABLE)
        yield f"  table: {path}"


def _scored(claim: Claim, tables: Tables, setting: Any, options: Namespace, complete: bool) -> Iterator[str]:
    """What a claim says of these tables, in one look of all their seeds; few seeds or missing arms give no verdict."""
    try:
        score = claim(tables, setting)
    except ValueError as error:
        if complete:
            raise ValueError(f"{claim.name}: {error}") from error
        yield f"  {claim.name}: not scored ({error})"
        return
    try:
        design = Design.fixed(len(score.values), alpha=claim.alpha, p0=claim.p0[options.tier])
        yield f"  {claim.name}: {judge(score, design, reach=claim.expect)}"
    except Invalid as error:
        won = int((score.values > 0).sum())
        yield f"  {claim.name}: no verdict, {won} of {len(score.values)} seeds won ({error})"
