"""`sabotage`: break training, data or arms on purpose, and see which claims stay green, and whether they may."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Sequence

from hw1 import writing
from hw1.blocks import DEVELOPMENT, seeds_of
from hw1.commands.machine import check_write, processes, text
from hw1.commands.names import named
from hw1.data.places import use_folder
from hw1.exits import DONE, OTHER
from hw1.machine.cores import cores
from hw1.machine.environment import made_with
from hw1.registry import Claim
from hw1.running.progress import Progress
from hw1.running.results import Results
from hw1.trust.sabotage import page
from hw1.trust.sabotage.cells import Planted, Recast
from hw1.trust.sabotage.faults import FAULTS, Fault, fault_named
from hw1.trust.sabotage.judging import TIER, Seen, answers_from, seen
from hw1.trust.sabotage.reasons import Reasons, reasons_of, unexplained

HELP = "break training, data or arms on purpose: which claims stay green, and may they?"


STATUSES = {
    DONE: "each claim fails, or has a declared reason not to",
    OTHER: "a claim stays green, and no reason is declared",
}


def arguments(parser: ArgumentParser) -> None:
    """Claims, faults, and where results are kept."""
    add = parser.add_argument
    add("names", nargs="*", metavar="CLAIM|EXPERIMENT|FAMILY", help="default: all of the fast tier")
    add("--fault", action="append", metavar="NAME", help=f"one of {', '.join(FAULTS)}; may be repeated (default: all)")
    add("--block", type=int, default=DEVELOPMENT, metavar="B", help="block of seeds (default 0, development)")
    add("--write", metavar="FILE", help="keep the table, with the reasons, as Markdown")
    add("--data", type=text, metavar="DIR", help="folder with downloaded data (default: the variable HW1_DATA)")
    add("--jobs", type=processes, metavar="N", help="processes of one thread each (default: one per core)")
    add(
        "--store",
        type=text,
        default=".hw1/results.sqlite",
        metavar="FILE",
        help="results of the intact library (default .hw1/results.sqlite)",
    )
    add(
        "--faulty",
        type=text,
        default=".hw1/sabotage.sqlite",
        metavar="FILE",
        help="results of the broken one (default .hw1/sabotage.sqlite)",
    )


def command(options: Namespace) -> Generator[str, None, int]:
    """Judge claims under each fault; 1 where one stays green and no reason is declared."""
    if writing.same(options.store, options.faulty):
        raise ValueError(f"--faulty {options.faulty} is the store of the intact library's results: name another file")
    seeds_of(options.block, 1)
    check_write(options, {"the store of faulty results": options.faulty})
    claims = named(options.names, TIER)
    faults = [fault_named(name) for name in dict.fromkeys(options.fault or FAULTS)]
    reasons = reasons_of(claims)
    use_folder(options.data)
    found: list[Seen] = []
    for i, fault in enumerate(faults, start=1):
        found += yield from _under(fault, f"{i} of {len(faults)}", claims, reasons, options)
    yield from page.table(found, reasons)
    if options.write is not None:
        given = [*options.names, *(word for name in options.fault or () for word in ("--fault", name))]
        call = " ".join(["python -m hw1 sabotage", *given, "--write FILE"])
        call += f" --block {options.block}" if options.block != DEVELOPMENT else ""
        writing.write(options.write, page.markdown(found, reasons, call, made_with()), writing.MARKDOWN)
    return OTHER if unexplained(found, reasons) else DONE


def _under(
    fault: Fault, place: str, claims: Sequence[Claim], reasons: Reasons, options: Namespace
) -> Generator[str, None, list[Seen]]:
    yield f"{fault.name} ({place}): {fault.words}"
    with _results(fault, options) as results:
        made = seen(claims, fault.name, answers_from(results, options.block))
    yield f"{fault.name}: {page.counted(made, reasons)}"
    return made


def _results(fault: Fault, options: Namespace) -> Results:
    """Where the results under a fault come from; those that it was planted in have a store of their own."""
    kind, store = (Planted, options.faulty) if fault.plant else (Recast, options.store)
    return kind(fault, store, jobs=options.jobs or cores(), watcher=Progress(sys.stderr))
