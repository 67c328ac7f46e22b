"""Blocks of seeds: which seeds are for development, which are the evidence, and which belong to no registration."""

BLOCK = 1000  # seeds of a block: the 96 of the last look fit with room
DEVELOPMENT = 0  # block for tuning and pilots
EVIDENCE = 1  # block of the pinned evidence
LAST = 1_000_000  # its seeds are below 2**31, and so exact in every table


def seeds_of(block: int, n: int) -> range:
    """The first n seeds of a block."""
    if block < 0:
        raise ValueError(
            f"block {block} is below 0: 0 is development, 1 the evidence, 100 and above belong to no registration"
        )
    if block > LAST:
        raise ValueError(f"block {block} is above the last, {LAST}: any block from 100 up will do for fresh seeds")
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
