"""Claims by the names that a command was given."""

from collections.abc import Sequence

from hw1.registry import Claim, all_claims, experiments, experiments_named, find_claim, readers


def named(names: Sequence[str], tier: str | None = None) -> list[Claim]:
    """Claims by their own name, their experiment's or their family's, each once; all without names.

    Parameters
    ----------
    tier : claims of an experiment or a family that are not in it are left out

    Raises
    ------
    ValueError : for a name that means nothing, or no claim of the tier
    """
    found = [claim for name in names for claim in _of(name, tier)] if names else _in(all_claims(), tier)
    if not found:
        raise ValueError(f"there is no claim of the tier {tier}" if tier else "there is no claim")
    return list(dict.fromkeys(found))


def _of(name: str, tier: str | None) -> list[Claim]:
    places = {name for one in experiments().values() for name in (one.name, one.family)}
    inside = [c for one in experiments_named(name) for c in readers(one)] if name in places else [find_claim(name)]
    if not (found := _in(inside, tier)):
        raise ValueError(f"{name} has no claim of the tier {tier}: leave it out, or name another tier")
    return found


def _in(claims: Sequence[Claim], tier: str | None) -> list[Claim]:
    return [claim for claim in claims if tier is None or tier in claim.tiers]
