"""Every fault against every catcher: `python tests/sabotage/matrix.py [--write docs/sabotage.md] [FAULT ...]`.

With `--promised` each meets only those that are said to catch it, which takes a third of the time.

Each fault is put into a process of its own, forked when torch and the rest are loaded and nothing of hw1 is yet.
"""

import argparse
import contextlib
import dataclasses
import importlib
import io
import json
import multiprocessing
import os
import re
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from catchers import CLAIMS, SEEDS, TESTS, Trial
from faults import FAULTS

HEALTHY = "healthy"
LOADED = ("torch", "pandas", "scipy.stats", "scipy.ndimage", "sklearn.datasets")
LIMIT = 900  # seconds for all faults until one is judged; on an idle machine each takes 7
ROOT = Path(__file__).parents[2]


class Recorder:
    """Counts red and green tests by file."""

    def __init__(self) -> None:
        self.red: dict[str, int] = {}
        self.all: dict[str, int] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that were chosen."""
        items[:] = [item for item in items if re.search(TESTS[_file(item.nodeid)], item.nodeid)]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected is red."""
        if report.failed:
            self._count(report.nodeid, red=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test is red if any of its phases is."""
        if report.when == "call" or report.failed:
            self._count(_file(report.nodeid), red=report.failed)

    def _count(self, file: str, *, red: bool) -> None:
        self.all[file] = self.all.get(file, 0) + 1
        self.red[file] = self.red.get(file, 0) + red


def _file(node: str) -> str:
    return node.partition("::")[0]


def caught(name: str, promised: bool) -> dict[str, str]:
    """What each catcher says with a fault put in, or with none: "2 of 30 red", "holds"."""
    if name == HEALTHY:
        return {**_tests(list(TESTS)), **_claims(CLAIMS)}
    fault = FAULTS[name]
    fault.put_in()
    asked = fault.caught_by if promised else [*TESTS, *CLAIMS]
    return {**_tests([c for c in asked if c in TESTS]), **_claims([c for c in asked if c in CLAIMS])}


def matrix(names: Sequence[str], jobs: int, *, promised: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Faults and what their catchers say, as they come."""
    for module in LOADED:
        importlib.import_module(module)
    sys.modules["torch"].set_num_threads(1)
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        results = [(name, pool.apply_async(_quietly, (name, promised))) for name in names]
        yield from ((name, result.get(LIMIT)) for name, result in results)


def is_red(catcher: str, said: str) -> bool:
    """Whether a catcher says that something is wrong; a file none of whose tests ran is red too."""
    return (not said.startswith("0 of ") or said == "0 of 0 red") if catcher in TESTS else said != "holds"


def page(seen: dict[str, dict[str, str]]) -> str:
    """The page that is committed under docs/."""
    lines = [
        "# Sabotage",
        "",
        "Made by `python tests/sabotage/matrix.py --write docs/sabotage.md`.",
        "",
        "The library is broken on purpose, one fault at a time, and this is what turns red among some tests of the",
        f"library and some claims on {SEEDS} seeds, in settings that take seconds (`tests/sabotage/catchers.py`).",
        "Without a fault all of them are green. A test under `slow` fails if anything in bold stays green.",
        "All claims under faults of training, data and arms: [what stays green](evidence/sabotage.md).",
        "",
        "| fault | place | red tests | claims that do not hold |",
        "|---|---|---|---|",
    ]
    for name, one in FAULTS.items():
        tests = [_cell(c, said, one.caught_by) for c, said in seen[name].items() if c in TESTS]
        claims = [_cell(c, said, one.caught_by) for c, said in seen[name].items() if c in CLAIMS]
        lines.append(f"| {one.words} | {one.place} | {'; '.join(tests) or 'none'} | {'; '.join(claims) or 'none'} |")
    return "\n".join(lines) + "\n"


def _cell(catcher: str, said: str, promised: Sequence[str]) -> str:
    name = catcher.removeprefix("tests/") if catcher in TESTS else catcher
    return f"{f'**{name}**' if catcher in promised else name} ({said.removesuffix(' red')})"


def _tests(files: Sequence[str]) -> dict[str, str]:
    if not files:
        return {}
    recorder = Recorder()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "slow or not slow", "--rootdir", str(ROOT)]
    pytest.main([*options, *files], plugins=[recorder])
    return {file: f"{recorder.red.get(file, 0)} of {recorder.all.get(file, 0)} red" for file in files}


def _claims(names: Iterable[str]) -> dict[str, str]:
    return {name: _outcome(name, CLAIMS[name]) for name in names}


def _outcome(name: str, trial: Trial) -> str:
    """The verdict of a claim on a reduced setting, or the error in its place."""
    from hw1.registry import experiment_of, find_claim
    from hw1.statistics import Design, judge
    from hw1.tables import join

    claim = find_claim(name)
    experiment = experiment_of(claim)
    setting = dataclasses.replace(experiment.setting("fast"), stack=SEEDS, **trial.changes)
    try:
        run = experiment.module.run
        tables = join(run(setting, arm=arm, seeds=range(SEEDS), device="cpu") for arm in trial.arms)
        # Without the assay, which asks for arms that a trial does not train.
        return judge(claim.scored(tables, setting), Design.fixed(SEEDS)).outcome
    except Exception as error:  # a fault may break anything
        return type(error).__name__


def _quietly(name: str, promised: bool) -> dict[str, str]:
    """`caught` without a word on the terminal."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    with open(os.devnull, "w") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return caught(name, promised)


def main() -> None:
    """Run the faults that are named, or all of them; print what was seen, or write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("faults", nargs="*", choices=[HEALTHY, *FAULTS, []], metavar="FAULT")
    parser.add_argument("--write", metavar="FILE")
    parser.add_argument("--promised", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    if options.write and options.promised:
        parser.error("the page lists all catchers: --write goes without --promised")
    names, seen, started = options.faults or [HEALTHY, *FAULTS], {}, time.perf_counter()
    for name, said in matrix(names, options.jobs, promised=options.promised):
        seen[name] = {catcher: text for catcher, text in said.items() if is_red(catcher, text)}
        if not options.json:
            print(name, seen[name], flush=True)
    if options.json:
        print(json.dumps(seen))
    else:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{time.perf_counter() - started:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of one core")
    if options.write:
        Path(options.write).write_text(page(seen), encoding="utf-8")


if __name__ == "__main__":
    main()
