"""`check`: a claim in your own setting."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Generator

from hw1.blocks import DEVELOPMENT
from hw1.commands.machine import add_machine
from hw1.judging.checking import check
from hw1.registry import TIERS
from hw1.running.progress import Progress
from hw1.statistics.looks import TAKEN

HELP = "does a claim hold in your own setting? (with your own net, data or optimizer: hw1.check in Python)"


def arguments(parser: ArgumentParser) -> None:
    """The claim, the setting and the seeds."""
    parser.epilog = (
        "Exit status: 0 the registered outcome, 1 another outcome, 2 no verdict: something is wrong, or the claim's "
        "assay is met on half of the seeds at most, so that its effect could not be seen."
    )
    add = parser.add_argument
    add("claim")
    add("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the setting")
    add("--precision", default="float32", choices=("float32", "float64"), help="of weights and data")
    add("--control", action="store_true", help="also train the control, if it is a trained one")
    add("--tier", default="fast", choices=TIERS)
    add(
        "--looks",
        type=int,
        default=TAKEN,
        choices=range(1, 5),
        help="looks that may be taken: 12, 24, 48, 96 seeds, each only where the one before did not decide (default 3)",
    )
    add("--seeds", type=int, metavar="N", help="one look of N seeds instead (at least 10 for a verdict)")
    add("--block", type=int, default=DEVELOPMENT, metavar="B", help="block of seeds (default 0, development)")
    add_machine(parser)


def command(options: Namespace) -> Generator[str, None, int]:
    """Judge the claim there; the exit status says whether it came out as registered."""
    found = check(
        options.claim,
        set=options.set,
        precision=options.precision,
        tier=options.tier,
        seeds=options.seeds,
        looks=options.looks,
        block=options.block,
        device="cuda" if options.gpu and options.device == "auto" else options.device,
        jobs=options.jobs,
        control=options.control,
        store=options.store,
        folder=options.data,
        watcher=Progress(sys.stderr),
    )
    yield from found.lines()
    if found.verdict.outcome == "invalid":
        return 2
    return 0 if found.as_registered else 1
