"""Which cells a run needed and does not have: claims that need them get no verdict."""

from collections.abc import Iterator, Mapping, Sequence

from hw1.running.cells import Cell

LINES = 12


def missing_lines(cells: Sequence[Cell], errors: Mapping[str, str]) -> Iterator[str]:
    """One line per arm with its seeds and, where it failed, the last line of its first error; none without cells.

    Parameters
    ----------
    cells : those that are missing
    errors : by key, of those that were tried
    """
    if not cells:
        return
    yield f"{len(cells)} cells are missing, and claims that need them have no verdict; the same command computes them:"
    groups: dict[str, list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.place):
        groups.setdefault(cell.label, []).append(cell)
    for group in list(groups.values())[:LINES]:
        yield f"  {_group(group, errors)}"
    if len(groups) > LINES:
        yield f"  and of {len(groups) - LINES} more arms"


def _group(cells: Sequence[Cell], errors: Mapping[str, str]) -> str:
    told = [errors[cell.key] for cell in cells if cell.key in errors]
    why = f" ({told[0].strip().splitlines()[-1]})" if told else ""
    return f"{cells[0].experiment.name}, arm {cells[0].arm}, seeds {_ranges(cells)}{why}"


def _ranges(cells: Sequence[Cell]) -> str:
    """As in "0 to 7, 16 to 23"."""
    ranges: list[list[int]] = []
    for cell in cells:
        first, last = cell.seeds[0], cell.seeds[-1]
        if ranges and ranges[-1][1] == first - 1:
            ranges[-1][1] = last
        else:
            ranges.append([first, last])
    return ", ".join(f"{first} to {last}" for first, last in ranges)
