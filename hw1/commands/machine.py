"""What every command that trains takes: data, device, store and processes."""

import sys
from argparse import ArgumentParser, Namespace
from functools import partial

from hw1.data.places import use_folder
from hw1.machine.cores import checked_jobs
from hw1.machine.devices import resolve
from hw1.running.cluster import hardware
from hw1.running.progress import Progress
from hw1.running.results import Results


def add_machine(parser: ArgumentParser) -> None:
    """Options with the names that pytest's have behind `--hw1-`."""
    add = parser.add_argument
    add("--data", metavar="DIR", help="folder with downloaded data (default: the variable HW1_DATA)")
    add("--gpu", action="store_true", help="require a CUDA GPU")
    add("--device", default="auto", help="auto (default), cpu, cuda (all alike) or cuda:N")
    add("--store", default=".hw1/results.sqlite", metavar="FILE", help="results (default .hw1/results.sqlite)")
    add("--jobs", type=int, metavar="N", help="processes of one thread each (default: one per core, or one per GPU)")
    add("--dask", default="", metavar="ADDRESS|FILE", help="compute on this Dask cluster (extra hw1[dask])")


def results_of(options: Namespace) -> Results:
    """Results in the store and from the machine that the options name; `main` closes them after the command."""
    checked_jobs(options.jobs, "--jobs")
    use_folder(options.data)
    probe = partial(hardware, options.dask) if options.dask else None
    device = resolve(options.device, gpu=options.gpu, probe=probe)
    results = Results(
        options.store,
        device=device,
        jobs=options.jobs or device.jobs,
        dask=options.dask,
        measure=device.name == "cpu" and getattr(options, "tier", "fast") == "full",
        watcher=Progress(sys.stderr),
    )
    options.opened.callback(results.close)
    return results
