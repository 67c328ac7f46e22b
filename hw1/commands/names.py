"""Claims by the names that a command was given."""

from collections.abc import Sequence

from hw1.registry import Claim, all_claims, experiments, experiments_named, find_claim, readers


def named(names: Sequence[str]) -> list[Claim]:
    """Claims by their own name, their experiment's or their family's; all without names."""
    places = {name for one in experiments().values() for name in (one.name, one.family)}
    inside = [c for name in names if name in places for one in experiments_named(name) for c in readers(one)]
    return [*inside, *(find_claim(name) for name in names if name not in places)] or all_claims()
