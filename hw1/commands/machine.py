"""What every command that trains takes: data, device, store and processes."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from functools import partial

from hw1 import writing
from hw1.data.places import use_folder
from hw1.machine.cores import checked_jobs
from hw1.machine.devices import Device, resolve
from hw1.running.cluster import hardware
from hw1.running.progress import Progress
from hw1.running.results import Results

STORE = ".hw1/results.sqlite"
DOWNLOADED = "folder with downloaded data (default: the variable HW1_DATA)"


def add_machine(parser: ArgumentParser, data: tuple[str, str] = ("DIR", DOWNLOADED), several: bool = False) -> None:
    """Options with the names that pytest's have behind `--hw1-`; `data` is what `--data` takes, and what it is."""
    add = parser.add_argument
    add("--data", type=text, metavar=data[0], help=data[1], action="append" if several else "store")
    add("--gpu", action="store_true", help="require a CUDA GPU")
    add("--device", default="auto", help="auto (default), cpu, cuda (all alike) or cuda:N")
    add("--store", type=text, default=STORE, metavar="FILE", help="results (default %(default)s)")
    add(
        "--jobs",
        type=processes,
        metavar="N",
        help="processes of one thread each (default: one per core, or one per GPU)",
    )
    add("--dask", type=text, metavar="ADDRESS|FILE", help="compute on this Dask cluster (extra hw1[dask])")


def results_of(options: Namespace) -> Results:
    """Results in the store and from the machine that the options name; `main` closes them after the command."""
    device = device_of(options)
    results = Results(
        options.store,
        device=device,
        jobs=options.jobs or device.jobs,
        dask=options.dask or "",
        measure=device.name == "cpu" and getattr(options, "tier", "fast") == "full",
        watcher=Progress(sys.stderr),
    )
    options.opened.callback(results.close)
    return results


def device_of(options: Namespace) -> Device:
    """The device that the options name, of this machine or of the cluster; the folder of data is set.

    Raises
    ------
    ValueError : where options contradict each other, or the device or the folder is not there
    """
    use_folder(options.data)
    require_one_place(options)
    probe = partial(hardware, options.dask) if options.dask else None
    return resolve(options.device, gpu=options.gpu, probe=probe)


def require_one_place(options: Namespace) -> None:
    """Refuse a number of processes here for what runs elsewhere; ValueError."""
    if options.dask and options.jobs:
        raise ValueError("--jobs is for this machine, and the workers of --dask say how many cells run: leave one out")


def given(options: Namespace) -> list[str]:
    """Those of these options that are not as they would be unasked, word by word: `--jobs`, `2`."""
    plain = ArgumentParser()
    add_machine(plain)
    usual = vars(plain.parse_args([]))
    found = {name: getattr(options, name) for name in usual if getattr(options, name) != usual[name]}
    return [
        word
        for name, value in found.items()
        for word in ([f"--{name}"] if value is True else [f"--{name}", str(value)])
    ]


def check_write(options: Namespace, others: Mapping[str, str] | None = None) -> None:
    """Refuse a `--write` that cannot work; OutputError in one line."""
    if options.write is not None:
        taken = {"the store": options.store, **(others or {})}
        writing.check("--write", options.write, writing.MARKDOWN, taken)


def processes(words: str) -> int | None:
    """A number of processes, for argparse."""
    try:
        number = int(words)
    except ValueError as error:
        raise ArgumentTypeError(f"{words!r:.60} is not a whole number of 1 or more") from error
    try:
        return checked_jobs(number, "it is")
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def text(words: str) -> str:
    """A text that is not empty, for argparse: an empty one, of an unset variable, would stand for no option."""
    if not words.strip():
        raise ArgumentTypeError("it is empty: give a name, or leave the option out")
    return words
