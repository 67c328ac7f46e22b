"""The options of the plugin, and the run that they ask for."""

import time
from collections.abc import Sequence
from functools import partial
from math import inf
from pathlib import Path

import pytest

from hw1 import writing
from hw1.blocks import EVIDENCE, at_least_one, seeds_of
from hw1.data.places import use_folder
from hw1.judging.answers import Answers
from hw1.judging.decisions import Question
from hw1.machine.cores import checked_jobs
from hw1.machine.devices import Device, resolve
from hw1.replaced import Replacements
from hw1.running.cluster import hardware
from hw1.running.progress import Progress
from hw1.running.results import Results
from hw1.running.shards import Shard, Share, shard
from hw1.running.store import MEMORY
from hw1.statistics.looks import SIZES, TAKEN

DEVICE = pytest.StashKey[Device]()
SHARD = pytest.StashKey[Shard | None]()
ANSWERS = pytest.StashKey[Answers]()
SHARE = pytest.StashKey[Share]()  # of the shard, when it was computed
ASKED = pytest.StashKey[Sequence[Question]]()  # what the selected tests ask


def pytest_addoption(parser: pytest.Parser) -> None:
    """Only `--gpu` is unprefixed; `python -m hw1` has the same names without `hw1-`."""
    group = parser.getgroup("hw1", "claims of deep learning (hw1)")
    group.addoption("--gpu", action="store_true", help="require a CUDA GPU (one is used anyway when there is one)")
    add = group.addoption
    add("--hw1-device", default="auto", metavar="DEVICE", help="auto (default), cpu, cuda (all alike) or cuda:N")
    add(
        "--hw1-store",
        metavar="FILE",
        help="results (default .hw1/results.sqlite); :memory: computes everything afresh. Write --hw1-store=FILE, and "
        "likewise for every file and folder: pytest mistakes a separate, existing one for a test",
    )
    add("--hw1-data", metavar="DIR", help="folder with downloaded data (default: the variable HW1_DATA)")
    add("--hw1-seeds", type=int, metavar="N", help="one look of N seeds, not the registered looks")
    add(
        "--hw1-looks",
        type=int,
        choices=range(1, len(SIZES) + 1),
        metavar="K",
        help=f"looks allowed: {_listed(SIZES[:TAKEN])} seeds by default (3), {SIZES[TAKEN]} on request (4); each is "
        "taken only where the one before did not decide",
    )
    add(
        "--hw1-block",
        type=int,
        default=EVIDENCE,
        metavar="B",
        help="block of seeds: 1 is the evidence, 100 and above belong to no registration",
    )
    add(
        "--hw1-jobs", type=int, metavar="N", help="processes of one thread each (default: one per core, or one per GPU)"
    )
    add(
        "--hw1-hours",
        type=float,
        metavar="H",
        help="decide what can be decided in so many hours, the cheapest experiment first; the rest is skipped, and the "
        "next run goes on",
    )
    add("--hw1-dask", default="", metavar="ADDRESS|FILE", help="compute on this Dask cluster (extra hw1[dask])")
    add(
        "--hw1-shard",
        metavar="I/N",
        help="compute share I of N of the cells and judge nothing; `python -m hw1 merge` joins the stores",
    )
    add(
        "--hw1-precision",
        default="float32",
        choices=("float32", "float64"),
        help="of weights and data; both start from the same numbers",
    )
    add(
        "--hw1-no-figures",
        action="store_true",
        help="train the arms that the selected claims read, and no others; a figure shows all, and none is drawn "
        "where one is missing",
    )
    add("--hw1-manifest", metavar="FILE", help="JSON of the run (default .hw1/manifest.json)")
    add("--hw1-report", metavar="FILE", help="one page of HTML with every claim, figure and number")


def check_options(config: pytest.Config) -> None:
    """Keep the device and the shard that the options name; ValueError where they cannot work."""
    option = config.option
    probe = partial(hardware, option.hw1_dask) if option.hw1_dask else None
    config.stash[DEVICE] = resolve(option.hw1_device, gpu=option.gpu, probe=probe)
    config.stash[SHARD] = _shard(config)
    if option.hw1_seeds is not None:
        at_least_one(option.hw1_seeds, "--hw1-seeds")
        if option.hw1_looks is not None:
            raise ValueError("--hw1-seeds is one look of its own: leave out --hw1-looks, or --hw1-seeds")
    seeds_of(option.hw1_block, option.hw1_seeds or 1)
    checked_jobs(option.hw1_jobs, "--hw1-jobs")
    _check_hours(config)
    use_folder(option.hw1_data)
    _check_outputs(config)


