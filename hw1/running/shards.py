"""Shards: the same cells dealt out to several machines, each of which computes its share into a store of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hw1.running.cells import Cell


@dataclass(frozen=True)
class Shard:
    """The machine `number` of `of`, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def share(self, cells: Sequence[Cell]) -> list[Cell]:
        """This machine's cells: each cell is in exactly one of the shares, whatever each machine's store holds.

        Cells of one label take about the same time, so they are dealt out one after the other, label by label: of each
        label, and of all, the machines get the same number or one more. All machines must be given the same cells.
        """
        each = {cell.place: cell for cell in cells}
        return [each[place] for place in sorted(each)][self.number - 1 :: self.of]


def shard(text: str, option: str) -> Shard:
    """A shard as an option gives it, `2/4`.

    Raises
    ------
    ValueError : for anything else
    """
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    number, of = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= of:
        raise ValueError(f"{option} {text}: write i/n with i from 1 to n, as in 2/4 for the second of four machines")
    return Shard(number, of)


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a shard was to compute, and what became of it."""

    shard: Shard
    cells: Sequence[Cell]
    total: int  # cells of all shards
    known: int  # of this shard's cells, in the store before
    errors: Mapping[str, str]  # by cell, of those that could not be computed
    looks: tuple[int, ...] = ()  # of claims, that these cells belong to

    @cached_property
    def places(self) -> frozenset[tuple[str, tuple[int, ...]]]:
        """Of the cells."""
        return frozenset(cell.place for cell in self.cells)

    def __contains__(self, cell: Cell) -> bool:
        return cell.place in self.places

    def lines(self, store: object, again: str) -> Iterator[str]:
        """What was computed, and which commands come next; `again` judges when the stores are merged."""
        if not self.total:
            yield f"shard {self.shard}: {store} holds every look that was needed; without a shard: {again}"
            return
        done = len(self.cells) - self.known - len(self.errors)
        look = f", look {' and '.join(map(str, self.looks))}" if self.looks else ""
        yield (
            f"shard {self.shard}{look}: {len(self.cells)} of {self.total} cells are its share: {done} computed, "
            f"{self.known} known before, {len(self.errors)} failed; in {store}"
        )
        if self.errors:
            yield "run the same command again to retry those that failed"
        yield (
            f"no verdicts, as each of the {self.shard.of} shards has holes; when all are done: "
            f"python -m hw1 merge STORE..., then {again}"
        )
        if self.looks:
            yield (
                "if claims may still be undecided then: give each shard a copy of the merged store, and the same "
                "shards compute the next look"
            )
