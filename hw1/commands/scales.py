"""`scales`: the claims of the published scale beside what they came to at the small one."""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hw1 import writing
from hw1.machine.devices import CPU
from hw1.manifest.reading import read
from hw1.registry import Experiment, all_claims, experiment_of, experiments
from hw1.registry.registration import arms_read
from hw1.running.cells import cells_of
from hw1.running.costs import priced

HELP = "both scales side by side: what each claim of the tier full came to, and what is undecided"


def arguments(parser: ArgumentParser) -> None:
    """The manifests, and where to keep the page."""
    parser.add_argument("manifests", nargs="+", metavar="MANIFEST", help="of runs of fast and of full")
    parser.add_argument("--write", metavar="FILE", help="keep the tables as Markdown")


def command(options: Namespace) -> Iterator[str]:
    """How many are decided; `--write` keeps a table for each family."""
    from hw1.report.scales import beside, closing, outdated
    from hw1.report.scales_page import page
    from hw1.report.site import joined  # loads matplotlib

    if options.write is not None:
        writing.check("--write", options.write, writing.MARKDOWN)
    made = joined({name: read(Path(name)) for name in options.manifests})
    found = beside(all_claims(), made["decisions"], _prices(), _alone())
    yield from closing(found)
    if old := outdated(all_claims(), made["decisions"]):
        yield f"of another revision than today's, and not counted: {', '.join(old)}"
    if options.write is not None:
        call = shlex.join(["python", "-m", "hw1", "scales", *options.manifests, "--write", options.write])
        lines = page(found, made["runs"], call, all_claims())
        writing.write(options.write, "\n".join(lines) + "\n", writing.MARKDOWN)
        yield f"page: {options.write}"


def _prices() -> dict[str, float]:
    """By experiment."""
    known = {name: one for name, one in experiments().items() if "full" in one.tiers}
    return _known({name: _price(one, one.arms) for name, one in known.items()})


def _alone() -> dict[str, float]:
    """By claim."""
    known = {one.name: one for one in all_claims() if "full" in one.tiers}
    return _known({name: _price(experiment_of(one), arms_read(one, "full")) for name, one in known.items()})


def _price(experiment: Experiment, arms: Sequence[str]) -> float | None:
    """Core-hours of some arms in the first look at the published scale."""
    seeds = range(experiment.looks("full")[0])
    seconds = priced(cells_of(experiment, experiment.setting("full"), arms, seeds, CPU))
    return None if seconds is None else seconds / 3_600


def _known(prices: Mapping[str, float | None]) -> dict[str, float]:
    return {name: price for name, price in prices.items() if price is not None}