def _check_hours(config: pytest.Config) -> None:
    """Refuse hours with which nothing can be computed, or of a run that does not compute in the order of its choice."""
    option = config.option
    if option.hw1_hours is None:
        return
    if not 0 < option.hw1_hours < inf:
        raise ValueError(f"--hw1-hours {option.hw1_hours:g}: write a number above 0, as in 8 or 0.5")
    others = {"-n": distributed(config), "--hw1-shard": option.hw1_shard, "--hw1-dask": option.hw1_dask}
    if other := next((name for name, given in (others | {"-x": option.maxfail}).items() if given), ""):
        raise ValueError(
            f"--hw1-hours is for one process of pytest that computes all before the tests: leave out {other}, or the "
            f"hours"
        )
    if option.hw1_store == MEMORY:
        raise ValueError("--hw1-hours with --hw1-store :memory: would leave the next run nothing to go on from")


def _check_outputs(config: pytest.Config) -> None:
    """Refuse places where the manifest or the report that was asked for cannot be written."""
    option, taken = config.option, {"the store": store_of(config)}
    if option.hw1_manifest is not None:
        writing.check("--hw1-manifest", option.hw1_manifest, writing.MANIFEST, taken)
    if option.hw1_report is not None:
        taken["the manifest"] = manifest_of(config)
        writing.check("--hw1-report", option.hw1_report, writing.PAGE, taken)


def store_of(config: pytest.Config) -> str | Path:
    """The file that keeps the results."""
    return config.option.hw1_store or config.rootpath / ".hw1" / "results.sqlite"


def manifest_of(config: pytest.Config) -> Path:
    """The file of the run's manifest."""
    given = config.option.hw1_manifest
    return Path(given) if given else config.rootpath / ".hw1" / "manifest.json"


def jobs_of(config: pytest.Config) -> int:
    """The number of processes."""
    return config.option.hw1_jobs or (1 if distributed(config) else config.stash[DEVICE].jobs)


def looks_of(config: pytest.Config) -> int:
    """The number of looks allowed."""
    return config.option.hw1_looks or TAKEN


def plan_of(config: pytest.Config) -> tuple[str, str]:
    """The looks in words, and the option that asks for them."""
    option, looks = config.option, looks_of(config)
    if option.hw1_seeds is not None:
        return f"one look of {option.hw1_seeds} seeds, not the registered looks", f"--hw1-seeds {option.hw1_seeds}"
    return f"{'looks' if looks > 1 else 'one look'} at {_listed(SIZES[:looks])} seeds", f"--hw1-looks {looks}"


def _listed(sizes: Sequence[int]) -> str:
    *some, last = map(str, sizes)
    return f"{', '.join(some)} and {last}" if some else last


def _shard(config: pytest.Config) -> Shard | None:
    """The shard, which computes before the tests and once, so not with several processes of pytest."""
    option = config.option
    if option.hw1_shard is None:
        return None
    found = shard(option.hw1_shard, "--hw1-shard")
    if distributed(config):
        raise ValueError("--hw1-shard cannot be combined with -n: use --hw1-jobs for several processes")
    if option.hw1_store == MEMORY:
        raise ValueError("--hw1-shard with --hw1-store :memory: would leave nothing behind: name a file")
    return found


def answers_of(config: pytest.Config) -> Answers:
    """The answers of a run, made when the first claim needs them: a run without claims leaves no store behind."""
    if ANSWERS not in config.stash:
        option = config.option
        config.stash[ANSWERS] = Answers(
            _results(config),
            block=option.hw1_block,
            seeds=option.hw1_seeds,
            looks=looks_of(config),
            figures=not option.hw1_no_figures,
        )
        config.stash[ANSWERS].ask(config.stash[ASKED])
    return config.stash[ANSWERS]


def _results(config: pytest.Config) -> Results:
    option, device = config.option, config.stash[DEVICE]
    terminal = config.pluginmanager.getplugin("terminalreporter")
    return Results(
        store_of(config),
        device=device,
        jobs=jobs_of(config),
        dask=option.hw1_dask,
        measure=device.name == "cpu" and "full" in option.markexpr and option.hw1_hours is None,
        until=inf if option.hw1_hours is None else time.monotonic() + 3_600 * option.hw1_hours,
        own=None if option.hw1_precision == "float32" else Replacements(precision=option.hw1_precision),
        watcher=Progress(terminal) if terminal else None,
    )


def distributed(config: pytest.Config) -> bool:
    """Whether this process is a worker of xdist or its controller."""
    return hasattr(config, "workerinput") or getattr(config.option, "dist", "no") != "no"
