"""Blocks of seeds: which seeds are for development, which are the evidence, and which belong to no registration."""

BLOCK = 1000  # seeds of a block: the 96 of the last look fit with room
DEVELOPMENT = 0  # block for tuning and pilots
EVIDENCE = 1  # block of the pinned evidence
LAST = 10**9  # its seeds are numbers of 13 digits, which JSON, doubles and int64 hold exactly


def seeds_of(block: int, n: int) -> range:
    """The first n seeds of a block."""
    if block < 0:
        raise ValueError(
            f"block {block} is below 0: 0 is development, 1 the evidence, 100 and above belong to no registration"
        )
    if block > LAST:
        raise ValueError(f"block {block} is above {LAST}, the last there is: name a smaller one")
    if n > BLOCK:
        raise ValueError(f"{n} seeds do not fit into a block of {BLOCK}: use fewer seeds or looks")
    return range(BLOCK * block, BLOCK * block + n)


def block_of(seed: int) -> int:
    """The block that a seed belongs to."""
    return seed // BLOCK


def at_least_one(seeds: int, option: str) -> int:
    """A number of seeds that an option gave; ValueError where it is below 1."""
    if seeds < 1:
        raise ValueError(f"{option} {seeds}: at least one seed is needed, and 10 for a verdict")
    return seeds
