"""What stands in `registered.json` of a claim: its digests, and what it takes to make new ones."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hw1.machine.environment import computed_with
from hw1.registry.declarations import Claim
from hw1.registry.experiments import Experiment
from hw1.registry.refactoring import Asked
from hw1.registry.registration import RegistrationError, folder_of, registered
from hw1.writing import write

# How many cells some tables have, and how many of them are not stored.
Cells = Callable[[Experiment, Any, Sequence[int]], tuple[int, int]]


def trains(tables: Iterable[Asked], cells: Cells) -> Iterator[str]:
    """A line on what is trained, where anything is."""
    counts: dict[str, int] = {}
    for one in distinct(tables):
        counts[one[0].name] = counts.get(one[0].name, 0) + cells(*one)[1]
    if any(counts.values()):
        parts = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        yield f"trains {sum(counts.values())} cells that are not stored: {parts}"


def distinct(tables: Iterable[Asked]) -> list[Asked]:
    """Tables that several claims read, once."""
    return list({(one[0].name, *map(repr, one[1:])): one for one in tables}.values())


def blocks_of(claim: Claim) -> list[int]:
    """The blocks of which digests are kept."""
    return sorted({int(block) for tier in claim.tiers for block in digests_of(claim, tier) if block.isdigit()})


def digests_of(claim: Claim, tier: str) -> Mapping[str, Any]:
    """The digests of a registration, empty where it has none."""
    return registered(claim)[claim.name].get(tier, {}).get("digests", {})  # type: ignore[no-any-return]


def known_digests(claim: Claim, tier: str) -> Mapping[str, Any]:
    """The same; RegistrationError for those that were made elsewhere."""
    known = digests_of(claim, tier)
    if known and known["made_with"] != computed_with():
        raise RegistrationError(
            f"{claim.name}: the digests of its scores were made with {known['made_with']}, and this is "
            f"{computed_with()}: they say nothing here. Make new ones from the code that was registered, with "
            f"register --digests, or delete them from registered.json to register the claim anew."
        )
    return known


def write_entries(claim: Claim, entries: Mapping[str, Any]) -> None:
    """Write what is registered of one claim, by tier."""
    known = {**registered(claim), claim.name: entries}
    text = json.dumps(known, indent=2, sort_keys=True) + "\n"
    write(folder_of(claim) / "registered.json", text)
