"""`tables`: the tables that an experiment's figures have of their own, as Markdown."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from hw1 import writing
from hw1.blocks import EVIDENCE, at_least_one, seeds_of
from hw1.commands.machine import add_machine, check_write, results_of
from hw1.figures import Figure
from hw1.machine.environment import facts
from hw1.registry import TIERS, Experiment, applied, experiments_named

HELP = "the tables of an experiment or a family, as the report shows them, in Markdown"


def arguments(parser: ArgumentParser) -> None:
    """The experiment or family, tier, seeds, block, and where to keep the page."""
    parser.add_argument("name", metavar="EXPERIMENT|FAMILY")
    parser.add_argument("--tier", default="fast", choices=TIERS)
    parser.add_argument("--seeds", type=int, metavar="N", help="number of seeds (default: those of the first look)")
    parser.add_argument("--block", type=int, default=EVIDENCE, metavar="B", help="default 1, the evidence")
    parser.add_argument("--write", metavar="FILE", help="keep the page")
    add_machine(parser)


def command(options: Namespace) -> Iterator[str]:
    """Every table of the figures."""
    check_write(options)
    lines = list(_page(options))
    yield from lines
    if options.write is not None:
        writing.write(options.write, "\n".join(lines) + "\n", writing.MARKDOWN)


def _page(options: Namespace) -> Iterator[str]:
    found = [(one, figure) for one in experiments_named(options.name) for figure in _with_tables(one, options)]
    if not found:
        raise ValueError(f"no figure of {options.name} has a table of its own: see the report for all numbers")
    seen = facts()
    place = f"block {options.block}; torch {seen['torch']}, Python {seen['python']}, {seen['processor']}"
    yield from (f"# {options.name.replace('_', ' ').capitalize()}", "")
    for experiment, figure in found:
        seeds = f"{_seeds(experiment, options)} seeds, {options.tier} tier"
        yield from (f"## {figure.title}", "", f"{figure.caption} `{experiment.name}`: {seeds}, {place}.", "")
        for table in figure.tables:
            yield from (*table.markdown(), "")
    tier = "" if options.tier == "fast" else f" --tier {options.tier}"
    number = "" if options.seeds is None else f" --seeds {options.seeds}"
    block = "" if options.block == EVIDENCE else f" --block {options.block}"
    yield f"Made by `python -m hw1 tables {options.name}{tier}{number}{block}`."


def _with_tables(experiment: Experiment, options: Namespace) -> list[Figure]:
    """The figures of an experiment that have tables."""
    setting = experiment.setting(options.tier)
    seeds = seeds_of(options.block, _seeds(experiment, options))
    tables = results_of(options).tables(experiment, setting, seeds)
    made = [applied(function, tables, setting) for function in experiment.figures]
    return [figure for figure in made if figure.tables]


def _seeds(experiment: Experiment, options: Namespace) -> int:
    given = options.seeds
    return experiment.looks(options.tier)[0] if given is None else at_least_one(given, "--seeds")
