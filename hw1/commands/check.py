"""`check`: a claim in your own setting."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Mapping
from typing import Any

from hw1.blocks import DEVELOPMENT
from hw1.commands.machine import STORE, add_machine, require_one_place, text
from hw1.commands.objects import own_objects
from hw1.exits import DONE, OTHER, WRONG
from hw1.judging.checking import Finding, check
from hw1.judging.requiring import required
from hw1.registry import TIERS
from hw1.running.computing import CellError
from hw1.running.progress import Progress
from hw1.running.store import MEMORY
from hw1.statistics.looks import TAKEN

HELP = "judge a claim in your own setting, with your own numbers, net, data or optimizer"
DATA = (
    "your data: a CSV file (with --target; again for a second one to test on), or a folder of images, DIR/CLASS/* or "
    "DIR/{train,test}/CLASS/*; or the folder of downloaded data (default: the variable HW1_DATA)"
)

STATUSES = {
    DONE: "the registered outcome, or the one that --require names",
    OTHER: "another outcome",
    WRONG: "no verdict, or none that means something: what was given cannot work, the claim's assay is met on half of "
    "the seeds at most, its control does not behave, or its arms are the same",
}


def arguments(parser: ArgumentParser) -> None:
    """The claim, the setting and the seeds."""
    add = parser.add_argument
    add("claim")
    add("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the setting")
    place = "MODULE:NAME; the current folder is searched. Repeat as ARM=MODULE:NAME where arms differ in it"
    add("--net", action="append", default=[], metavar="PLACE", help=f"function of (inputs, outputs), as {place}")
    add("--optimizer", action="append", default=[], metavar="PLACE", help="class of an optimizer, named likewise")
    add("--function", type=text, metavar="PLACE", help="function to fit, named likewise")
    add("--target", type=text, metavar="COLUMN", help="column of the labels in the file that --data names")
    add("--precision", default="float32", choices=("float32", "float64"), help="of weights and data")
    add("--require", choices=("holds", "refuted"), help="pass with this outcome (default: the registered one)")
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
    add_machine(parser, ("FILE|DIR", DATA), several=True)


def command(options: Namespace) -> Generator[str, None, int]:
    """Judge the claim there; the exit status says whether it came out as registered."""
    if options.seeds is not None and options.looks is not None:
        raise ValueError("--seeds is one look of its own: leave out --looks, or --seeds")
    require_one_place(options)
    found = _found(options, *own_objects(options))
    yield from found.lines()
    if options.require:
        yield from required(found, options.require)
    if not found.sound:
        return WRONG
    return DONE if found.verdict.outcome == (options.require or found.claim.expect) else OTHER


def _found(options: Namespace, own: Mapping[str, Any], folder: str | None) -> Finding:
    """The finding; where a training fails with a user's objects, one line that ends as its traceback does."""
    try:
        return check(
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
            store=MEMORY if options.store == STORE and own else options.store,
            folder=folder,
            watcher=Progress(sys.stderr),
            **own,
        )
    except CellError as error:
        if not own:
            raise
        raise ValueError(f"with what you brought, {error.line} (hw1.check in Python shows where)") from error
