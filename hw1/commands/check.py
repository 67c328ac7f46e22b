"""`check`: a claim in your own setting."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Generator

from hw1.blocks import DEVELOPMENT
from hw1.commands.machine import add_machine, require_one_place
from hw1.exits import DONE, OTHER, WRONG
from hw1.judging.checking import check
from hw1.registry import TIERS
from hw1.running.progress import Progress
from hw1.statistics.looks import TAKEN

HELP = "does a claim hold in your own setting? (with your own net, data or optimizer: hw1.check in Python)"


STATUSES = {
    DONE: "the registered outcome",
    OTHER: "another outcome",
    WRONG: "no verdict: something that was given cannot work, or the claim's assay is met on half of the seeds at most",
}


def arguments(parser: ArgumentParser) -> None:
    """The claim, the setting and the seeds."""
    add = parser.add_argument
    add("claim")
    add("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the setting")
    add("--precision", default="float32", choices=("float32", "float64"), help="of weights and data")
    add("--control", action="store_true", help="also train the control, if it is a trained one")
    add("--tier", default="fast", choices=TIERS)
    add(
        "--looks",
        type=int,
        choices=range(1, 5),
        help="looks that may be taken: 12, 24, 48, 96 seeds, each only where the one before did not decide "
        f"(default {TAKEN})",
    )
    add("--seeds", type=int, metavar="N", help="one look of N seeds instead (at least 10 for a verdict)")
    add("--block", type=int, default=DEVELOPMENT, metavar="B", help="block of seeds (default 0, development)")
    add_machine(parser)


def command(options: Namespace) -> Generator[str, None, int]:
    """Judge the claim there; the exit status says whether it came out as registered."""
    if options.seeds is not None and options.looks is not None:
        raise ValueError("--seeds is one look of its own: leave out --looks, or --seeds")
    require_one_place(options)
    found = check(
        options.claim,
        set=options.set,
        precision=options.precision,
        tier=options.tier,
        seeds=options.seeds,
        looks=options.looks or TAKEN,
        block=options.block,
        device=options.device,
        gpu=options.gpu,
        jobs=options.jobs,
        dask=options.dask or "",
        control=options.control,
        store=options.store,
        folder=options.data,
        watcher=Progress(sys.stderr),
    )
    yield from found.lines()
    if found.verdict.outcome == "invalid":
        return WRONG
    return DONE if found.as_registered else OTHER
